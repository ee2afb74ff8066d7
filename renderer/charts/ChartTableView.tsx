// The table twin of a chart: the same numbers, rows drawn as they are scrolled to. Runs in the renderer.
import { useRef } from 'react';
import Box from '@mui/material/Box';
import { useVirtualizer } from '@tanstack/react-virtual';
import { formatMeasure, fullPrecision } from '../format.ts';
import type { ChartTable } from './chart-table.ts';

const ROW_PX = 24;

export function ChartTableView({ table, title, heightPx }: { table: ChartTable; title: string; heightPx: number }) {
  const scroll = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: table.rows.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW_PX,
    overscan: 10,
  });
  const columns = `repeat(${table.columns.length}, minmax(72px, 1fr))`;
  const row = { display: 'grid', gridTemplateColumns: columns, minHeight: ROW_PX, alignItems: 'center', px: 2 };
  return (
    <Box
      ref={scroll}
      role="table"
      aria-label={title}
      aria-rowcount={table.rows.length + 1}
      tabIndex={0}
      sx={{ height: heightPx, overflow: 'auto', typography: 'body2' }}
    >
      <Box
        role="row"
        aria-rowindex={1}
        sx={{ ...row, position: 'sticky', top: 0, zIndex: 1, bgcolor: 'studio.sunken', fontWeight: 600 }}
      >
        {table.columns.map((column) => (
          <span role="columnheader" key={column}>
            {column}
          </span>
        ))}
      </Box>
      <Box role="rowgroup" sx={{ height: rows.getTotalSize(), position: 'relative' }}>
        {rows.getVirtualItems().map(({ index, start }) => (
          <Box
            key={index}
            role="row"
            aria-rowindex={index + 2}
            sx={{ ...row, position: 'absolute', insetInline: 0 }}
            style={{ transform: `translateY(${start}px)` }}
          >
            {table.rows[index]?.map((value, column) => (
              <Box
                component="span"
                role="cell"
                key={table.columns[column]}
                title={typeof value === 'number' ? fullPrecision(value) : undefined}
                sx={{ color: Number.isNaN(value) ? 'status.failed' : undefined }}
              >
                {typeof value === 'string' ? value : cellText(value)}
              </Box>
            ))}
          </Box>
        ))}
      </Box>
    </Box>
  );
}

function cellText(value: number | null | undefined): string {
  return Number.isInteger(value) ? String(value) : formatMeasure(value, 4);
}
