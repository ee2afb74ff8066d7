// What a figure in a file says of itself, where no frame of the screen stands around it: title, names of the axes, legend.
// Pure; runs in the renderer.
import type { ChartOption } from './echarts.ts';
import type { FigureOption } from './export.ts';

export interface FigureTexts {
  title: string;
  unit?: string | undefined;
  axisNames?: { x?: string; y?: string } | undefined;
  /** Names of the series, where there are several. */
  legendNames?: readonly string[] | undefined;
}

const LINE_EM = 1.6;
const LEGEND_ICON_EM = 3;
const LEGEND_GAP_EM = 1;
/** Average width of a letter. */
const LETTER_EM = 0.55;

/** `figure` with its texts; what the chart names itself stays. */
export function figureWithTexts(figure: FigureOption, texts: FigureTexts): FigureOption {
  return (look) => {
    const option = figure(look);
    const { title, unit, axisNames, legendNames = [] } = texts;
    const linePx = LINE_EM * look.fontSizePx;
    const legendPx = linePx * legendRows(legendNames, look.widthPx, look.fontSizePx);
    return {
      ...option,
      title: { show: true, text: title, left: 0, top: 0, padding: [2, 8] },
      legend: {
        show: legendNames.length > 0,
        data: [...legendNames],
        left: 8,
        right: 8,
        top: linePx,
        padding: 0,
        itemWidth: 2 * look.fontSizePx,
        itemHeight: 0.8 * look.fontSizePx,
        itemGap: LEGEND_GAP_EM * look.fontSizePx,
      },
      ...(option['grid'] === undefined ? {} : { grid: lowered(option['grid'], linePx + legendPx) }),
      ...(option['parallel'] === undefined ? {} : { parallel: lowered(option['parallel'], linePx + legendPx) }),
      ...named(option, 'xAxis', axisNames?.x),
      ...named(option, 'yAxis', axisNames?.y ?? (unit === undefined ? title : `${title}, ${unit}`)),
    };
  };
}

function legendRows(names: readonly string[], widthPx: number, fontSizePx: number): number {
  const lengths = names.map((name) => (name.length * LETTER_EM + LEGEND_ICON_EM + LEGEND_GAP_EM) * fontSizePx);
  let rows = lengths.length === 0 ? 0 : 1;
  let usedPx = 0;
  for (const lengthPx of lengths) {
    if (usedPx > 0 && usedPx + lengthPx > widthPx) {
      rows += 1;
      usedPx = 0;
    }
    usedPx += lengthPx;
  }
  return rows;
}

/** Grids make room above for the texts, and around them for the names of their axes. */
function lowered(place: unknown, byPx: number): ChartOption | ChartOption[] {
  if (Array.isArray(place)) return place.map((one) => lowered(one, byPx) as ChartOption);
  const box = place as ChartOption & { top?: unknown };
  const top = typeof box.top === 'number' ? box.top : 0;
  return { ...box, top: top + byPx, outerBoundsContain: 'all' };
}

/** One axis with a name; several, or an axis without labels, keep what they have. */
function named(option: ChartOption, key: 'xAxis' | 'yAxis', name: string | undefined): ChartOption {
  const axis = option[key] as (ChartOption & { name?: string; show?: boolean }) | undefined;
  if (axis === undefined || Array.isArray(axis) || name === undefined) return {};
  if (axis.name !== undefined || axis.show === false) return {};
  return { [key]: { ...axis, name, nameLocation: 'middle' } };
}
