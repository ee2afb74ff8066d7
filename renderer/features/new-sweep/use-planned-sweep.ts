// What the host makes of the draft: what is wrong with it, and the cells that it stands for. Runs in the renderer.
import { useMemo } from 'react';
import { keepPreviousData } from '@tanstack/react-query';
import type { RecipeSource } from '../../../contracts/methods/sweeps.ts';
import type { SweepPlan, SweepPlanCell } from '../../../contracts/sweep-report.ts';
import { useSettled } from '../../app/settled.ts';
import { useHostQuery } from '../../connection/hooks.ts';
import type { Draft } from './draft.ts';
import type { Problem } from './recipe-content.ts';

const TYPING_MS = 250;

export interface PlannedSweep {
  source: RecipeSource;
  problems: readonly Problem[];
  /** Of the latest draft that had no fault; null before there was one. */
  plan: SweepPlan | null;
  /** Whether problems and plan are those of the text as it stands. */
  isCurrent: boolean;
  error: unknown;
}

export function sourceOf({ text, baseFolder }: Pick<Draft, 'text' | 'baseFolder'>): RecipeSource {
  return { recipeText: text, ...(baseFolder === null ? {} : { baseFolder }) };
}

export function usePlannedSweep(draft: Draft): PlannedSweep {
  const text = useSettled(draft.text, TYPING_MS);
  const source = useMemo(() => sourceOf({ text, baseFolder: draft.baseFolder }), [text, draft.baseFolder]);
  const check = useHostQuery('checkRecipe', source, { placeholderData: keepPreviousData });
  const isSound = check.data?.problems.length === 0 && !check.isPlaceholderData;
  const plan = useHostQuery('planSweep', source, { placeholderData: keepPreviousData, enabled: isSound });
  return {
    source,
    problems: check.data?.problems ?? [],
    plan: plan.data ?? null,
    isCurrent: text === draft.text && check.isSuccess && !check.isPlaceholderData && (!isSound || isPlanned(plan)),
    error: check.error ?? (isSound ? plan.error : null),
  };
}

function isPlanned({ isSuccess, isPlaceholderData }: { isSuccess: boolean; isPlaceholderData: boolean }): boolean {
  return isSuccess && !isPlaceholderData;
}

/** Whether a start would queue it: cells that are done, run or wait are left alone. */
export function isToStart({ status }: SweepPlanCell): boolean {
  return status === null || status === 'failed' || status === 'cancelled' || status === 'paused';
}
