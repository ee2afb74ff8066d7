// English texts by feature. Runs in the renderer.
import { charts } from './charts.ts';
import { home } from './home.ts';
import { runs } from './runs.ts';
import { shell } from './shell.ts';

export const en = { shell, home, charts, runs };
