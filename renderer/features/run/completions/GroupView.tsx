// One group: how many of its samples are right, all of them as rows, one of them in full. Runs in the renderer.
import { useState } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { keepPreviousData } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { CompletionPhase } from '../../../../contracts/completion-browser.ts';
import { useQueryState } from '../../../app/query-state.ts';
import { EmptyState } from '../../../components/EmptyState.tsx';
import { LoadFailed } from '../../../components/LoadFailed.tsx';
import { Loading } from '../../../components/Loading.tsx';
import { useHostQuery } from '../../../connection/hooks.ts';
import { formatCount } from '../../../format.ts';
import { OtherRuns } from './OtherRuns.tsx';
import { SampleDetail } from './SampleDetail.tsx';
import { SampleTable, matchesReward } from './SampleTable.tsx';
import type { RewardFilter } from './SampleTable.tsx';

export interface GroupViewProps {
  runId: string;
  step: number;
  phase: CompletionPhase;
  promptIndex: number;
  reward: RewardFilter;
}

export function GroupView({ runId, step, phase, promptIndex, reward }: GroupViewProps) {
  const { t } = useTranslation('run');
  const [stated, setStated] = useQueryState<string>('sample', '');
  const [isOthers, setOthers] = useState(false);
  const key = { run: runId, step, phase, promptIndex };
  const { data, error, refetch } = useHostQuery('completionGroup', key, { placeholderData: keepPreviousData });
  if (error) return <LoadFailed error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Loading heightPx={320} />;
  const samples = data.samples.filter((sample) => matchesReward(sample.reward, reward));
  const chosen = samples.find(({ sampleIndex }) => String(sampleIndex) === stated) ?? samples[0];
  const right = data.samples.filter((sample) => (sample.reward ?? 0) >= 1).length;
  return (
    <Box
      sx={{
        height: '100%',
        overflow: 'auto',
        display: 'grid',
        gap: 4,
        alignContent: 'start',
        gridTemplateColumns: 'minmax(0, 1fr)',
        pr: 1,
      }}
    >
      <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', columnGap: 4, rowGap: 1 }}>
        <Typography variant="h2">
          {t('rightOf', {
            right: formatCount(right),
            count: data.samples.length,
            total: formatCount(data.samples.length),
          })}
        </Typography>
        {samples.length < data.samples.length && (
          <Typography color="textSecondary">{t('samplesShown', { count: samples.length })}</Typography>
        )}
        <Box sx={{ flex: 1 }} />
        <Button aria-expanded={isOthers} onClick={() => setOthers((is) => !is)}>
          {t('otherRuns')}
        </Button>
      </Box>
      {isOthers && <OtherRuns {...{ runId, step, phase, promptIndex }} />}
      {chosen === undefined ? (
        <EmptyState text={t('noSample')} />
      ) : (
        <>
          <SampleTable
            samples={samples}
            chosen={chosen.sampleIndex}
            onChoose={(sampleIndex) => setStated(String(sampleIndex))}
          />
          <SampleDetail group={data} sample={chosen} />
        </>
      )}
    </Box>
  );
}
