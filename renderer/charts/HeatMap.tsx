// Values over two axes as colours that part at zero: the trained numbers over steps. Runs in the renderer.
import { useMemo } from 'react';
import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { useScheme } from '../app/appearance.ts';
import { MISSING, formatCount, formatMeasure } from '../format.ts';
import { TOKENS } from '../theme/tokens.ts';
import type { Scheme } from '../theme/tokens.ts';
import { ChartFrame } from './ChartFrame.tsx';
import type { ChartFrameProps } from './ChartFrame.tsx';
import { format } from './echarts.ts';
import type { ChartOption } from './echarts.ts';

/** Values by row and column; null: not recorded. */
export type HeatMapValues = readonly (readonly (number | null)[])[];

export interface HeatMapProps extends Omit<
  ChartFrameProps,
  'option' | 'figure' | 'table' | 'series' | 'drawnPoints' | 'legend' | 'logX' | 'logY'
> {
  /** Labels of the columns, left to right, and of the rows, top to bottom. */
  columns: readonly string[];
  rows: readonly string[];
  values: HeatMapValues;
  /** Heading of the columns, e.g. "step". */
  xName: string;
}

export function HeatMap({ columns, rows, values, xName, onZoom, ...frame }: HeatMapProps) {
  const scheme = useScheme();
  const bound = useMemo(() => largestMagnitude(values), [values]);
  const build = useMemo(
    () => (drawnScheme: Scheme) => heatMapOption({ columns, rows, values, xName, scheme: drawnScheme, bound }),
    [columns, rows, values, xName, bound],
  );
  const option = useMemo(() => build(scheme), [build, scheme]);
  const walk = useMemo(() => walkedRows(columns, rows, values, xName), [columns, rows, values, xName]);
  const table = useMemo(
    () => ({
      columns: [xName, ...rows],
      rows: columns.map((column, at) => [column, ...values.map((row) => row[at] ?? null)]),
    }),
    [columns, rows, values, xName],
  );
  return (
    <ChartFrame
      {...frame}
      {...(onZoom && { onZoom })}
      option={option}
      figure={() => build('light')}
      table={table}
      series={walk}
      drawnPoints={values.flat().filter((value) => value !== null).length}
      legend={<DivergingScale bound={bound} scheme={scheme} />}
    />
  );
}

/** The colours between −bound and +bound, with their ends written. */
function DivergingScale({ bound, scheme }: { bound: number; scheme: Scheme }) {
  return (
    <Box sx={{ display: 'flex', alignItems: 'center', gap: 1, mt: 1 }}>
      <Typography variant="caption" color="textSecondary">
        {formatMeasure(-bound)}
      </Typography>
      <Box aria-hidden sx={{ display: 'flex', border: 1, borderColor: 'divider' }}>
        {TOKENS[scheme].diverging.map((color) => (
          <Box key={color} sx={{ width: 16, height: 10, bgcolor: color }} />
        ))}
      </Box>
      <Typography variant="caption" color="textSecondary">
        +{formatMeasure(bound)}
      </Typography>
    </Box>
  );
}

/** 1 where nothing differs from zero, so that the scale has a width. */
function largestMagnitude(values: HeatMapValues): number {
  let largest = 0;
  for (const row of values) for (const value of row) largest = Math.max(largest, Math.abs(value ?? 0));
  return largest === 0 ? 1 : largest;
}

interface HeatMapLook {
  columns: readonly string[];
  rows: readonly string[];
  values: HeatMapValues;
  xName: string;
  scheme: Scheme;
  bound: number;
}

export function heatMapOption({ columns, rows, values, xName, scheme, bound }: HeatMapLook): ChartOption {
  return {
    grid: { left: 8, right: 16, top: 12, bottom: 8, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    xAxis: { type: 'category', data: [...columns] },
    yAxis: { type: 'category', data: [...rows], inverse: true },
    visualMap: {
      type: 'continuous',
      show: false,
      min: -bound,
      max: bound,
      dimension: 2,
      inRange: { color: [...TOKENS[scheme].diverging] },
    },
    tooltip: {
      trigger: 'item',
      formatter: ({ value }: { value: [number, number, number] }) => {
        const [column, row, cell] = value;
        const text = `${rows[row] ?? ''}  ${formatMeasure(cell)}`;
        return [`${xName} ${columns[column] ?? ''}`, text].map((line) => format.encodeHTML(line)).join('<br>');
      },
    },
    series: [
      {
        id: 'cells',
        type: 'heatmap',
        progressive: 0,
        data: values.flatMap((row, rowIndex) =>
          row.flatMap((value, column) => (value === null ? [] : [[column, rowIndex, value]])),
        ),
      },
    ],
  };
}

/** Each row is a series; a cell that was not recorded is told, too. */
function walkedRows(columns: readonly string[], rows: readonly string[], values: HeatMapValues, xName: string) {
  let drawn = 0;
  return rows.map((name, rowIndex) => ({
    name,
    seriesId: 'cells',
    points: (values[rowIndex] ?? []).map((value, column) => ({
      text: `${xName} ${columns[column] ?? formatCount(column)}: ${value === null ? MISSING : formatMeasure(value)}`,
      dataIndex: value === null ? drawn : drawn++,
    })),
  }));
}
