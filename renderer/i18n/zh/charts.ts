// Texts of the frame around every chart, in Simplified Chinese. Runs in the renderer.
import type { charts as english } from '../en/charts.ts';
import type { TranslationOf } from '../translation.ts';

export const charts: TranslationOf<typeof english> = {
  chart: '图表',
  logX: '对数 x',
  logY: '对数 y',
  table: '数据表',
  export: '导出',
  exportOf: '导出 {{title}}',
  expand: '放大',
  expandOf: '放大 {{title}}',
  close: '关闭',
  pointsOf: '{{total}} 点中的 {{drawn}} 点',
  exportFigure: '导出图',
  exported: '已保存 {{fileName}}',
  exportFailed: '未能导出：{{reason}}',
  format: '格式',
  widthMm: '宽度，mm',
  heightMm: '高度，mm',
  font: '字体',
  fontSizePt: '字号，pt',
  lineWidthPt: '线宽，pt',
  scale: '每 CSS 像素的像素数',
  greyPreview: '灰度预览',
  preview: '图的预览',
  cancel: '取消',
  save: '保存 {{format}}',
};
