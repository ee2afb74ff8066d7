// States of a run, and what clients are told about runs. Used by host, store, core and clients.
import { z } from 'zod';
import { EvaluationResult, CompletionRow } from './engine-protocol.ts';
import { MetricMark } from './metric-window.ts';
import { RunConfig } from './run-config.ts';

/**
 * queued → running → done | failed | cancelled | paused | interrupted. `interrupted`: the host ended while the run was
 * running; recovery queues it again. `paused`, `failed` and `cancelled` runs can be queued again by hand.
 */
export const RunState = z.enum(['queued', 'running', 'paused', 'done', 'failed', 'cancelled', 'interrupted']);
export type RunState = z.infer<typeof RunState>;

export const RunErrorCode = z.enum(['BAD_INPUT', 'CANCELLED', 'OUT_OF_MEMORY', 'INTERNAL', 'CRASHED', 'HUNG']);
export type RunErrorCode = z.infer<typeof RunErrorCode>;

export const RunFailure = z.strictObject({
  code: RunErrorCode,
  message: z.string(),
  /** Exit status of the engine process, where it ended by one. */
  exitCode: z.int().nullable(),
  /** Name of the signal that ended the engine process, e.g. SIGSEGV. */
  signal: z.string().nullable(),
  /** Last step whose checkpoint is known to be on disk. */
  lastStep: z.int(),
});
export type RunFailure = z.infer<typeof RunFailure>;

export const RunSummary = z.strictObject({
  id: z.string(),
  /** The short name's number: `r128`. Stable, never used again. */
  number: z.int(),
  cellKey: z.string(),
  label: z.string(),
  state: RunState,
  seed: z.int(),
  /** Numbers trained; null until planned or reported by the engine. */
  parameterCount: z.int().nullable(),
  lastStep: z.int(),
  totalSteps: z.int(),
  /** Engine processes started for it since it was last queued by hand. */
  attempts: z.int(),
  createdAtMs: z.number(),
  startedAtMs: z.number().nullable(),
  endedAtMs: z.number().nullable(),
  /** Why it failed, or what the crash was that a retry recovered from. */
  failure: RunFailure.nullable(),
  /** In alphabetical order. */
  tags: z.array(z.string()),
  notes: z.string(),
});
export type RunSummary = z.infer<typeof RunSummary>;

/** A state as it is shown: `stopped` by the user; `lost` with its engine, though all steps up to the last are safe. */
export type ShownState = 'queued' | 'running' | 'paused' | 'done' | 'failed' | 'stopped' | 'lost';

/** The word for a run's state. A run that its engine's end interrupted is lost, whether it waits to go on or not. */
export function shownState({ state, failure }: Pick<RunSummary, 'state' | 'failure'>): ShownState {
  if (state === 'interrupted') return 'lost';
  if (state === 'failed' && (failure?.code === 'CRASHED' || failure?.code === 'HUNG')) return 'lost';
  return state === 'cancelled' ? 'stopped' : state;
}

/** One metric's points, by step. */
export const MetricSeries = z.strictObject({
  name: z.string(),
  steps: z.array(z.int()),
  values: z.array(z.number()),
  /** Steps whose value is no number. */
  marks: z.array(MetricMark),
});
export type MetricSeries = z.infer<typeof MetricSeries>;

export const RunEventRow = z.strictObject({ atMs: z.number(), kind: z.string(), message: z.string() });
export type RunEventRow = z.infer<typeof RunEventRow>;

export const RunDetail = z.strictObject({
  run: RunSummary,
  config: RunConfig,
  runFolder: z.string(),
  modelHash: z.string(),
  basesFingerprint: z.string().nullable(),
  metrics: z.array(MetricSeries),
  evaluations: z.array(EvaluationResult),
  /** Samples of the latest steps, newest step first. */
  completions: z.array(CompletionRow),
  events: z.array(RunEventRow),
});
export type RunDetail = z.infer<typeof RunDetail>;
