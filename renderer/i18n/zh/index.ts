// Simplified Chinese texts by feature. Runs in the renderer.
import type { en } from '../en/index.ts';
import type { TranslationOf } from '../translation.ts';
import { charts } from './charts.ts';
import { home } from './home.ts';
import { runs } from './runs.ts';
import { shell } from './shell.ts';

export const zh: TranslationOf<typeof en> = { shell, home, charts, runs };
