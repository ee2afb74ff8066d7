// Bars over categories, one or several stacked on each other, told apart by hatching as well as by hue. Runs in the renderer.
import { useMemo } from 'react';
import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { useScheme } from '../app/appearance.ts';
import { usePreferences } from '../connection/preferences.ts';
import { formatMeasure } from '../format.ts';
import { TOKENS, runMark } from '../theme/tokens.ts';
import type { RunPalette, Scheme } from '../theme/tokens.ts';
import { ChartFrame } from './ChartFrame.tsx';
import type { ChartFrameProps } from './ChartFrame.tsx';
import { format } from './echarts.ts';
import type { ChartOption } from './echarts.ts';

export interface BarSeries {
  id: string;
  name: string;
  /** One a category; null: nothing to show. */
  values: readonly (number | null)[];
}

export interface StackedBarsProps extends Omit<
  ChartFrameProps,
  'option' | 'figure' | 'table' | 'series' | 'drawnPoints' | 'legend' | 'logX' | 'logY'
> {
  categories: readonly string[];
  bars: readonly BarSeries[];
  /** Heading of the categories, e.g. "step". */
  xName: string;
  /** How values are written; three significant digits where it is left out. */
  formatValue?: (value: number) => string;
}

export function StackedBars({ categories, bars, xName, formatValue = formatMeasure, ...frame }: StackedBarsProps) {
  const scheme = useScheme();
  const { palette } = usePreferences();
  const build = useMemo(
    () => (drawnScheme: Scheme) =>
      stackedBarsOption({ categories, bars, xName, formatValue, scheme: drawnScheme, palette }),
    [categories, bars, xName, formatValue, palette],
  );
  const option = useMemo(() => build(scheme), [build, scheme]);
  const table = useMemo(
    () => ({
      columns: [xName, ...bars.map(({ name }) => name)],
      rows: categories.map((category, index) => [category, ...bars.map(({ values }) => values[index] ?? null)]),
    }),
    [categories, bars, xName],
  );
  const walk = useMemo(
    () =>
      bars.map(({ id, name, values }) => ({
        name,
        seriesId: id,
        points: values.map((value, dataIndex) => ({
          text: `${xName} ${categories[dataIndex] ?? ''}: ${value === null ? '–' : formatValue(value)}`,
          dataIndex,
        })),
      })),
    [bars, categories, xName, formatValue],
  );
  return (
    <ChartFrame
      {...frame}
      option={option}
      figure={() => build('light')}
      table={table}
      series={walk}
      drawnPoints={categories.length}
      legend={bars.length > 1 ? <BarLegend bars={bars} scheme={scheme} palette={palette} /> : undefined}
    />
  );
}

interface BarsLook {
  categories: readonly string[];
  bars: readonly BarSeries[];
  xName: string;
  formatValue: (value: number) => string;
  scheme: Scheme;
  palette: RunPalette;
}

interface TooltipItem {
  seriesName?: string;
  name?: string;
  marker?: string;
  value: number | null;
}

/** Angle and distance of the hatching, in px, of each series in turn; the first is plain. */
const HATCHES: readonly (readonly [angle: number, distancePx: number] | null)[] = [
  null,
  [Math.PI / 4, 5],
  [-Math.PI / 4, 5],
  [0, 4],
  [Math.PI / 2, 4],
  [Math.PI / 4, 9],
  [-Math.PI / 4, 9],
  [0, 8],
];

export function stackedBarsOption({ categories, bars, xName, formatValue, scheme, palette }: BarsLook): ChartOption {
  return {
    grid: { left: 8, right: 16, top: 12, bottom: 8, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    xAxis: { type: 'category', data: [...categories] },
    yAxis: { type: 'value', min: 0, axisLabel: { formatter: (value: number) => formatValue(value) } },
    tooltip: {
      trigger: 'axis',
      axisPointer: { type: 'shadow' },
      formatter: (items: TooltipItem[]) =>
        [
          format.encodeHTML(`${xName} ${items[0]?.name ?? ''}`),
          ...items.map(
            ({ seriesName, marker, value }) =>
              `${marker ?? ''}${format.encodeHTML(`${seriesName ?? ''}  ${value === null ? '–' : formatValue(value)}`)}`,
          ),
        ].join('<br>'),
    },
    series: bars.map(({ id, name, values }, index) => ({
      id,
      name,
      type: 'bar',
      stack: 'all',
      barCategoryGap: '15%',
      data: [...values],
      itemStyle: { color: runMark(index, scheme, palette).color, decal: decal(index, scheme) },
    })),
  };
}

function decal(index: number, scheme: Scheme): ChartOption {
  const hatch = HATCHES[index % HATCHES.length];
  if (!hatch) return { symbol: 'none' };
  const [rotation, distancePx] = hatch;
  return { symbol: 'rect', color: TOKENS[scheme].paper, dashArrayX: [1, 0], dashArrayY: [1, distancePx], rotation };
}

function BarLegend({ bars, scheme, palette }: { bars: readonly BarSeries[]; scheme: Scheme; palette: RunPalette }) {
  return (
    <Box component="ul" sx={{ listStyle: 'none', display: 'flex', flexWrap: 'wrap', columnGap: 3, m: 0, mt: 1, p: 0 }}>
      {bars.map(({ id, name }, index) => (
        <Box component="li" key={id} sx={{ display: 'inline-flex', alignItems: 'center', gap: 1 }}>
          <Swatch
            color={runMark(index, scheme, palette).color}
            paper={TOKENS[scheme].paper}
            hatch={HATCHES[index % HATCHES.length] ?? null}
          />
          <Typography variant="caption" color="textSecondary">
            {name}
          </Typography>
        </Box>
      ))}
    </Box>
  );
}

const SWATCH_PX = 14;

function Swatch({ color, paper, hatch }: { color: string; paper: string; hatch: readonly [number, number] | null }) {
  const lines = hatch === null ? [] : Array.from({ length: 7 }, (_, index) => (index - 3) * hatch[1]);
  return (
    <svg width={SWATCH_PX} height={SWATCH_PX} viewBox="-7 -7 14 14" aria-hidden style={{ overflow: 'hidden' }}>
      <rect x={-7} y={-7} width={14} height={14} fill={color} />
      <g transform={`rotate(${((hatch?.[0] ?? 0) * 180) / Math.PI})`} stroke={paper} strokeWidth={1}>
        {lines.map((y) => (
          <line key={y} x1={-14} x2={14} y1={y} y2={y} />
        ))}
      </g>
    </svg>
  );
}
