// A table that scrolls sideways where it must, sorted by its heads; the order lives in the address. Runs in the renderer.
import type { ReactNode } from 'react';
import Table from '@mui/material/Table';
import TableBody from '@mui/material/TableBody';
import TableCell from '@mui/material/TableCell';
import TableContainer from '@mui/material/TableContainer';
import TableHead from '@mui/material/TableHead';
import TableRow from '@mui/material/TableRow';
import TableSortLabel from '@mui/material/TableSortLabel';
import { useQueryState } from '../app/query-state.ts';
import { sortRows } from './sort-rows.ts';

export interface TableColumn<Row> {
  id: string;
  label: string;
  /** Numbers and what is compared with them stand right. */
  isNumber?: boolean;
  /** What rows are ordered by; a column without it is not sortable. Missing values come last either way. */
  sortBy?: (row: Row) => number | string | null;
  cell: (row: Row) => ReactNode;
}

export interface SortableTableProps<Row> {
  label: string;
  columns: readonly TableColumn<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  /** Key in the query of the address; `sort` where it is left out. */
  queryKey?: string;
}

export function SortableTable<Row>({ label, columns, rows, rowKey, queryKey = 'sort' }: SortableTableProps<Row>) {
  const [sort, setSort] = useQueryState<string>(queryKey, '');
  const isDescending = sort.startsWith('-');
  const sortedId = isDescending ? sort.slice(1) : sort;
  const sortBy = columns.find(({ id }) => id === sortedId)?.sortBy;
  const shown = sortBy === undefined ? rows : sortRows(rows, sortBy, isDescending);
  return (
    <TableContainer>
      <Table size="small" aria-label={label}>
        <TableHead>
          <TableRow>
            {columns.map((column) => {
              const isSorted = column.id === sortedId;
              const direction = isSorted && isDescending ? 'desc' : 'asc';
              return (
                <TableCell
                  key={column.id}
                  align={column.isNumber ? 'right' : 'left'}
                  sortDirection={isSorted ? direction : false}
                  sx={{ whiteSpace: 'nowrap' }}
                >
                  {column.sortBy === undefined ? (
                    column.label
                  ) : (
                    <TableSortLabel
                      active={isSorted}
                      direction={direction}
                      onClick={() => setSort(isSorted && !isDescending ? `-${column.id}` : column.id)}
                    >
                      {column.label}
                    </TableSortLabel>
                  )}
                </TableCell>
              );
            })}
          </TableRow>
        </TableHead>
        <TableBody>
          {shown.map((row) => (
            <TableRow key={rowKey(row)} hover sx={{ height: 'var(--row-height)' }}>
              {columns.map((column) => (
                <TableCell key={column.id} align={column.isNumber ? 'right' : 'left'}>
                  {column.cell(row)}
                </TableCell>
              ))}
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </TableContainer>
  );
}
