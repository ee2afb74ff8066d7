// A source that reads each evaluation once, for analyses that come back to it. Runs in the host's query thread.
import type { EvaluationResult } from '../../../contracts/engine-protocol.ts';
import type { RunSource } from '../run-table/run-source.ts';

/** Keeps what it has read: for the length of one query. */
export function readingOnce(source: RunSource): RunSource {
  const known = new Map<string, EvaluationResult | null>();
  const { evaluations } = source;
  return {
    ...{ runs: source.runs, metrics: source.metrics },
    evaluations: {
      latest: (mode) => evaluations.latest(mode),
      untrained: (mode) => evaluations.untrained(mode),
      steps: (runNumber, mode) => evaluations.steps(runNumber, mode),
      find: (runNumber, step, mode) => {
        const key = `${runNumber} ${step} ${mode}`;
        let evaluation = known.get(key);
        if (evaluation === undefined) known.set(key, (evaluation = evaluations.find(runNumber, step, mode)));
        return evaluation;
      },
    },
  };
}
