// All samples of a group: reward, advantage, length, answer, log-prob gap, how it ended. Runs in the renderer.
import type { KeyboardEvent } from 'react';
import Box from '@mui/material/Box';
import Table from '@mui/material/Table';
import TableBody from '@mui/material/TableBody';
import TableCell from '@mui/material/TableCell';
import TableHead from '@mui/material/TableHead';
import TableRow from '@mui/material/TableRow';
import { useTranslation } from 'react-i18next';
import type { CompletionSample } from '../../../../contracts/completion-browser.ts';
import { MISSING, formatCount, formatMeasure } from '../../../format.ts';
import { signed } from './TokenText.tsx';

export type RewardFilter = 'all' | 'right' | 'wrong' | 'ungraded';
export const REWARD_FILTERS: readonly RewardFilter[] = ['all', 'right', 'wrong', 'ungraded'];

export function matchesReward(reward: number | null, filter: RewardFilter): boolean {
  if (filter === 'all') return true;
  if (filter === 'ungraded') return reward === null;
  return reward !== null && (filter === 'right' ? reward >= 1 : reward < 1);
}

const COLUMNS = ['sample', 'reward', 'advantage', 'tokens', 'answer', 'gap', 'end'] as const;

export interface SampleTableProps {
  samples: readonly CompletionSample[];
  chosen: number | null;
  onChoose: (sampleIndex: number) => void;
}

export function SampleTable({ samples, chosen, onChoose }: SampleTableProps) {
  const { t } = useTranslation('run');
  const place = samples.findIndex(({ sampleIndex }) => sampleIndex === chosen);
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const places: Record<string, number> = {
      ArrowDown: place + 1,
      j: place + 1,
      ArrowUp: place - 1,
      k: place - 1,
      Home: 0,
      End: samples.length - 1,
    };
    const next = samples[places[event.key] ?? -1];
    if (next === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    onChoose(next.sampleIndex);
    const rows = event.currentTarget.querySelectorAll<HTMLElement>('tbody tr');
    rows[samples.indexOf(next)]?.focus();
  };
  return (
    <Box sx={{ overflowX: 'auto' }}>
      <Table size="small" role="grid" aria-label={t('samples')} onKeyDown={onKeyDown}>
        <TableHead>
          <TableRow>
            {COLUMNS.map((column) => (
              <TableCell key={column}>{t(`sampleColumns.${column}`)}</TableCell>
            ))}
          </TableRow>
        </TableHead>
        <TableBody>
          {samples.map((sample, index) => {
            const isChosen = sample.sampleIndex === chosen;
            return (
              <TableRow
                key={sample.sampleIndex}
                hover
                tabIndex={isChosen || (place === -1 && index === 0) ? 0 : -1}
                aria-selected={isChosen}
                onClick={() => onChoose(sample.sampleIndex)}
                sx={{
                  cursor: 'pointer',
                  boxShadow: isChosen ? (theme) => `inset 3px 0 ${theme.vars?.palette.primary.main}` : 'none',
                  bgcolor: isChosen ? 'studio.selectedRow' : undefined,
                  '&:focus-visible': { outlineOffset: '-2px' },
                }}
              >
                <TableCell>{formatCount(sample.sampleIndex + 1)}</TableCell>
                <TableCell>{formatMeasure(sample.reward)}</TableCell>
                <TableCell>{signed(sample.advantage)}</TableCell>
                <TableCell>{formatCount(sample.tokenCount)}</TableCell>
                <TableCell sx={{ maxWidth: 200, overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' }}>
                  {sample.extracted ?? MISSING}
                </TableCell>
                <TableCell>{signed(sample.largestGap)}</TableCell>
                <TableCell>{t(`finish.${sample.finishReason}`)}</TableCell>
              </TableRow>
            );
          })}
        </TableBody>
      </Table>
    </Box>
  );
}
