// Completions of all steps that hold a text; a click shows one where it belongs. Runs in the renderer.
import { useState } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import ButtonBase from '@mui/material/ButtonBase';
import Typography from '@mui/material/Typography';
import { keepPreviousData } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { CompletionPhase, CompletionSearchResult } from '../../../../contracts/completion-browser.ts';
import { EmptyState } from '../../../components/EmptyState.tsx';
import { LoadFailed } from '../../../components/LoadFailed.tsx';
import { Loading } from '../../../components/Loading.tsx';
import { useHostQuery } from '../../../connection/hooks.ts';
import { formatCount, formatMeasure } from '../../../format.ts';
import { FONTS } from '../../../theme/tokens.ts';
import type { RewardFilter } from './SampleTable.tsx';

const PAGE = 50;

export type FoundCompletion = CompletionSearchResult['rows'][number];

export interface CompletionSearchProps {
  runId: string;
  text: string;
  phase: CompletionPhase;
  reward: RewardFilter;
  onOpen: (found: FoundCompletion) => void;
}

/** Bounds of the reward that a filter lets through; the largest number below 1 is as near as doubles come. */
function rewardBounds(filter: RewardFilter): { minReward: number | null; maxReward: number | null } {
  if (filter === 'right') return { minReward: 1, maxReward: null };
  if (filter === 'wrong') return { minReward: null, maxReward: 1 - Number.EPSILON / 2 };
  return { minReward: null, maxReward: null };
}

export function CompletionSearch({ runId, text, phase, reward, onOpen }: CompletionSearchProps) {
  const { t } = useTranslation('run');
  const [limit, setLimit] = useState(PAGE);
  const { data, error, refetch } = useHostQuery(
    'searchCompletions',
    {
      ...{ run: runId, text, phase, limit, offset: 0, fromStep: null, toStep: null, finishReason: null },
      ...rewardBounds(reward),
    },
    { placeholderData: keepPreviousData },
  );
  if (error) return <LoadFailed error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Loading heightPx={240} />;
  if (data.matched === 0)
    return <EmptyState text={t('nothingFound', { text, searched: formatCount(data.searched) })} />;
  return (
    <Box component="section" aria-label={t('searchResults')}>
      <Typography color="textSecondary" role="status">
        {t('found', { matched: formatCount(data.matched), searched: formatCount(data.searched) })}
      </Typography>
      <Box component="ul" sx={{ listStyle: 'none', m: 0, p: 0 }}>
        {data.rows.map((row) => (
          <li key={`${row.step}-${row.phase}-${row.promptIndex}-${row.sampleIndex}`}>
            <FoundRow row={row} text={text} onOpen={onOpen} />
          </li>
        ))}
      </Box>
      {data.rows.length < data.matched && (
        <Button onClick={() => setLimit((shown) => Math.min(1000, shown + PAGE))} sx={{ mt: 2 }}>
          {t('moreFound')}
        </Button>
      )}
    </Box>
  );
}

function FoundRow({
  row,
  text,
  onOpen,
}: {
  row: FoundCompletion;
  text: string;
  onOpen: (row: FoundCompletion) => void;
}) {
  const { t } = useTranslation('run');
  return (
    <ButtonBase
      onClick={() => onOpen(row)}
      sx={{
        width: '100%',
        display: 'grid',
        gridTemplateColumns: 'minmax(150px, auto) 56px minmax(0, 1fr)',
        gap: 3,
        textAlign: 'left',
        py: 2,
        px: 1,
        borderBottom: 1,
        borderColor: 'divider',
        '&:hover': { bgcolor: 'studio.sunken' },
        '&:focus-visible': { outlineOffset: '-2px' },
      }}
    >
      <Typography component="span" variant="body2" color="textSecondary">
        {t('foundAt', {
          step: formatCount(row.step),
          prompt: formatCount(row.promptIndex + 1),
          sample: formatCount(row.sampleIndex + 1),
        })}
      </Typography>
      <Typography component="span" variant="body2">
        {formatMeasure(row.reward)}
      </Typography>
      <Box component="span" sx={{ typography: 'body2', fontFamily: FONTS.code, overflowWrap: 'anywhere' }}>
        {excerpt(row.text, text)}
      </Box>
    </ButtonBase>
  );
}

const AROUND = 60;

/** The text around the first place that was found; its start where that lies in prompt or answer. */
export function excerpt(text: string, found: string): string {
  const place = text.toLowerCase().indexOf(found.toLowerCase());
  const start = Math.max(0, place - AROUND);
  const end = Math.max(place, 0) + found.length + AROUND;
  return `${start > 0 ? '…' : ''}${text.slice(start, end)}${end < text.length ? '…' : ''}`;
}
