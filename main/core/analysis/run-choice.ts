// Which runs an analysis is of: those of sweeps, of a list, or both. Runs in the host's query thread.
import { AppError } from '../../../contracts/app-error.ts';
import type { RunFacts } from '../run-table/run-facts.ts';
import type { RunSource } from '../run-table/run-source.ts';

export interface ChosenRun {
  run: RunFacts;
  /** As the sweep calls it. */
  label: string;
  isBaseline: boolean;
}

/** A sweep is named by id or name, a name standing for its latest. Each run once. Throws NOT_FOUND. */
export function chooseRuns(source: RunSource, choice: { sweeps: string[]; runs: string[] }): ChosenRun[] {
  const memberships = source.runs.memberships();
  const chosen = new Map<string, { label: string; isBaseline: boolean }>();
  for (const reference of choice.sweeps) {
    const found = memberships.find(({ sweepId, sweepName }) => sweepId === reference || sweepName === reference);
    if (found === undefined) {
      throw new AppError('NOT_FOUND', `There is no sweep ${reference} with runs in this data folder; choose another.`);
    }
    for (const { runId, sweepId, label, role } of memberships) {
      if (sweepId !== found.sweepId || chosen.has(runId)) continue;
      chosen.set(runId, { label, isBaseline: role === 'baseline' });
    }
  }
  const others = choice.runs.filter((id) => !chosen.has(id));
  const facts = source.runs.withIds([...chosen.keys(), ...others]);
  return facts.map((run) => {
    const isUntuned = run.config.adapter.kind === 'none' || run.config.adapter.kind === 'full';
    const { label, isBaseline } = chosen.get(run.id) ?? { label: run.label, isBaseline: false };
    return { run, label, isBaseline: isBaseline || isUntuned };
  });
}
