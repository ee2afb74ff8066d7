// `tinylora sweep list|extend|retry|preflight`: sweeps that are there, more of them, and what one will cost. Runs in the
// command line.
import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { parse } from 'yaml';
import { badInput } from '../../../contracts/app-error.ts';
import { axisValues, GridAxis } from '../../../contracts/axes.ts';
import type { Preflight } from '../../../contracts/preflight.ts';
import type { BestScore, SweepSummary } from '../../../contracts/sweep-report.ts';
import { withHost } from '../../client/host-client.ts';
import { formatCount, formatShare } from '../figures.ts';
import { collect, positiveWholeNumber, wholeNumber } from '../options.ts';
import { formatBytes, formatDuration, printJson, printLine, printTable, ProgressLine } from '../output.ts';

interface JsonOption {
  json?: boolean;
}

interface ExtendFlags {
  seed: number[];
  values: string[];
  steps?: number;
  plan?: boolean;
}

/** @param reference turns the path of a recipe file into an absolute one */
export function registerSweepGrowth(sweep: Command, reference: (text: string) => string): void {
  sweep
    .command('list')
    .description('List the sweeps: cells by state, best setting.')
    .option('--json', 'print JSON')
    .action(async ({ json }: JsonOption) => {
      const sweeps = await withHost((host) => host.call('listSweeps', {}));
      if (json === true) printJson(sweeps);
      else printSweeps(sweeps);
    });
  sweep
    .command('extend')
    .description(
      'Add cells to a sweep: more seeds, other values of a setting, or more steps, going on from checkpoints.',
    )
    .argument('<sweep>', "s12, a sweep's id, the name of its recipe, or the recipe file")
    .option(
      '--seed <n>',
      'seed to add (repeatable)',
      (text: string, before: number[]) => [...before, wholeNumber(text)],
      [],
    )
    .option(
      '--values <setting=values>',
      "e.g. 'learningRate=[0.01, 0.02]', or a rule as in a recipe (repeatable)",
      collect,
      [],
    )
    .option('--steps <n>', 'train this many steps instead', positiveWholeNumber)
    .option('--plan', 'show the cells, and queue nothing')
    .action(async (text: string, { seed: seeds, values, steps, plan = false }: ExtendFlags) => {
      const extension = { seeds, values: values.map(moreValues), steps: steps ?? null, plan };
      const added = await withHost((host) => host.call('extendSweep', { sweep: reference(text), ...extension }));
      for (const cell of added.cells) printLine(`${cell.label}, seed ${cell.seed}`);
      const count = added.createdRunIds.length;
      printLine(
        `${count} ${count === 1 ? 'cell' : 'cells'} ${plan ? 'would be added' : 'queued'} in s${added.number}.`,
      );
    });
  sweep
    .command('retry')
    .description('Queue what is missing of a sweep: its failed, cancelled and paused cells.')
    .argument('<sweep>', "s12, a sweep's id, the name of its recipe, or the recipe file")
    .action(async (text: string) => {
      const { requeuedRunIds } = await withHost((host) => host.call('retryMissing', { sweep: reference(text) }));
      printLine(`${requeuedRunIds.length} queued again.`);
    });
  sweep
    .command('preflight')
    .description('Measure two steps of each shape of cell: hours, memory and disk of what is missing of a recipe.')
    .argument('<recipe>', 'YAML file')
    .option('--no-measure', 'only what was measured before, or is known from like runs')
    .option('--json', 'print JSON')
    .action(async (path: string, { measure, json }: JsonOption & { measure: boolean }) => {
      const preflight = await runPreflight(resolve(path), measure);
      if (json === true) printJson(preflight);
      else printPreflight(preflight);
    });
}

function moreValues(text: string): { path: string; values: unknown[] } {
  const at = text.indexOf('=');
  const path = text.slice(0, Math.max(0, at));
  const axis = GridAxis.safeParse(at < 0 ? null : parse(text.slice(at + 1)));
  if (path === '' || !axis.success) {
    throw badInput(`--values ${text}: write setting=values, e.g. 'learningRate=[0.01, 0.02]'.`);
  }
  return { path, values: axisValues(axis.data) };
}

/** Ctrl-C cancels the measurement, not the host. */
async function runPreflight(recipePath: string, measure: boolean): Promise<Preflight> {
  const id = randomUUID();
  const line = new ProgressLine();
  return withHost(async (host) => {
    host.onEvent((event) => {
      if (event.type === 'preflightProgress' && event.id === id) {
        line.update(`${event.label}: ${event.phase}, pilot`, event.done, event.total);
      }
    });
    const cancel = (): void => void host.call('cancelPreflight', { id });
    process.once('SIGINT', cancel);
    try {
      return await host.call('preflightSweep', { source: { recipePath }, measure, id });
    } finally {
      process.off('SIGINT', cancel);
      line.clear();
    }
  });
}

function printSweeps(sweeps: readonly SweepSummary[]): void {
  const rows = sweeps.map(({ number, name, cells, cellsByState, best }) => [
    `s${number}`,
    name,
    Object.entries(cellsByState)
      .map(([state, count]) => `${count} ${state}`)
      .join(', '),
    String(cells),
    best === null ? '' : `${best.label} (${formatCount(best.parameterCount)})`,
    scoreText(best?.sampled ?? null),
    scoreText(best?.greedy ?? null),
  ]);
  printTable(['sweep', 'name', 'state', 'cells', 'best', 'sampled', 'greedy'], rows, [3]);
}

function scoreText(score: BestScore | null): string {
  if (score === null) return '';
  return `${formatShare(score.accuracy)} [${formatShare(score.low)}, ${formatShare(score.high)}] n ${score.problems}`;
}

function printPreflight(preflight: Preflight): void {
  const { durationMs, finishAtMs, peakMemoryBytes, deviceMemoryBytes, diskBytes, basis, cells } = preflight;
  const or = (text: string | null): string => text ?? 'unknown';
  const bytes = (size: number | null): string => or(size === null ? null : formatBytes(size));
  const rows = preflight.shapes.map((shape) => [
    shape.label,
    String(shape.cells),
    shape.basis,
    or(shape.stepMs === null ? null : `${(shape.stepMs / 1000).toFixed(2)} s`),
    or(shape.runMs === null ? null : formatDuration(shape.runMs)),
    bytes(shape.peakMemoryBytes),
  ]);
  printTable(['dearest cell', 'cells', 'basis', 'step', 'run', 'memory'], rows, [1, 3, 4, 5]);
  printLine();
  printLine(`${cells} cells, ${basis}: ${or(durationMs === null ? null : `about ${formatDuration(durationMs)}`)}`);
  printLine(`finished    ${or(finishAtMs === null ? null : new Date(finishAtMs).toLocaleString())}`);
  printLine(`memory      ${bytes(peakMemoryBytes)} of ${bytes(deviceMemoryBytes)}`);
  printLine(`disk        ${bytes(diskBytes)}`);
  if (preflight.notMeasured !== null) printLine(preflight.notMeasured);
  for (const { message, remedy } of preflight.warnings) printLine(`! ${message} ${remedy}`);
}
