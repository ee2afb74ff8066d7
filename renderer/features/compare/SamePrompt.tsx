// The same prompt's completions of all runs side by side, at one step. Runs in the renderer.
import { useState } from 'react';
import NextIcon from '@mui/icons-material/ChevronRight';
import PreviousIcon from '@mui/icons-material/ChevronLeft';
import Autocomplete, { createFilterOptions } from '@mui/material/Autocomplete';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { CompletionPhase } from '../../../contracts/completion-browser.ts';
import type { CompletionPrompt } from '../../../contracts/completion-browser.ts';
import type { RunSummary } from '../../../contracts/run-state.ts';
import { useQueryState } from '../../app/query-state.ts';
import { FrameSwitch } from '../../charts/ChartFrame.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { LoadFailed } from '../../components/LoadFailed.tsx';
import { Loading } from '../../components/Loading.tsx';
import { useHostQuery } from '../../connection/hooks.ts';
import { formatCount } from '../../format.ts';
import { StepSlider } from '../../components/StepSlider.tsx';
import { useCompletionStep } from '../../app/completion-step.ts';
import { RunAnswers } from './RunAnswers.tsx';
import type { Comparison } from './use-comparison.ts';

/** Runs whose completions are drawn at once. */
const MOST_SHOWN = 24;
const filterPrompts = createFilterOptions<CompletionPrompt>({ limit: 100 });

export function SamePrompt({ comparison, runs }: { comparison: Comparison; runs: readonly RunSummary[] }) {
  const { t } = useTranslation('compare');
  const [from, setFrom] = useQueryState<string>('from', '');
  const source = runs.find(({ number }) => `r${number}` === from) ?? runs[0];
  if (source === undefined) return null;
  return (
    <Box
      component="section"
      aria-labelledby="same-prompt"
      sx={{ display: 'grid', gap: 3, gridTemplateColumns: 'minmax(0, 1fr)' }}
    >
      <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 3 }}>
        <Typography variant="h2" id="same-prompt">
          {t('samePrompt')}
        </Typography>
        <TextField
          select
          label={t('promptsOf')}
          value={source.id}
          onChange={(event) => {
            const run = runs.find(({ id }) => id === event.target.value);
            setFrom(run === undefined || run === runs[0] ? '' : `r${run.number}`);
          }}
          sx={{ minWidth: 160 }}
        >
          {runs.map(({ id, number, label }) => (
            <MenuItem key={id} value={id}>{`r${number} ${label}`}</MenuItem>
          ))}
        </TextField>
      </Box>
      <PromptsOf key={source.id} {...{ comparison, runs, source }} />
    </Box>
  );
}

interface PromptsOfProps {
  comparison: Comparison;
  runs: readonly RunSummary[];
  source: RunSummary;
}

function PromptsOf({ comparison, runs, source }: PromptsOfProps) {
  const { t } = useTranslation('compare');
  const [stated, setPhase] = useQueryState<CompletionPhase | ''>('phase', '');
  const kept = useHostQuery('completionSteps', { run: source.id }).data ?? [];
  const phases = CompletionPhase.options.filter((phase) => kept.some((entry) => entry.phase === phase));
  // Held-out problems are the same in every run; prompts to train on are drawn for each.
  const phase = phases.find((known) => known === stated) ?? phases.at(-1) ?? 'train';
  const { all, steps, step, setStep, error, refetch } = useCompletionStep(source.id, phase);
  const prompts = useHostQuery(
    'completionPrompts',
    { run: source.id, step: step ?? 0, phase },
    { enabled: step !== null },
  );
  const [promptText, setPromptText] = useQueryState<string>('prompt', '');
  if (error) return <LoadFailed error={error} onRetry={refetch} />;
  if (all === undefined) return <Loading heightPx={160} />;
  if (step === null) return <EmptyState text={t('noCompletions', { name: `r${source.number}` })} />;
  const list = prompts.data ?? [];
  const place = Math.max(
    0,
    promptText === '' ? 0 : list.findIndex(({ promptIndex }) => promptIndex === Number(promptText)),
  );
  const prompt = list[place];
  return (
    <>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 3 }}>
        <TextField
          select
          label={t('phase')}
          value={phase}
          onChange={(event) => setPhase(CompletionPhase.parse(event.target.value))}
          sx={{ minWidth: 160 }}
        >
          {phases.map((known) => (
            <MenuItem key={known} value={known}>
              {t(`phases.${known}`)}
            </MenuItem>
          ))}
        </TextField>
        <StepSlider {...{ steps, step }} onStep={setStep} />
        <PromptPicker {...{ list, place }} onPrompt={(index) => setPromptText(String(index))} />
      </Box>
      {prompts.error && <LoadFailed error={prompts.error} onRetry={() => void prompts.refetch()} />}
      {prompts.isPending && <Loading heightPx={160} />}
      {prompt && <Answers {...{ comparison, runs, source, step, phase }} promptIndex={prompt.promptIndex} />}
    </>
  );
}

