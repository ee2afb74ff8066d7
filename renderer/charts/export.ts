// Charts as files: SVG and PNG drawn anew in the light theme at the size of a column, PDF from the SVG, numbers as CSV
// or JSON. Runs in the renderer.
import fontUrl from 'dejavu-fonts-ttf/ttf/DejaVuSans.ttf?url';
export { download } from '../app/download.ts';
import { tableToCsv, tableToJson } from './chart-table.ts';
import type { ChartTable } from './chart-table.ts';
import { chartTheme } from './chart-theme.ts';
import type { ChartStyle } from './chart-theme.ts';
import { init } from './echarts.ts';
import type { ChartOption } from './echarts.ts';
import { FONTS } from '../theme/tokens.ts';

export type ExportFormat = 'svg' | 'png' | 'pdf' | 'csv' | 'json';
export const EXPORT_FORMATS: readonly ExportFormat[] = ['svg', 'png', 'pdf', 'csv', 'json'];

/** Widths of one and of two columns of a journal page. */
export const EXPORT_WIDTHS_MM = [84, 174] as const;

export interface FigureSettings {
  widthMm: number;
  heightMm: number;
  font: 'IBM Plex Sans' | 'DejaVu Sans';
  fontSizePt: number;
  lineWidthPt: number;
  /** PNG: pixels a CSS pixel. */
  scale: number;
}

export const DEFAULT_FIGURE: FigureSettings = {
  widthMm: 84,
  heightMm: 56,
  font: 'IBM Plex Sans',
  fontSizePt: 8,
  lineWidthPt: 1,
  scale: 3,
};

/** Of figures' titles, as the chart theme draws them. */
const TITLE_WEIGHT = 600;
const PX_PER_MM = 96 / 25.4;
const PX_PER_PT = 96 / 72;

/** What the option depends on when it is drawn for a file instead of the screen. */
export interface FigureLook {
  lineWidthPx: number;
  fontSizePx: number;
  widthPx: number;
  heightPx: number;
}

/** The chart's option for a look; lines are drawn by it, so that their width follows the settings. */
export type FigureOption = (look: FigureLook) => ChartOption;

function style(settings: FigureSettings): ChartStyle {
  return {
    fontFamily: settings.font === 'IBM Plex Sans' ? `'IBM Plex Sans', ${FONTS.interface}` : "'DejaVu Sans', sans-serif",
    fontSizePx: settings.fontSizePt * PX_PER_PT,
    lineWidthPx: settings.lineWidthPt * PX_PER_PT,
  };
}

function size({ widthMm, heightMm }: FigureSettings): { width: number; height: number } {
  return { width: Math.round(widthMm * PX_PER_MM), height: Math.round(heightMm * PX_PER_MM) };
}

function figureOption(option: FigureOption, settings: FigureSettings): ChartOption {
  const { lineWidthPx, fontSizePx } = style(settings);
  const { width: widthPx, height: heightPx } = size(settings);
  const drawn = option({ lineWidthPx, fontSizePx, widthPx, heightPx });
  return { ...drawn, animation: false, tooltip: { show: false } };
}

/** The figure as SVG text. */
export function renderSvg(option: FigureOption, settings: FigureSettings): string {
  const theme = { ...chartTheme('light', style(settings)), backgroundColor: 'white' };
  const chart = init(null, theme, { renderer: 'svg', ssr: true, ...size(settings) });
  try {
    chart.setOption(figureOption(option, settings));
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}

function renderPng(option: FigureOption, settings: FigureSettings): Blob {
  const { width, height } = size(settings);
  const place = document.createElement('div');
  const theme = { ...chartTheme('light', style(settings)), backgroundColor: 'white' };
  const chart = init(place, theme, { renderer: 'canvas', width, height, devicePixelRatio: settings.scale });
  try {
    chart.setOption(figureOption(option, settings));
    return dataUrlBlob(chart.getDataURL({ type: 'png', pixelRatio: settings.scale }));
  } finally {
    chart.dispose();
  }
}

/** By hand: the page's policy lets nothing be fetched but from the host, not even a data address. */
function dataUrlBlob(url: string): Blob {
  const [head = '', content = ''] = url.split(',', 2);
  const bytes = Uint8Array.from(atob(content), (character) => character.charCodeAt(0));
  return new Blob([bytes], { type: /^data:([^;]+)/.exec(head)?.[1] ?? 'image/png' });
}

/**
 * With DejaVu Sans embedded: PDF's built-in fonts lack the true minus and other signs of the axes, and the font of the
 * screen exists only in the web's format, which PDF does not take.
 */
async function renderPdf(option: FigureOption, settings: FigureSettings): Promise<Blob> {
  const [{ jsPDF }, { svg2pdf }] = await Promise.all([import('jspdf'), import('svg2pdf.js')]);
  const { widthMm, heightMm } = settings;
  const orientation = widthMm > heightMm ? 'landscape' : 'portrait';
  const pdf = new jsPDF({ unit: 'mm', format: [widthMm, heightMm], orientation, compress: true });
  const font = new Uint8Array(await (await fetch(fontUrl)).arrayBuffer());
  pdf.addFileToVFS('DejaVuSans.ttf', binaryText(font));
  pdf.addFont('DejaVuSans.ttf', 'DejaVu Sans', 'normal');
  // Of titles: without a font of this weight they would be set in one that lacks the same signs.
  pdf.addFont('DejaVuSans.ttf', 'DejaVu Sans', 'normal', TITLE_WEIGHT);
  pdf.setFont('DejaVu Sans');
  const svg = renderSvg(option, { ...settings, font: 'DejaVu Sans' });
  const element = new DOMParser().parseFromString(svg, 'image/svg+xml').documentElement;
  await svg2pdf(element, pdf, { x: 0, y: 0, width: widthMm, height: heightMm });
  return pdf.output('blob');
}

/** One character a byte, as jsPDF's file system wants it. */
function binaryText(bytes: Uint8Array): string {
  const CHUNK = 0x8000;
  let text = '';
  for (let start = 0; start < bytes.length; start += CHUNK) {
    text += String.fromCharCode(...bytes.subarray(start, start + CHUNK));
  }
  return text;
}

export interface ExportSource {
  /** Without ending. */
  fileName: string;
  option: FigureOption;
  table: ChartTable;
}

export async function exportChart(source: ExportSource, kind: ExportFormat, settings: FigureSettings): Promise<Blob> {
  switch (kind) {
    case 'svg':
      return new Blob([renderSvg(source.option, settings)], { type: 'image/svg+xml' });
    case 'png':
      return renderPng(source.option, settings);
    case 'pdf':
      return renderPdf(source.option, settings);
    case 'csv':
      return new Blob([tableToCsv(source.table)], { type: 'text/csv' });
    case 'json':
      return new Blob([tableToJson(source.table)], { type: 'application/json' });
  }
}
