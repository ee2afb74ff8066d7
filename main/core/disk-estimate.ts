// What runs will take on disk, before they run. Pure; host.
import type { RunConfig } from '../../contracts/run-config.ts';

/** A run that has ended, and what its folder takes. */
export interface MeasuredRun {
  config: RunConfig;
  sizeBytes: number;
  steps: number;
}

/** Characters of English text a token, and bytes of a record beside its texts. */
const TOKEN_CHARACTERS = 4;
const RECORD_BYTES = 300;
const METRICS_BYTES_A_STEP = 2500;
/** The record lies in the run's folder and in the database. */
const COPIES = 2;

interface Shape {
  perStepCompletions: number;
  model: string;
  maxCompletionTokens: number;
}

function shapeOf({ promptsPerStep, samplesPerPrompt, model, maxCompletionTokens }: RunConfig): Shape {
  return { perStepCompletions: promptsPerStep * samplesPerPrompt, model, maxCompletionTokens };
}

function isLike(one: RunConfig, other: RunConfig): boolean {
  const a = shapeOf(one);
  const b = shapeOf(other);
  return (
    a.perStepCompletions === b.perStepCompletions &&
    a.model === b.model &&
    a.maxCompletionTokens === b.maxCompletionTokens
  );
}

/** From runs of the same model and batch: their mean by step; else from the configuration, every completion at its longest. */
export function estimateRunBytes(
  config: RunConfig,
  measured: readonly MeasuredRun[],
): { sizeBytes: number; likeRuns: number } {
  const like = measured.filter((run) => run.steps > 0 && isLike(run.config, config));
  const steps = Math.max(1, config.steps);
  if (like.length > 0) {
    const bytesPerStep = like.reduce((sum, run) => sum + run.sizeBytes / run.steps, 0) / like.length;
    // The folder holds the record once; the database holds it again.
    return { sizeBytes: COPIES * bytesPerStep * steps, likeRuns: like.length };
  }
  const { perStepCompletions, maxCompletionTokens } = shapeOf(config);
  const completionBytes = RECORD_BYTES + TOKEN_CHARACTERS * (maxCompletionTokens + config.maxPromptTokens / 2);
  const trained = config.steps * (perStepCompletions * completionBytes + METRICS_BYTES_A_STEP);
  return { sizeBytes: COPIES * trained, likeRuns: 0 };
}
