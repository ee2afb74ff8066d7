// `tinylora sweep plan|run|cancel`: sweeps of a recipe; what else there is stands in sweep-growth.ts. Runs in the command line.
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { AppError } from '../../../contracts/app-error.ts';
import type { EvaluationResult } from '../../../contracts/engine-protocol.ts';
import type { SweepPlan, SweepReport } from '../../../contracts/sweep-report.ts';
import { formatCount, formatShare } from '../figures.ts';
import { HostClient, withHost } from '../../client/host-client.ts';
import { printJson, printLine, printTable } from '../output.ts';
import { SweepWatch } from '../sweep-watch.ts';
import type { ProgressOutput } from '../sweep-watch.ts';
import { registerSweepGrowth } from './sweep-growth.ts';

interface JsonOption {
  json?: boolean;
}

/** A host that dies this often under one command is not started again. */
const MAXIMUM_RESTARTS = 3;
const EXIT_FAILED = 1;
const EXIT_BAD_INPUT = 2;
const EXIT_INTERRUPTED = 130;

export function register(program: Command): void {
  const sweep = program.command('sweep').description('Plan and run the cells of a recipe.');
  sweep
    .command('plan')
    .description('Show the cells of a recipe, how many numbers each trains, and which are done. Starts nothing.')
    .argument('<recipe>', 'YAML file')
    .option('--json', 'print JSON')
    .action(async (recipe: string, options: JsonOption) => planCommand(resolve(recipe), options));
  sweep
    .command('run')
    .description('Run what is missing of a recipe to the end. Interrupted and started again, it continues.')
    .argument('<recipe>', 'YAML file')
    .option('--json', 'print the report as JSON')
    .action(async (recipe: string, options: JsonOption) => {
      process.exitCode = await runCommand(resolve(recipe), options);
    });
  sweep
    .command('cancel')
    .description('Cancel what is queued or running of a sweep. Its finished cells and checkpoints stay.')
    .argument('<sweep>', "a sweep's id, the name of its recipe, or the recipe file")
    .action(async (reference: string) => cancelCommand(reference));
  registerSweepGrowth(sweep, sweepReference);
}

async function planCommand(recipePath: string, { json }: JsonOption): Promise<void> {
  const plan = await withHost((client) => client.call('planSweep', { recipePath }));
  if (json === true) printJson(plan);
  else printPlan(plan);
}

async function cancelCommand(reference: string): Promise<void> {
  const { cancelled } = await withHost((client) => client.call('cancelSweep', { sweep: sweepReference(reference) }));
  printLine(`${cancelled} ${cancelled === 1 ? 'run' : 'runs'} cancelled.`);
}

/** The absolute path where the reference looks like a recipe file, else the reference. */
export function sweepReference(reference: string): string {
  return /\.ya?ml$/i.test(reference) ? resolve(reference) : reference;
}

function printPlan(plan: SweepPlan): void {
  const rows = plan.cells.map((cell) => [
    cell.runId,
    cell.label,
    String(cell.seed),
    formatCount(cell.parameterCount),
    String(cell.config.learningRate),
    String(cell.config.steps),
    cell.role === 'baseline' ? 'baseline' : '',
    cell.status ?? 'missing',
  ]);
  const header = ['run', 'cell', 'seed', 'numbers', 'rate', 'steps', 'role', 'status'];
  printTable(header, rows, [2, 3, 4, 5]);
  const done = plan.cells.filter((cell) => cell.status === 'done').length;
  const duplicates = plan.duplicatesRemoved === 0 ? '' : `, ${plan.duplicatesRemoved} duplicates left out`;
  printLine();
  printLine(`Sweep ${plan.name} (${plan.sweepId}): ${plan.cells.length} cells, ${done} done${duplicates}.`);
}

function printReport(report: SweepReport): void {
  const arrow = (start: EvaluationResult | null, end: EvaluationResult | null): string =>
    `${formatShare(start?.accuracy)} → ${formatShare(end?.accuracy)}`;
  const rows = report.cells.map(({ runId, label, seed, parameterCount, status, evaluations: { start, end } }) => [
    runId,
    label,
    String(seed),
    formatCount(parameterCount),
    status,
    arrow(start.sampled, end.sampled),
    arrow(start.greedy, end.greedy),
  ]);
  const header = ['run', 'cell', 'seed', 'numbers', 'status', 'sampled', 'greedy'];
  printTable(header, rows, [2, 3]);
}

function exitCodeOf(report: SweepReport): number {
  if (report.cells.every((cell) => cell.status === 'done')) return 0;
  return report.cells.some((cell) => cell.failure?.code === 'BAD_INPUT') ? EXIT_BAD_INPUT : EXIT_FAILED;
}

function standardError(): ProgressOutput {
  const stream = process.stderr;
  return { isTerminal: stream.isTTY, columns: stream.columns, write: (text) => void stream.write(text) };
}

/** @returns the exit code: 0 only where all cells are done */
async function runCommand(recipePath: string, { json }: JsonOption): Promise<number> {
  const output = standardError();
  for (let restarts = 0; restarts <= MAXIMUM_RESTARTS; restarts++) {
    const client = await HostClient.connect();
    let interrupted = false;
    const detach = (): void => {
      interrupted = true;
      client.close();
    };
    process.once('SIGINT', detach);
    try {
      const report = await attend(client, recipePath, output);
      if (report !== null) {
        if (json === true) printJson(report);
        else printReport(report);
        return exitCodeOf(report);
      }
    } catch (error) {
      // A lost connection is what the next round is for.
      if (client.isOpen) throw error;
    } finally {
      process.removeListener('SIGINT', detach);
      client.close();
    }
    if (interrupted) {
      output.write(
        `Detached; the sweep goes on in the background. \`tinylora sweep run ${recipePath}\` shows it again, ` +
          `\`tinylora sweep cancel ${recipePath}\` ends it.\n`,
      );
      return EXIT_INTERRUPTED;
    }
    output.write('The host ended; it is started again and goes on from the last checkpoint.\n');
  }
  throw new AppError(
    'INTERNAL',
    `The host ended ${MAXIMUM_RESTARTS + 1} times; host.log in the data folder's logs says why.`,
  );
}

/** @returns the report at the end; null where the connection was lost before */
async function attend(client: HostClient, recipePath: string, output: ProgressOutput): Promise<SweepReport | null> {
  const plan = await client.call('runSweep', { recipePath });
  const finished = await new SweepWatch(plan, output).follow(client);
  return finished ? client.call('sweepReport', { sweep: plan.sweepId }) : null;
}
