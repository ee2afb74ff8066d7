// How a Pareto chart is to be drawn: size, axes, words, colours. Runs in the renderer.
import type { ParetoPoint } from '../../../contracts/analysis.ts';
import type { Scheme } from '../../theme/tokens.ts';
import type { FrontBrush } from './front-brush.ts';
import type { MarkClass } from './pareto-marks.ts';

export interface ParetoLook {
  scheme: Scheme;
  lineWidthPx: number;
  fontSizePx: number;
  widthPx: number;
  heightPx: number;
  logX: boolean;
  xName: string;
  yName: string;
  formatY: (value: number, n: number) => string;
  /** Beside points of the front and selected ones. */
  labelOf: (point: ParetoPoint) => string;
  /** Of a class, for the legend of a figure. */
  className: (markClass: MarkClass) => string;
  /** Lines of a point's tooltip. */
  describe: (point: ParetoPoint) => readonly string[];
  /** A baseline as it is written at the right edge. */
  baselineLabel: (label: string, value: number) => string;
  /** In place of the class's own colour. */
  colorOf: ((point: ParetoPoint) => string) | null;
  /** The area that was brushed, marked on the screen alone. */
  brush: FrontBrush | null;
}
