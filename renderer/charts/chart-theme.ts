// ECharts' theme, made from the tokens; exports use the light one on white. Pure; runs in the renderer.
import { FONTS, TOKENS, TYPE } from '../theme/tokens.ts';
import type { MarkerShape, Scheme } from '../theme/tokens.ts';

export interface ChartStyle {
  fontFamily: string;
  fontSizePx: number;
  lineWidthPx: number;
}

export const SCREEN_STYLE: ChartStyle = {
  fontFamily: FONTS.interface,
  fontSizePx: TYPE.table[0],
  lineWidthPx: 1.75,
};
export const SELECTED_LINE_WIDTH_PX = 2.5;
export const UNSELECTED_OPACITY = 0.35;
export const SYMBOL_SIZE_PX = 8;

/** @param style of exports; the screen's own where it is left out */
export function chartTheme(scheme: Scheme, style: ChartStyle = SCREEN_STYLE): Record<string, unknown> {
  const tokens = TOKENS[scheme];
  const text = { color: tokens.textSecondary, fontFamily: style.fontFamily, fontSize: style.fontSizePx };
  const axis = {
    axisLine: { show: true, lineStyle: { color: tokens.controlBorder } },
    axisTick: { show: false },
    axisLabel: { ...text, hideOverlap: true },
    nameTextStyle: text,
    splitLine: { show: false },
    minorSplitLine: { show: false },
  };
  const axisWithGrid = { ...axis, splitLine: { show: true, lineStyle: { color: tokens.divider } } };
  return {
    backgroundColor: 'transparent',
    textStyle: text,
    title: { show: false, textStyle: { ...text, color: tokens.text, fontWeight: 600 } },
    legend: { show: false, textStyle: text },
    line: { symbolSize: SYMBOL_SIZE_PX, lineStyle: { width: style.lineWidthPx }, showSymbol: false },
    scatter: { symbolSize: SYMBOL_SIZE_PX },
    // Grid lines belong to y alone; charts with a horizontal value axis ask for theirs.
    categoryAxis: axis,
    valueAxis: axisWithGrid,
    logAxis: axisWithGrid,
    timeAxis: axis,
    parallelAxis: axis,
    tooltip: {
      confine: true,
      backgroundColor: tokens.paper,
      borderColor: tokens.divider,
      borderRadius: 6,
      padding: [6, 10],
      textStyle: { ...text, color: tokens.text },
      axisPointer: { lineStyle: { color: tokens.controlBorder }, crossStyle: { color: tokens.controlBorder } },
    },
  };
}

/** ECharts' symbol of each marker. */
export const MARKER_SYMBOLS: Record<MarkerShape, string> = {
  circle: 'circle',
  square: 'rect',
  triangle: 'triangle',
  diamond: 'diamond',
  'triangle-down': 'path://M0 0L10 0L5 9Z',
  plus: 'path://M3.5 0H6.5V3.5H10V6.5H6.5V10H3.5V6.5H0V3.5H3.5Z',
  star: 'path://M5 0L6.2 3.6L10 3.8L7 6.1L8.1 9.8L5 7.6L1.9 9.8L3 6.1L0 3.8L3.8 3.6Z',
  pentagon: 'path://M5 0L10 3.8L8.1 9.8H1.9L0 3.8Z',
};

/** The better readable ink on a cell of the sequential or diverging scale, by WCAG's relative luminance. */
export function cellInk(background: string, scheme: Scheme): string {
  const [first, second] = TOKENS[scheme].cellInk;
  return contrast(background, first) >= contrast(background, second) ? first : second;
}

/** WCAG 2.2's contrast ratio of two `#RRGGBB` colours. */
export function contrast(a: string, b: string): number {
  const [lighter = 1, darker = 1] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(color: string): number {
  const channels = [1, 3, 5].map((start) => Number.parseInt(color.slice(start, start + 2), 16) / 255);
  const [red = 0, green = 0, blue = 0] = channels.map((value) =>
    value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
