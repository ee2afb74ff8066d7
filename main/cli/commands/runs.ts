// `tinylora runs list` and `tinylora run show|pause|resume|cancel`. Runs in the command line.
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { stringify } from 'yaml';
import type { CompletionRow } from '../../../contracts/engine-protocol.ts';
import type { MetricSeries, RunDetail, RunSummary } from '../../../contracts/run-state.ts';
import { formatCount, formatShare } from '../figures.ts';
import { withHost } from '../../client/host-client.ts';
import { formatDuration, printJson, printLine, printTable } from '../output.ts';
import { registerRunOrder } from './run-order.ts';

interface JsonOption {
  json?: boolean;
}

const MAXIMUM_SAMPLES = 1000;
const DEFAULT_SAMPLES = 5;

function parseSampleCount(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > MAXIMUM_SAMPLES) {
    throw new InvalidArgumentError(`It must be a whole number from 0 to ${MAXIMUM_SAMPLES}.`);
  }
  return value;
}

export function register(program: Command): void {
  const runs = program.command('runs').description('All runs of the data folder.');
  runs
    .command('list')
    .description('List the runs: state, steps, numbers trained.')
    .option('--json', 'print JSON')
    .action(async (options: JsonOption) => {
      const list = await withHost((client) => client.call('listRuns', {}));
      if (options.json === true) printJson(list);
      else printRuns(list);
    });

  registerRunOrder(runs);

  const run = program
    .command('run')
    .description('One run, by its short name (r12), its id or enough of the start of it.');
  run
    .command('show')
    .description("Show a run's configuration, metrics, evaluations and samples.")
    .argument('<id>', 'run')
    .option('--samples <n>', 'samples shown, newest first', parseSampleCount, DEFAULT_SAMPLES)
    .option('--json', 'print JSON')
    .action(async (id: string, options: JsonOption & { samples: number }) => {
      const detail = await withHost((client) => client.call('showRun', { id, completions: options.samples }));
      if (options.json === true) printJson(detail);
      else printRun(detail);
    });
  registerControl(run, 'pause', 'Pause a run after the step under way.', 'pauseRun');
  registerControl(
    run,
    'resume',
    'Queue a paused, failed or cancelled run again, from its last checkpoint.',
    'resumeRun',
  );
  registerControl(run, 'cancel', 'Cancel a run. Its checkpoint stays.', 'cancelRun');
}

function registerControl(
  run: Command,
  name: string,
  description: string,
  method: 'pauseRun' | 'resumeRun' | 'cancelRun',
): void {
  run
    .command(name)
    .description(description)
    .argument('<id>', 'run')
    .action(async (id: string) => {
      const summary = await withHost((client) => client.call(method, { id }));
      const pending = summary.state === 'running' ? ' (asked to end)' : '';
      printLine(`Run ${summary.id} is ${summary.state}${pending}.`);
    });
}

function printRuns(runs: readonly RunSummary[]): void {
  const rows = runs.map((run) => [
    `r${run.number}`,
    run.id,
    run.label,
    String(run.seed),
    formatCount(run.parameterCount),
    `${run.lastStep}/${run.totalSteps}`,
    run.state,
    run.failure?.message ?? '',
  ]);
  printTable(['run', 'id', 'cell', 'seed', 'numbers', 'steps', 'state', 'reason'], rows, [3, 4, 5]);
}

function printSection(title: string): void {
  printLine();
  printLine(title);
}

function printRun(detail: RunDetail): void {
  const { run, config } = detail;
  const durationMs = (run.endedAtMs ?? Date.now()) - (run.startedAtMs ?? run.createdAtMs);
  printLine(`run        r${run.number} (${run.id})`);
  printLine(`cell       ${run.label}, seed ${run.seed}`);
  printLine(`state      ${run.state}, step ${run.lastStep} of ${run.totalSteps}, ${formatDuration(durationMs)}`);
  printLine(`numbers    ${formatCount(run.parameterCount)}`);
  printLine(`model      ${detail.modelHash}`);
  printLine(`bases      ${detail.basesFingerprint ?? '-'}`);
  printLine(`folder     ${detail.runFolder}`);
  if (run.failure !== null) printLine(`failure    ${run.failure.code}: ${run.failure.message}`);
  printSection('Configuration');
  printLine(stringify(config).trimEnd());
  printSection('Evaluations');
  printEvaluations(detail);
  printSection('Metrics');
  printMetrics(detail.metrics);
  for (const completion of detail.completions) printCompletion(completion);
  printSection('Events');
  for (const event of detail.events) printLine(`${new Date(event.atMs).toISOString()} ${event.kind}: ${event.message}`);
}

function printEvaluations({ evaluations }: RunDetail): void {
  const rows = evaluations.map((result) => [
    String(result.step),
    result.mode,
    formatShare(result.accuracy),
    formatShare(result.strict),
    formatShare(result.lenient),
    formatShare(result.format),
    `${result.problems} × ${result.samples}`,
    result.meanTokens.toFixed(1),
  ]);
  const header = ['step', 'mode', 'accuracy', 'strict', 'lenient', 'format', 'problems', 'tokens'];
  printTable(header, rows, [0, 2, 3, 4, 5, 6, 7]);
}

function printMetrics(metrics: readonly MetricSeries[]): void {
  const number = (value: number | undefined): string => value?.toPrecision(5) ?? '-';
  const rows = metrics.map(({ name, steps, values, marks }) => {
    const [first] = values;
    const least = values.reduce((lowest, value) => Math.min(lowest, value), first ?? NaN);
    const most = values.reduce((highest, value) => Math.max(highest, value), first ?? NaN);
    const numbers = first === undefined ? [] : [first, values.at(-1), least, most];
    return [
      name,
      String(steps.length),
      ...Array.from({ length: 4 }, (_, index) => number(numbers[index])),
      String(marks.length),
    ];
  });
  printTable(['name', 'points', 'first', 'last', 'min', 'max', 'NaN'], rows, [1, 2, 3, 4, 5, 6]);
}

function printCompletion(row: CompletionRow): void {
  printSection(`Sample of step ${row.step}: ${row.phase}, prompt ${row.promptIndex}, sample ${row.sampleIndex}`);
  const verdict = `reward ${row.reward ?? 'masked'}, gold ${row.gold}, extracted ${row.extracted ?? '-'}`;
  printLine(`${verdict}, ${row.tokenCount} tokens (${row.finishReason})`);
  printLine(printable(row.prompt));
  printLine(`→ ${printable(row.text)}`);
}

/** What a model writes may hold control sequences that a terminal would obey. */
function printable(text: string): string {
  return text.replace(/(?![\n\t])\p{Cc}/gu, '\ufffd');
}
