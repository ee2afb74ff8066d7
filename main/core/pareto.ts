// A sweep's results as a Pareto front: numbers trained against accuracy. Pure; host and command line.
import type { EvaluationResult } from '../../contracts/engine-protocol.ts';
import type { AdapterConfig, RunConfig } from '../../contracts/run-config.ts';
import type { SweepReport, SweepReportCell } from '../../contracts/sweep-report.ts';
import { canonicalJson } from './canonical-json.ts';
import { csvText } from './csv.ts';
import { meanOfLists, meanWithInterval, pairedDifference } from './statistics.ts';
import type { Estimate } from './statistics.ts';

export const MODES = ['sampled', 'greedy'] as const;
export type Mode = (typeof MODES)[number];

/** Accuracy of one mode at step 0 and at the end; intervals are Student's 95 % over problems, or their clusters. */
export interface Gain {
  start: Estimate;
  end: Estimate;
  /** End minus start, problem by problem. */
  difference: Estimate;
}
export interface FrontCell {
  runId: string;
  label: string;
  kind: AdapterConfig['kind'];
  seed: number;
  trainableNumbers: number | null;
  status: string;
  sampled: Gain | null;
  greedy: Gain | null;
}
/** All seeds of one configuration: scores are each problem's mean over seeds. */
export interface FrontPoint {
  label: string;
  kind: AdapterConfig['kind'];
  trainableNumbers: number;
  seeds: number[];
  sampled: Gain | null;
  greedy: Gain | null;
  /** Accuracy at the end: mean over seeds with Student's 95 % interval over seeds; null with a single seed. */
  overSeeds: Record<Mode, Estimate | null>;
}
export interface ParetoFront {
  sweep: string;
  description: string;
  /** Problems, samples a problem and their temperature, of the sampled evaluation. */
  problems: number;
  samples: number;
  temperature: number;
  seeds: number[];
  /** Of the intervals of a Gain. */
  intervalKind: string;
  cells: FrontCell[];
  /** Ordered by the numbers trained; without the untrained model and full fine-tuning. */
  points: FrontPoint[];
  /** Untrained accuracy: mean of all cells' step 0. */
  untrained: Record<Mode, Estimate | null>;
  full: FrontPoint | null;
  /** Per mode, the points that no smaller one reaches: indices into `points`. */
  front: Record<Mode, number[]>;
}

export function paretoFront(report: SweepReport): ParetoFront {
  const cells = report.cells.map(frontCell);
  const groups = Map.groupBy(report.cells, ({ label, config }) => `${label}\n${canonicalJson(withoutSeed(config))}`);
  const all = [...groups.values()].flatMap(frontPoint);
  const points = all
    .filter(({ kind }) => kind !== 'none' && kind !== 'full')
    .sort((left, right) => left.trainableNumbers - right.trainableNumbers);
  const sampled = report.cells.map(({ evaluations }) => evaluations.start.sampled).find((result) => result !== null);
  return {
    sweep: report.name,
    description: report.description,
    problems: sampled?.problems ?? 0,
    samples: sampled?.samples ?? 0,
    temperature: sampled?.temperature ?? 0,
    seeds: [...new Set(report.cells.map(({ seed }) => seed))].sort((left, right) => left - right),
    intervalKind: `Student's t, 95 %, over ${isClustered(report.cells) ? 'clusters of problems' : 'problems'}`,
    cells,
    points,
    untrained: { sampled: untrained(report.cells, 'sampled'), greedy: untrained(report.cells, 'greedy') },
    full: all.filter(({ kind }) => kind === 'full').sort((left, right) => endOf(right) - endOf(left))[0] ?? null,
    front: { sampled: attained(points, 'sampled'), greedy: attained(points, 'greedy') },
  };
}

function withoutSeed({ seed: _, ...config }: RunConfig): Omit<RunConfig, 'seed'> {
  return config;
}

function frontCell(cell: SweepReportCell): FrontCell {
  return {
    runId: cell.runId,
    label: cell.label,
    kind: cell.config.adapter.kind,
    seed: cell.seed,
    trainableNumbers: cell.parameterCount,
    status: cell.status,
    sampled: gain([cell], 'sampled'),
    greedy: gain([cell], 'greedy'),
  };
}

