// The shell's own words, in the languages of the app. Runs in the desktop shell.

export interface ShellWords {
  file: string;
  edit: string;
  view: string;
  newSweep: string;
  settings: string;
  show: string;
  quit: string;
  hostRestarting: string;
  hostFailsRepeatedly: string;
  training: (count: number) => string;
  trainingDetail: string;
  keepRunning: string;
  pauseAndQuit: string;
  goBack: string;
}

const ENGLISH: ShellWords = {
  file: 'File',
  edit: 'Edit',
  view: 'View',
  newSweep: 'New sweep',
  settings: 'Settings',
  show: 'Show the studio',
  quit: 'Quit',
  hostRestarting: 'The studio’s host stopped and is started again. Runs go on from their last checkpoint.',
  hostFailsRepeatedly: 'The studio’s host stops again and again; host.log in the data folder’s logs says why.',
  training: (count) => (count === 1 ? '1 run is training.' : `${count} runs are training.`),
  trainingDetail: 'What is on disk is safe in every case.',
  keepRunning: 'Keep running in the tray',
  pauseAndQuit: 'Pause and quit',
  goBack: 'Go back',
};

const CHINESE: ShellWords = {
  file: '文件',
  edit: '编辑',
  view: '视图',
  newSweep: '新建扫描',
  settings: '设置',
  show: '显示工作室',
  quit: '退出',
  hostRestarting: '主机进程已停止，正在重新启动。运行将从最近的检查点继续。',
  hostFailsRepeatedly: '主机进程反复停止；原因见数据文件夹 logs 中的 host.log。',
  training: (count) => `${count} 个运行正在训练。`,
  trainingDetail: '无论如何选择，已写入磁盘的内容都是安全的。',
  keepRunning: '在托盘中继续',
  pauseAndQuit: '暂停并退出',
  goBack: '返回',
};

/** @param locale e.g. `zh-CN` */
export function shellWords(locale: string): ShellWords {
  return locale.toLowerCase().startsWith('zh') ? CHINESE : ENGLISH;
}
