// How the rewards of one step are spread: completions by reward, or groups by how many of their samples are right.
// Follows the step that the completions show. Runs in the renderer.
import { useMemo, useState } from 'react';
import Box from '@mui/material/Box';
import { keepPreviousData } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { CompletionPrompt, RewardCount } from '../../../contracts/completion-browser.ts';
import { FrameSwitch } from '../../charts/ChartFrame.tsx';
import { StackedBars } from '../../charts/StackedBars.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { useHostQuery } from '../../connection/hooks.ts';
import { formatCount, formatMeasure } from '../../format.ts';
import { StepSlider } from '../../components/StepSlider.tsx';

const MOST_BINS = 40;

interface Bars {
  categories: string[];
  counts: number[];
}

/** Completions by reward: each reward for itself while there are few, else bins of one width over 0 … 1 or wider. */
export function rewardBins(counts: readonly RewardCount[]): Bars {
  const graded = counts.flatMap(({ reward, completions }) => (reward === null ? [] : [{ reward, completions }]));
  if (graded.length <= MOST_BINS) {
    return {
      categories: graded.map(({ reward }) => formatMeasure(reward)),
      counts: graded.map(({ completions }) => completions),
    };
  }
  const low = Math.min(0, ...graded.map(({ reward }) => reward));
  const high = Math.max(1, ...graded.map(({ reward }) => reward));
  const width = (high - low) / MOST_BINS;
  const bins = Array.from({ length: MOST_BINS }, () => 0);
  for (const { reward, completions } of graded) {
    const bin = Math.min(MOST_BINS - 1, Math.floor((reward - low) / width));
    bins[bin] = (bins[bin] ?? 0) + completions;
  }
  return { categories: bins.map((_count, bin) => formatMeasure(low + bin * width, 2)), counts: bins };
}

/** Groups by right samples, from none to all. */
export function rightOfGroup(prompts: readonly CompletionPrompt[]): Bars {
  const size = Math.max(0, ...prompts.map(({ samples }) => samples));
  const counts = Array.from({ length: size + 1 }, () => 0);
  for (const { right } of prompts) counts[right] = (counts[right] ?? 0) + 1;
  return { categories: counts.map((_count, right) => String(right)), counts };
}

export interface RewardChartProps {
  runId: string;
  /** Training steps with completions. */
  steps: readonly number[];
  step: number;
  onStep: (step: number) => void;
  fileName: string;
}

export function RewardChart({ runId, steps, step, onStep, fileName }: RewardChartProps) {
  const { t } = useTranslation('run');
  const [isByGroup, setByGroup] = useState(true);
  const key = { run: runId, step, phase: 'train' as const };
  const isThere = steps.includes(step);
  const rewards = useHostQuery('rewardCounts', key, { enabled: isThere, placeholderData: keepPreviousData });
  const prompts = useHostQuery('completionPrompts', key, { enabled: isThere, placeholderData: keepPreviousData });
  const bars = useMemo(
    () => (isByGroup ? rightOfGroup(prompts.data ?? []) : rewardBins(rewards.data ?? [])),
    [isByGroup, prompts.data, rewards.data],
  );
  if (!isThere) return <EmptyState text={t('noCompletionsHere')} />;
  const groups = prompts.data ?? [];
  const withSignal = groups.filter(({ hasSignal }) => hasSignal).length;
  const total = bars.counts.reduce((sum, count) => sum + count, 0);
  return (
    <Box>
      <StackedBars
        title={isByGroup ? t('charts.rightOfGroup', { size: bars.categories.length - 1 }) : t('charts.rewards')}
        unit={isByGroup ? t('units.groups') : t('units.completions')}
        scope={t('ofStep', { step: formatCount(step) })}
        summary={t('summary.signal', { count: groups.length, signal: formatCount(withSignal) })}
        categories={bars.categories}
        bars={[{ id: 'count', name: isByGroup ? t('units.groups') : t('units.completions'), values: bars.counts }]}
        xName={isByGroup ? t('x.right') : t('x.reward')}
        formatValue={formatCount}
        totalPoints={bars.categories.length}
        controls={<FrameSwitch label={t('byGroup')} isOn={isByGroup} onChange={setByGroup} />}
        fileName={`${fileName}-rewards-step-${step}-n-${total}`}
      />
      <StepSlider steps={steps} step={step} onStep={onStep} />
    </Box>
  );
}