interface PromptPickerProps {
  list: readonly CompletionPrompt[];
  place: number;
  onPrompt: (promptIndex: number) => void;
}

function PromptPicker({ list, place, onPrompt }: PromptPickerProps) {
  const { t } = useTranslation('compare');
  const chosen = list[place];
  if (chosen === undefined) return null;
  const go = (to: number) => {
    const next = list[to];
    if (next) onPrompt(next.promptIndex);
  };
  return (
    <Box sx={{ display: 'flex', alignItems: 'center', gap: 1, flex: '1 1 320px', minWidth: 0 }}>
      <IconButton aria-label={t('previousPrompt')} disabled={place === 0} onClick={() => go(place - 1)}>
        <PreviousIcon fontSize="small" />
      </IconButton>
      <Autocomplete
        size="small"
        disableClearable
        options={[...list]}
        value={chosen}
        filterOptions={filterPrompts}
        getOptionKey={({ promptIndex }) => promptIndex}
        getOptionLabel={({ promptIndex, prompt }) => `${promptIndex + 1} ${prompt}`}
        isOptionEqualToValue={(option, value) => option.promptIndex === value.promptIndex}
        onChange={(_event, { promptIndex }) => onPrompt(promptIndex)}
        renderInput={(parameters) => (
          <TextField
            {...parameters}
            label={t('promptOf', { place: formatCount(place + 1), total: formatCount(list.length) })}
          />
        )}
        sx={{ flex: 1, minWidth: 0 }}
      />
      <IconButton aria-label={t('nextPrompt')} disabled={place >= list.length - 1} onClick={() => go(place + 1)}>
        <NextIcon fontSize="small" />
      </IconButton>
    </Box>
  );
}

interface AnswersProps extends PromptsOfProps {
  step: number;
  phase: CompletionPhase;
  promptIndex: number;
}

function Answers({ comparison, runs, source, ...place }: AnswersProps) {
  const { t } = useTranslation('compare');
  const [isWhole, setWhole] = useState(false);
  const [showsAll, setShowsAll] = useState(false);
  const key = { run: source.id, ...place };
  const own = useHostQuery('completionGroup', key);
  const others = useHostQuery('promptInRuns', { ...key, runs: runs.map(({ id }) => id), atStep: place.step });
  const failed = [own, others].find(({ error }) => error !== null);
  if (failed) return <LoadFailed error={failed.error} onRetry={() => void failed.refetch()} />;
  if (own.data === undefined || others.data === undefined) return <Loading heightPx={160} />;
  const groups = new Map([own.data, ...others.data.groups].map((group) => [group.runId, group]));
  const answering = comparison.sides.flatMap(({ runs: ofSide, label }, side) =>
    ofSide.flatMap((run) => {
      const group = groups.get(run.id);
      const name = ofSide.length === 1 ? label : `${label} · r${run.number}`;
      return group === undefined ? [] : [{ run, group, name, mark: comparison.marks[side] }];
    }),
  );
  const shown = showsAll ? answering : answering.slice(0, MOST_SHOWN);
  const without = others.data.withoutPrompt.length;
  return (
    <>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'baseline', gap: 3 }}>
        <Typography sx={{ flex: '1 1 300px', whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
          {own.data.prompt}
        </Typography>
        <Typography color="textSecondary" sx={{ overflowWrap: 'anywhere' }}>
          {t('gold', { gold: own.data.gold })}
        </Typography>
        <FrameSwitch label={t('wholeTexts')} isOn={isWhole} onChange={setWhole} />
      </Box>
      <Box
        component="ul"
        aria-label={t('samePrompt')}
        sx={{
          ...{ listStyle: 'none', m: 0, p: 0, display: 'grid', gap: 3 },
          gridTemplateColumns: 'repeat(auto-fill, minmax(min(260px, 100%), 1fr))',
        }}
      >
        {shown.map(({ run, group, name, mark }) => (
          <RunAnswers key={run.id} {...{ group, name, mark, isWhole }} runNumber={run.number} />
        ))}
      </Box>
      {shown.length < answering.length && (
        <Button sx={{ justifySelf: 'start' }} onClick={() => setShowsAll(true)}>
          {t('showAll', { count: answering.length, text: formatCount(answering.length) })}
        </Button>
      )}
      {without > 0 && (
        <Typography variant="body2" color="textSecondary">
          {t('withoutPrompt', { count: without, text: formatCount(without) })}
        </Typography>
      )}
    </>
  );
}
