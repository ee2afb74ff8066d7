// Texts of the home screen, in Simplified Chinese. Runs in the renderer.
import type { home as english } from '../en/home.ts';
import type { TranslationOf } from '../translation.ts';

export const home: TranslationOf<typeof english> = {
  title: '首页',
  running: '运行中',
  queue: '队列',
  queueEmpty: '没有等待中的任务。',
  newSweep: '新建扫描',
  step: '第 {{step}}/{{total}} 步',
  pause: '暂停',
  cancel: '取消',
};
