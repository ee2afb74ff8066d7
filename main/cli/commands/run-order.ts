// `tinylora runs tag|note|remove|restore|removed|retry`: keeping runs in order. Runs in the command line.
import type { Command } from 'commander';
import { parse } from 'yaml';
import { badInput } from '../../../contracts/app-error.ts';
import { REMOVED_KEPT_DAYS } from '../../../contracts/methods/organising.ts';
import { withHost } from '../../client/host-client.ts';
import { collect } from '../options.ts';
import { printLine, printTable } from '../output.ts';

const RUNS = 'runs: r12, or ids';

export function registerRunOrder(runs: Command): void {
  runs
    .command('tag')
    .description('Add tags to runs, or take them away.')
    .argument('<run...>', RUNS)
    .option('--add <tag>', 'tag to add (repeatable)', collect, [])
    .option('--remove <tag>', 'tag to take away (repeatable)', collect, [])
    .action(async (ids: string[], { add, remove }: { add: string[]; remove: string[] }) => {
      if (add.length + remove.length === 0) throw badInput('Give --add or --remove with a tag.');
      const tagged = await withHost((host) => host.call('tagRuns', { ids, add, remove }));
      for (const run of tagged) printLine(`r${run.number}: ${run.tags.join(', ') || 'no tags'}`);
    });
  runs
    .command('note')
    .description('Write the notes of a run anew.')
    .argument('<run>', 'r12, or an id')
    .argument('<text>', 'the notes; empty takes them away')
    .action(async (id: string, notes: string) => {
      const run = await withHost((host) => host.call('noteRun', { id, notes }));
      printLine(`Noted on r${run.number}.`);
    });
  runs
    .command('remove')
    .description(`Take runs out of lists, sweeps and queue. They are kept for ${REMOVED_KEPT_DAYS} days.`)
    .argument('<run...>', RUNS)
    .action(async (ids: string[]) => {
      const { runs: count } = await withHost((host) => host.call('removeRuns', { ids }));
      printLine(`${counted(count)} removed. \`tinylora runs restore\` brings them back.`);
    });
  runs
    .command('restore')
    .description('Bring removed runs back to where they were.')
    .argument('<run...>', RUNS)
    .action(async (ids: string[]) => {
      const { runs: count } = await withHost((host) => host.call('restoreRuns', { ids }));
      printLine(`${counted(count)} restored.`);
    });
  runs
    .command('removed')
    .description('List removed runs, and when they will be gone.')
    .action(async () => {
      const removed = await withHost((host) => host.call('listRemoved', {}));
      const rows = removed.runs.map(({ run, goneAtMs }) => [
        `r${run.number}`,
        run.label,
        new Date(goneAtMs).toISOString(),
      ]);
      printTable(['run', 'cell', 'gone at'], rows);
    });
  runs
    .command('retry')
    .description('Queue paused, failed and cancelled runs again; with --set, one run as a new cell.')
    .argument('<run...>', RUNS)
    .option('--set <setting=value>', 'setting of the new cell, e.g. learningRate=0.01 (repeatable)', collect, [])
    .action(async (ids: string[], { set }: { set: string[] }) => retry(ids, set));
}

async function retry(ids: string[], set: string[]): Promise<void> {
  const [id] = ids;
  if (set.length === 0) {
    const retried = await withHost((host) => host.call('retryRuns', { ids }));
    for (const run of retried) printLine(`r${run.number} is ${run.state}.`);
    return;
  }
  if (id === undefined || ids.length > 1) throw badInput('--set makes a new cell of one run: name one.');
  const changes = Object.fromEntries(set.map(assignment));
  const { run, isNew } = await withHost((host) => host.call('retryWithChanges', { id, changes }));
  printLine(`r${run.number} (${run.label}) is ${run.state}${isNew ? '' : '; this cell was there already'}.`);
}

/** The value is read as YAML, as in a recipe. */
function assignment(text: string): [string, unknown] {
  const [path, value] = [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)];
  if (!text.includes('=') || path === '') throw badInput(`--set ${text}: write setting=value, e.g. learningRate=0.01.`);
  return [path, parse(value)];
}

function counted(count: number): string {
  return `${count} ${count === 1 ? 'run' : 'runs'}`;
}
