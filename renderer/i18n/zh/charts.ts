// Texts of the frame around every chart, in Simplified Chinese. Runs in the renderer.
import type { charts as english } from '../en/charts.ts';
import type { TranslationOf } from '../translation.ts';

export const charts: TranslationOf<typeof english> = { table: '数据表' };
