// English texts by feature. Runs in the renderer.
import { charts } from './charts.ts';
import { compare } from './compare.ts';
import { data } from './data.ts';
import { disk } from './disk.ts';
import { home } from './home.ts';
import { models } from './models.ts';
import { newSweep } from './new-sweep.ts';
import { pareto } from './pareto.ts';
import { playground } from './playground.ts';
import { run } from './run.ts';
import { runs } from './runs.ts';
import { settings } from './settings.ts';
import { shell } from './shell.ts';
import { sweep } from './sweep.ts';

export const en = {
  charts,
  compare,
  data,
  disk,
  home,
  models,
  newSweep,
  pareto,
  playground,
  run,
  runs,
  settings,
  shell,
  sweep,
};
