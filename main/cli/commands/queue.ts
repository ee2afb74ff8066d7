// `tinylora queue list|move|pause-after-current|pause-all|resume`: what waits, in which order. Runs in the command line.
import type { Command } from 'commander';
import type { Queue, QueueEntry, QueueStatus } from '../../../contracts/queue.ts';
import { shownState } from '../../../contracts/run-state.ts';
import { withHost } from '../../client/host-client.ts';
import { positiveWholeNumber } from '../options.ts';
import { formatDuration, printJson, printLine, printTable } from '../output.ts';

const SHOWN_RUNS = 200;

const HOLDS: Record<NonNullable<QueueStatus['hold']>['reason'], string> = {
  'after-current': 'nothing starts after the run under way',
  all: 'everything is paused',
  failure: 'a run failed',
  'low-disk': 'the disk is almost full',
};

export function register(program: Command): void {
  const queue = program
    .command('queue')
    .description('What runs and what waits, in order. Runs are named r12 or by id.');
  queue
    .command('list')
    .description('Show what runs and what waits, with the time left where like runs are known.')
    .option('--json', 'print JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const list = await withHost((host) => host.call('listQueue', { limit: SHOWN_RUNS }));
      if (json === true) printJson(list);
      else printQueue(list);
    });
  queue
    .command('move')
    .description('Put waiting runs, in the order given, at a place: 1 is the top.')
    .argument('<place>', 'place, from 1', positiveWholeNumber)
    .argument('<run...>', 'waiting runs')
    .action(async (place: number, ids: string[]) => {
      const moved = await withHost((host) => host.call('moveInQueue', { ids, position: place - 1 }));
      printLine(`Moved to ${moved.position + 1} of ${moved.waitingCount}.`);
    });
  registerSwitch(
    queue,
    'pause-after-current',
    'Start nothing more once the run under way has ended.',
    'pauseAfterCurrent',
  );
  registerSwitch(queue, 'pause-all', 'Pause the run under way after its step, and start nothing more.', 'pauseAll');
  registerSwitch(queue, 'resume', 'Go on with the queue.', 'resumeQueue');
}

function registerSwitch(
  queue: Command,
  name: string,
  description: string,
  method: 'pauseAfterCurrent' | 'pauseAll' | 'resumeQueue',
): void {
  queue
    .command(name)
    .description(description)
    .action(async () => printLine(statusLine(await withHost((host) => host.call(method, {})))));
}

function statusLine({ hold, storageFailure }: QueueStatus): string {
  if (storageFailure !== null) return `The queue stands: ${storageFailure}`;
  if (hold === null) return 'The queue goes on.';
  return `The queue is paused: ${HOLDS[hold.reason]}. \`tinylora queue resume\` goes on.`;
}

function printQueue({ status, running, waiting, waitingCount, remainingMs, withoutEstimate }: Queue): void {
  const rows = [
    ...running.map((entry) => queueRow(entry, entry.pending ?? '')),
    ...waiting.map((entry, index) => queueRow(entry, String(index + 1))),
  ];
  printTable(['run', 'cell', 'seed', 'sweep', 'state', 'steps', 'place', 'left'], rows, [2, 5, 6, 7]);
  printLine();
  const hidden = waitingCount - waiting.length;
  const left = remainingMs === null || rows.length === 0 ? '' : `, about ${formatDuration(remainingMs)} left`;
  const unknown = withoutEstimate === 0 ? '' : `, ${withoutEstimate} without an estimate`;
  printLine(
    `${waitingCount} waiting${hidden > 0 ? ` (${hidden} not shown)` : ''}${left}${unknown}. ${statusLine(status)}`,
  );
}

function queueRow({ run, sweeps, estimate }: QueueEntry, place: string): string[] {
  return [
    `r${run.number}`,
    run.label,
    String(run.seed),
    sweeps.map(({ number, name }) => `s${number} ${name}`).join(', '),
    shownState(run),
    `${run.lastStep}/${run.totalSteps}`,
    place,
    estimate === null ? '' : `~${formatDuration(estimate.durationMs)}`,
  ];
}