/** Empty where no seed has come to its end. */
function frontPoint(cells: SweepReportCell[]): FrontPoint[] {
  const done = cells.filter(({ status, parameterCount }) => status === 'done' && parameterCount !== null);
  const [first] = done;
  if (!first || first.parameterCount === null) return [];
  return [
    {
      label: first.label,
      kind: first.config.adapter.kind,
      trainableNumbers: first.parameterCount,
      seeds: done.map(({ seed }) => seed),
      sampled: gain(done, 'sampled'),
      greedy: gain(done, 'greedy'),
      overSeeds: { sampled: overSeeds(done, 'sampled'), greedy: overSeeds(done, 'greedy') },
    },
  ];
}

function overSeeds(cells: SweepReportCell[], mode: Mode): Estimate | null {
  const accuracies = cells.flatMap((cell) => gain([cell], mode)?.end.mean ?? []);
  return accuracies.length < 2 || accuracies.length < cells.length ? null : meanWithInterval(accuracies);
}

function isClustered(cells: SweepReportCell[]): boolean {
  return cells.some(({ evaluations: { start } }) => Boolean(start.sampled?.clusters ?? start.greedy?.clusters));
}

function gain(cells: SweepReportCell[], mode: Mode): Gain | null {
  const pairs = cells.flatMap(({ evaluations }) => {
    const start = evaluations.start[mode];
    const end = evaluations.end[mode];
    return start && end && start.perProblem.length === end.perProblem.length ? [{ start, end }] : [];
  });
  if (pairs.length === 0 || pairs.length < cells.length) return null;
  const scores = (results: EvaluationResult[]): number[] => meanOfLists(results.map(({ perProblem }) => perProblem));
  const start = scores(pairs.map((pair) => pair.start));
  const end = scores(pairs.map((pair) => pair.end));
  const clusters = pairs[0]?.end.clusters ?? null;
  return {
    start: meanWithInterval(start, clusters),
    end: meanWithInterval(end, clusters),
    difference: pairedDifference(start, end, clusters),
  };
}

/**
 * Over the cells of the first one's model that were evaluated on most problems: they start from the same weights, so
 * their samples are pooled.
 */
function untrained(cells: SweepReportCell[], mode: Mode): Estimate | null {
  const results = cells
    .filter(({ config }) => config.model === cells[0]?.config.model)
    .flatMap(({ evaluations }) => evaluations.start[mode] ?? []);
  const most = Math.max(0, ...results.map(({ perProblem }) => perProblem.length));
  if (most === 0) return null;
  const largest = results.filter(({ perProblem }) => perProblem.length === most);
  return meanWithInterval(meanOfLists(largest.map(({ perProblem }) => perProblem)), largest[0]?.clusters ?? null);
}

function endOf(point: FrontPoint): number {
  return point.sampled?.end.mean ?? point.greedy?.end.mean ?? -Infinity;
}

/** Points in order of size that beat every smaller one. */
function attained(points: FrontPoint[], mode: Mode): number[] {
  const front: number[] = [];
  let best = -Infinity;
  for (const [index, point] of points.entries()) {
    const accuracy = point[mode]?.end.mean;
    if (accuracy === undefined || accuracy <= best) continue;
    best = accuracy;
    // Of two equally large points only the better one is on the front.
    if (points[front.at(-1) ?? -1]?.trainableNumbers === point.trainableNumbers) front.pop();
    front.push(index);
  }
  return front;
}

const CSV_ESTIMATES = ['start', 'end', 'difference'] as const;

/** One row a cell; accuracies as fractions of 1. */
export function paretoCsv({ cells }: ParetoFront): string {
  const header = ['run', 'label', 'kind', 'seed', 'trainable_numbers', 'status', 'problems'];
  for (const mode of MODES) {
    for (const name of CSV_ESTIMATES) header.push(`${mode}_${name}`, `${mode}_${name}_low`, `${mode}_${name}_high`);
  }
  const rows = cells.map((cell) => [
    cell.runId,
    cell.label,
    cell.kind,
    cell.seed,
    cell.trainableNumbers ?? '',
    cell.status,
    cell.sampled?.end.n ?? cell.greedy?.end.n ?? '',
    ...MODES.flatMap((mode) => CSV_ESTIMATES.flatMap((name) => csvEstimate(cell[mode]?.[name]))),
  ]);
  return csvText([header, ...rows]);
}

function csvEstimate(estimate: Estimate | undefined): (number | string)[] {
  return estimate ? [estimate.mean, estimate.low, estimate.high] : ['', '', ''];
}
