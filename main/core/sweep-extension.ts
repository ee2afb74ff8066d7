// More of a sweep: its settings again with more seeds, with other values, or with more steps. Runs in the host.
import { badInput } from '../../contracts/app-error.ts';
import type { HostParams } from '../../contracts/host-protocol.ts';
import type { CellRole } from '../../contracts/recipe.ts';
import { RunConfig } from '../../contracts/run-config.ts';
import type { PlannedCell, RunRecord } from '../../contracts/run-record.ts';
import { withValue } from './dotted-paths.ts';
import { readGgufHeader } from './gguf-header.ts';
import type { GgufHeader } from './gguf-header.ts';
import { cellLabel } from './labels.ts';
import { planCell } from './sweep-plan.ts';
import type { PlanContext } from './sweep-plan.ts';

export type Extension = Pick<HostParams<'extendSweep'>, 'seeds' | 'values' | 'steps'>;

export interface SweepMember {
  run: RunRecord;
  label: string;
  role: CellRole;
}

interface Draft {
  config: RunConfig;
  label: string;
  role: CellRole;
  /** The member that has all its settings but the steps. */
  origin: RunRecord | null;
}

/**
 * The cells that an extension asks for, without those that the sweep has. Values of several settings are combined with
 * each other, as a grid; baselines take more seeds only.
 * Throws BAD_INPUT, naming the setting, for a value that it cannot have.
 */
export async function extendedCells(
  members: readonly SweepMember[],
  { seeds, values, steps }: Extension,
  context: PlanContext,
): Promise<{ cells: PlannedCell[]; duplicatesRemoved: number }> {
  let drafts: Draft[] = members.map(({ run, label, role }) => ({ config: run.config, label, role, origin: run }));
  for (const axis of values) drafts = [...drafts, ...drafts.flatMap((draft) => withValues(draft, axis))];
  drafts = [...drafts, ...drafts.flatMap((draft) => withSeeds(draft, seeds))];
  if (steps !== null) drafts = drafts.flatMap((draft) => withSteps(draft, steps));
  const headers = new Map<string, Promise<GgufHeader>>();
  const readHeader = (path: string): Promise<GgufHeader> => {
    const header = headers.get(path) ?? readGgufHeader(path);
    headers.set(path, header);
    return header;
  };
  const known = new Set(members.map(({ run }) => run.cellKey));
  const cells = new Map<string, PlannedCell>();
  let duplicatesRemoved = 0;
  for (const draft of drafts) {
    if (draft.origin?.config === draft.config) continue;
    const cell = await planCell(draft, `\`adapter\` (${draft.label})`, context, readHeader);
    if (known.has(cell.key) || cells.has(cell.key)) duplicatesRemoved += 1;
    else cells.set(cell.key, { ...cell, ...(await continuation(draft, context, readHeader)) });
  }
  return { cells: [...cells.values()], duplicatesRemoved };
}

function withValues(draft: Draft, { path, values }: Extension['values'][number]): Draft[] {
  if (draft.role === 'baseline') return [];
  if (path === 'seed' || path === 'steps') throw badInput(`\`${path}\` has a list of its own: extend by ${path}.`);
  return values.map((value) => changed(draft, path, value));
}

function withSeeds(draft: Draft, seeds: readonly number[]): Draft[] {
  // What takes no step gives the same result for every seed.
  return draft.config.steps === 0 ? [] : seeds.map((seed) => changed(draft, 'seed', seed));
}

function withSteps(draft: Draft, steps: number): Draft[] {
  if (draft.config.steps === 0) return [];
  if (steps <= draft.config.steps) {
    throw badInput(
      `\`steps\` is ${steps}, but ${draft.label} has ${draft.config.steps} already: give a larger number.`,
    );
  }
  return [{ ...changed(draft, 'steps', steps), origin: draft.origin }];
}

function changed(draft: Draft, path: string, value: unknown): Draft {
  const parsed = RunConfig.safeParse(withValue(draft.config, path.split('.'), value));
  if (!parsed.success) {
    const issue = parsed.error.issues.find(({ code }) => code === 'unrecognized_keys') ?? parsed.error.issues[0];
    throw badInput(
      `\`${path}\` cannot be ${JSON.stringify(value)} (${issue?.message ?? 'not valid'}); choose another value.`,
    );
  }
  const label = cellLabel({ label: draft.label, config: draft.config }, parsed.data);
  return { config: parsed.data, label, role: draft.role, origin: null };
}

/** Where it was trained by the same code, the run with fewer steps is this one's beginning. */
async function continuation(
  { origin, config }: Draft,
  context: PlanContext,
  readHeader: (path: string) => Promise<GgufHeader>,
): Promise<{ continuesFrom?: string }> {
  if (origin?.state !== 'done') return {};
  const shorter = { ...config, steps: origin.totalSteps };
  const { key } = await planCell({ label: '', role: 'cell', config: shorter }, '`adapter`', context, readHeader);
  return key === origin.cellKey ? { continuesFrom: origin.id } : {};
}
