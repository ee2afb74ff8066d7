// The completion browser: step, prompt, all samples of the group, and one of them token by token. Runs in the renderer.
import { useCallback, useMemo, useState } from 'react';
import Box from '@mui/material/Box';
import IconButton from '@mui/material/IconButton';
import MenuItem from '@mui/material/MenuItem';
import NextIcon from '@mui/icons-material/ChevronRight';
import PreviousIcon from '@mui/icons-material/ChevronLeft';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { keepPreviousData } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { CompletionPhase } from '../../../../contracts/completion-browser.ts';
import type { CompletionPrompt, CompletionStep } from '../../../../contracts/completion-browser.ts';
import type { RunOverview } from '../../../../contracts/run-overview.ts';
import { useCommands } from '../../../app/commands.ts';
import { useQueryState } from '../../../app/query-state.ts';
import { EmptyState } from '../../../components/EmptyState.tsx';
import { LoadFailed } from '../../../components/LoadFailed.tsx';
import { Loading } from '../../../components/Loading.tsx';
import { Panes } from '../../../components/Panes.tsx';
import { useHostQuery } from '../../../connection/hooks.ts';
import { formatCount } from '../../../format.ts';
import { useCompletionStep } from '../../../app/completion-step.ts';
import { SHORTCUTS } from '../../../app/shortcuts.ts';
import { StepSlider } from '../../../components/StepSlider.tsx';
import { CompletionSearch } from './CompletionSearch.tsx';
import type { FoundCompletion } from './CompletionSearch.tsx';
import { GroupView } from './GroupView.tsx';
import { PROMPT_FILTERS, PromptList, filteredPrompts } from './PromptList.tsx';
import type { PromptFilter } from './PromptList.tsx';
import { REWARD_FILTERS } from './SampleTable.tsx';
import type { RewardFilter } from './SampleTable.tsx';

const PANES_HEIGHT_PX = 620;

export function CompletionsTab({ overview }: { overview: RunOverview }) {
  const { t } = useTranslation('run');
  const runId = overview.run.id;
  const [statedPhase, setPhase] = useQueryState<string>('phase', '');
  const first = useCompletionStep(runId, 'train');
  const phase = chosenPhase(first.all ?? [], statedPhase);
  const { all, steps, step, setStep, error, refetch } = useCompletionStep(runId, phase);
  const [find, setFind] = useState('');
  const [reward, setReward] = useQueryState<RewardFilter>('reward', 'all');
  const [, setPrompt] = useQueryState<string>('prompt', '');
  const [, setSample] = useQueryState<string>('sample', '');
  const freed = freedSteps(all ?? [], overview.run.lastStep);
  const open = (found: FoundCompletion) => {
    setPhase(found.phase);
    setStep(found.step);
    setPrompt(String(found.promptIndex));
    setSample(String(found.sampleIndex));
    setFind('');
  };
  if (error) return <LoadFailed error={error} onRetry={refetch} />;
  if (all === undefined) return <Loading heightPx={PANES_HEIGHT_PX} />;
  return (
    <Box sx={{ display: 'grid', gap: 3, gridTemplateColumns: 'minmax(0, 1fr)' }}>
      {freed !== null && (
        <Typography color="textSecondary">
          {t('freed', { from: formatCount(freed[0]), to: formatCount(freed[1]) })}
        </Typography>
      )}
      {step === null ? (
        <EmptyState text={overview.run.lastStep === 0 ? t('noCompletionsYet') : t('noCompletionsHere')} />
      ) : (
        <>
          <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', columnGap: 4, rowGap: 3 }}>
            <PhaseChoice all={all} phase={phase} onPhase={setPhase} />
            <StepSlider steps={steps} step={step} onStep={setStep} />
            <TextField
              select
              label={t('rewardFilter')}
              value={reward}
              onChange={(event) => setReward(event.target.value as RewardFilter)}
              sx={{ minWidth: 110 }}
            >
              {REWARD_FILTERS.map((choice) => (
                <MenuItem key={choice} value={choice}>
                  {t(`rewardFilters.${choice}`)}
                </MenuItem>
              ))}
            </TextField>
            <TextField
              label={t('searchSteps')}
              value={find}
              onChange={(event) => setFind(event.target.value)}
              type="search"
              sx={{ width: 200 }}
            />
          </Box>
          {find.trim() === '' ? (
            <StepView runId={runId} steps={steps} step={step} setStep={setStep} phase={phase} reward={reward} />
          ) : (
            <CompletionSearch key={find.trim()} {...{ runId, phase, reward }} text={find.trim()} onOpen={open} />
          )}
        </>
      )}
    </Box>
  );
}

/** The stated phase where it has completions, else training, else the first that has. */
export function chosenPhase(all: readonly CompletionStep[], stated: string): CompletionPhase {
  const has = (phase: CompletionPhase) => all.some((entry) => entry.phase === phase);
  const phases = CompletionPhase.options;
  return phases.find((phase) => phase === stated && has(phase)) ?? phases.find(has) ?? 'train';
}

/** First and last training step whose completions are gone; null where none is. */
export function freedSteps(all: readonly CompletionStep[], lastStep: number): [number, number] | null {
  const kept = all.filter(({ phase }) => phase === 'train').map(({ step }) => step);
  const first = kept.length === 0 ? lastStep + 1 : Math.min(...kept);
  return first > 1 && lastStep > 0 ? [1, Math.min(first - 1, lastStep)] : null;
}

interface PhaseChoiceProps {
  all: readonly CompletionStep[];
  phase: CompletionPhase;
  onPhase: (phase: string) => void;
}

