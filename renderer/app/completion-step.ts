// Which step's completions are shown: the address', else the last there is. Runs in the renderer.
import { useCallback, useMemo } from 'react';
import type { CompletionPhase, CompletionStep } from '../../contracts/completion-browser.ts';
import { useQueryState } from './query-state.ts';
import { useHostQuery } from '../connection/hooks.ts';

export interface CompletionStepChoice {
  /** Every step and phase with completions. */
  all: readonly CompletionStep[] | undefined;
  /** Steps of the phase, ascending. */
  steps: readonly number[];
  /** Null where the phase has no completions. */
  step: number | null;
  setStep: (step: number) => void;
  error: Error | null;
  refetch: () => void;
}

export function useCompletionStep(runId: string, phase: CompletionPhase): CompletionStepChoice {
  const { data, error, refetch } = useHostQuery('completionSteps', { run: runId });
  const [stated, setStated] = useQueryState<string>('step', '');
  const steps = useMemo(
    () => (data ?? []).filter((entry) => entry.phase === phase).map((entry) => entry.step),
    [data, phase],
  );
  const setStep = useCallback((step: number) => setStated(String(step)), [setStated]);
  const again = useCallback(() => void refetch(), [refetch]);
  return { all: data, steps, step: chosenStep(steps, stated), setStep, error, refetch: again };
}

/** The stated step or, where it has none, the last before it; the last of all where nothing is stated. */
export function chosenStep(steps: readonly number[], stated: string): number | null {
  if (stated === '') return steps.at(-1) ?? null;
  return steps.findLast((step) => step <= Number(stated)) ?? steps[0] ?? null;
}
