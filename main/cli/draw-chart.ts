// Draws an ECharts option as SVG or PNG without a browser. Runs in the command line.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Resvg } from '@resvg/resvg-js';
import { init } from 'echarts';
import type { EChartsOption } from 'echarts';

const PNG_SCALE = 2;

export interface ChartSize {
  widthPx: number;
  heightPx: number;
}

export function drawSvg(option: EChartsOption, { widthPx: width, heightPx: height }: ChartSize): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption(option);
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}

/** Twice as many pixels as the SVG, with the font that comes with the program, so that it looks the same everywhere. */
export function drawPng(svg: string): Buffer {
  const fonts = join(dirname(createRequire(import.meta.url).resolve('dejavu-fonts-ttf/package.json')), 'ttf');
  const renderer = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: PNG_SCALE },
    font: {
      loadSystemFonts: false,
      fontFiles: ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'].map((file) => join(fonts, file)),
      defaultFontFamily: 'DejaVu Sans',
      sansSerifFamily: 'DejaVu Sans',
    },
  });
  return renderer.render().asPng();
}