function PhaseChoice({ all, phase, onPhase }: PhaseChoiceProps) {
  const { t } = useTranslation('run');
  const phases = CompletionPhase.options.filter((choice) => all.some((entry) => entry.phase === choice));
  return (
    <TextField
      select
      label={t('phase')}
      value={phase}
      onChange={(event) => onPhase(event.target.value)}
      sx={{ minWidth: 150 }}
    >
      {phases.map((choice) => (
        <MenuItem key={choice} value={choice}>
          {t(`completionPhases.${choice}`)}
        </MenuItem>
      ))}
    </TextField>
  );
}

interface StepViewProps {
  runId: string;
  steps: readonly number[];
  step: number;
  setStep: (step: number) => void;
  phase: CompletionPhase;
  reward: RewardFilter;
}

function StepView({ runId, steps, step, setStep, phase, reward }: StepViewProps) {
  const { t } = useTranslation('run');
  const [filter, setFilter] = useQueryState<PromptFilter>('prompts', 'all');
  const [stated, setStated] = useQueryState<string>('prompt', '');
  const query = useHostQuery('completionPrompts', { run: runId, step, phase }, { placeholderData: keepPreviousData });
  const prompts = useMemo(() => filteredPrompts(query.data ?? [], filter), [query.data, filter]);
  const chosen = prompts.find(({ promptIndex }) => String(promptIndex) === stated) ?? prompts[0];
  const choose = useCallback((promptIndex: number) => setStated(String(promptIndex)), [setStated]);
  useBrowserKeys({ prompts, chosen, choose, steps, step, setStep });
  if (query.error) return <LoadFailed error={query.error} onRetry={() => void query.refetch()} />;
  if (query.data === undefined) return <Loading heightPx={PANES_HEIGHT_PX} />;
  const place = chosen === undefined ? -1 : prompts.indexOf(chosen);
  const list = (
    <Box sx={{ display: 'grid', gap: 2, gridTemplateColumns: 'minmax(0, 1fr)' }}>
      <Box sx={{ display: 'flex', alignItems: 'center', gap: 1 }}>
        <IconButton
          aria-label={t('previousPrompt')}
          disabled={place <= 0}
          onClick={() => choose(prompts[place - 1]?.promptIndex ?? 0)}
        >
          <PreviousIcon fontSize="small" />
        </IconButton>
        <Typography component="span" noWrap>
          {t('promptOf', { place: formatCount(place + 1), count: prompts.length, total: formatCount(prompts.length) })}
        </Typography>
        <IconButton
          aria-label={t('nextPrompt')}
          disabled={place >= prompts.length - 1}
          onClick={() => choose(prompts[place + 1]?.promptIndex ?? 0)}
        >
          <NextIcon fontSize="small" />
        </IconButton>
      </Box>
      <TextField
        select
        label={t('promptFilter')}
        value={filter}
        onChange={(event) => setFilter(event.target.value as PromptFilter)}
        sx={{ mt: 1 }}
      >
        {PROMPT_FILTERS.map((choice) => (
          <MenuItem key={choice} value={choice}>
            {t(`promptFilters.${choice}`)}
          </MenuItem>
        ))}
      </TextField>
      {prompts.length === 0 ? (
        <EmptyState text={t('noPrompt')} />
      ) : (
        <PromptList
          prompts={prompts}
          chosen={chosen?.promptIndex ?? null}
          onChoose={choose}
          heightPx={PANES_HEIGHT_PX - 96}
        />
      )}
    </Box>
  );
  return (
    <Box sx={{ height: PANES_HEIGHT_PX, minWidth: 0 }}>
      <Panes
        name="run-completions"
        panes={[
          { id: 'prompts', defaultSize: 30, minimumPx: 180, content: list },
          {
            id: 'group',
            defaultSize: 70,
            minimumPx: 320,
            content: chosen && (
              <GroupView runId={runId} step={step} phase={phase} promptIndex={chosen.promptIndex} reward={reward} />
            ),
          },
        ]}
      />
    </Box>
  );
}

interface BrowserKeys {
  prompts: readonly CompletionPrompt[];
  chosen: CompletionPrompt | undefined;
  choose: (promptIndex: number) => void;
  steps: readonly number[];
  step: number;
  setStep: (step: number) => void;
}

/** `[` and `]` go through the prompts, with Shift through the steps. */
function useBrowserKeys({ prompts, chosen, choose, steps, step, setStep }: BrowserKeys): void {
  const { t } = useTranslation('run');
  const commands = useMemo(() => {
    const goPrompt = (by: number) => {
      const next = prompts[(chosen === undefined ? -1 : prompts.indexOf(chosen)) + by];
      if (next !== undefined) choose(next.promptIndex);
    };
    const goStep = (by: number) => {
      const next = steps[steps.indexOf(step) + by];
      if (next !== undefined) setStep(next);
    };
    const section = 'do' as const;
    return [
      {
        id: 'run.previousPrompt',
        section,
        title: t('previousPrompt'),
        keys: SHORTCUTS.prompt.previous,
        run: () => goPrompt(-1),
      },
      { id: 'run.nextPrompt', section, title: t('nextPrompt'), keys: SHORTCUTS.prompt.next, run: () => goPrompt(1) },
      {
        id: 'run.previousStep',
        section,
        title: t('previousStep'),
        keys: SHORTCUTS.step.previous,
        run: () => goStep(-1),
      },
      { id: 'run.nextStep', section, title: t('nextStep'), keys: SHORTCUTS.step.next, run: () => goStep(1) },
    ];
  }, [t, prompts, chosen, choose, steps, step, setStep]);
  useCommands(commands);
}
