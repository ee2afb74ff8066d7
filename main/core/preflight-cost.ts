// From what a pilot measured to what whole runs cost. Pure.
import type { RunConfig } from '../../contracts/run-config.ts';
import type { Pilot } from '../../contracts/run-record.ts';

/** Newest and previous checkpoint of parameters and Adam's two moments, in float32. */
const CHECKPOINT_BYTES_PER_NUMBER = 2 * 3 * 4;

export interface CellWork {
  config: RunConfig;
  parameterCount: number;
  /** Held-out problems that are evaluated. */
  problems: number;
}

interface RunCost {
  runMs: number;
  diskBytes: number;
}

/** Before the first step, after the last, and in between every so many. */
function evaluationCount({ steps, evaluation: { everySteps } }: RunConfig): number {
  if (steps === 0) return 1;
  return 2 + (everySteps > 0 ? Math.floor((steps - 1) / everySteps) : 0);
}

/** Completions that one evaluation samples. */
function evaluatedCompletions({ config: { evaluation }, problems }: CellWork): number {
  return problems * (evaluation.samples + (evaluation.greedy ? 1 : 0));
}

/** @param scale work of the cell's step as a multiple of the pilot's */
export function runCost(work: CellWork, pilot: Pilot, scale = 1): RunCost {
  const { config, parameterCount } = work;
  const evaluated = evaluationCount(config) * evaluatedCompletions(work);
  return {
    runMs: pilot.loadMs + pilot.stepMs * scale * config.steps + pilot.evaluationSampleMs * evaluated,
    diskBytes:
      pilot.stepBytes * scale * config.steps +
      pilot.evaluationSampleBytes * evaluated +
      CHECKPOINT_BYTES_PER_NUMBER * parameterCount,
  };
}

/** Tokens that a step may sample and train, at most: what its time grows with. */
export function stepWork({
  promptsPerStep,
  samplesPerPrompt,
  maxCompletionTokens,
  optimiserSteps,
  method,
}: RunConfig): number {
  const completions = method === 'grpo' ? promptsPerStep * samplesPerPrompt : promptsPerStep;
  return completions * maxCompletionTokens * (1 + optimiserSteps);
}
