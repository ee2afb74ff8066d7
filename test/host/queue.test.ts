// The queue over real hosts and engine processes: order, pauses, undo, edits, extension, removal; and a host that is
// killed in the middle of them.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HostAddress } from '../../contracts/host-protocol.ts';
import type { HostEvent } from '../../contracts/host-protocol.ts';
import type { RunSummary } from '../../contracts/run-state.ts';
import type { SweepStart } from '../../contracts/sweep-report.ts';
import { HostClient } from '../../main/client/host-client.ts';
import { tinyGguf } from '../../main/core/gguf-fixture.ts';

const ENGINE = join(import.meta.dirname, '..', 'fixtures', 'scripted-engine.ts');
const RECIPE = `name: queue
base:
  model: model.gguf
  adapter: { kind: tinylora }
  data: { train: train.jsonl, heldOut: train.jsonl }
  grader: { name: exact }
  steps: 6
  learningRate: 0.01
grid: { adapter.u: { range: { from: 1, to: 4, step: 1 } } }
`;

let folder: string;
let home: string;
let client: HostClient;
let events: HostEvent[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tinylora-queue-'));
  home = join(folder, 'home');
  await writeFile(join(folder, 'model.gguf'), tinyGguf());
  await writeFile(join(folder, 'train.jsonl'), '{"question":"1+1","answer":"2"}\n');
  vi.stubEnv('TINYLORA_ENGINE_ENTRY', ENGINE);
  vi.stubEnv('TINYLORA_IDLE_GRACE_MS', '300');
  vi.stubEnv('TINYLORA_TEST_STEP_MS', '30');
  await connect();
});
afterEach(async () => {
  client.close();
  await client.closed;
  const address = await readAddress();
  if (address !== null) process.kill(address.pid, 'SIGTERM');
  await vi.waitUntil(async () => (await readAddress()) === null, { timeout: 60_000, interval: 20 });
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, maxRetries: 5 });
});

async function connect(): Promise<void> {
  client = await HostClient.connect(home);
  events = [];
  client.onEvent((event) => events.push(event));
}

async function readAddress(): Promise<HostAddress | null> {
  try {
    return HostAddress.parse(JSON.parse(await readFile(join(home, 'host.json'), 'utf8')));
  } catch {
    return null;
  }
}

async function killHost(): Promise<void> {
  const { pid } = await client.call('hostInfo', {});
  process.kill(pid, 'SIGKILL');
  await client.closed;
}

async function start(recipeText = RECIPE): Promise<SweepStart> {
  return client.call('runSweep', { recipeText, baseFolder: folder });
}

/** Queued, with nothing started. */
async function held(recipeText = RECIPE): Promise<SweepStart> {
  await client.call('pauseAfterCurrent', {});
  return start(recipeText);
}

async function waiting(): Promise<number[]> {
  return (await client.call('listQueue', { limit: 100 })).waiting.map(({ run }) => run.number);
}

async function runs(): Promise<RunSummary[]> {
  return client.call('listRuns', {});
}

async function until(condition: (all: RunSummary[]) => boolean): Promise<RunSummary[]> {
  return vi.waitUntil(
    async () => {
      const all = await runs();
      return condition(all) ? all : false;
    },
    { timeout: 60_000, interval: 20 },
  );
}

const allDone = (all: RunSummary[]): boolean => all.length > 0 && all.every(({ state }) => state === 'done');
const runningAt =
  (step: number) =>
  (all: RunSummary[]): boolean =>
    all.some(({ state, lastStep }) => state === 'running' && lastStep >= step);
const types = (): string[] => events.map(({ type }) => type);

describe('the order', () => {
  it('is changed, survives the death of the host, and is the order in which runs start', async () => {
    await held();
    expect(await waiting()).toEqual([1, 2, 3, 4]);
    expect(await client.call('moveInQueue', { ids: ['r4'], position: 0 })).toEqual({ position: 0, waitingCount: 4 });
    await client.call('moveInQueue', { ids: ['r1', 'r2'], position: 99 });
    expect(await waiting()).toEqual([4, 3, 1, 2]);
    expect(types()).toContain('queueChanged');
    await killHost();
    await connect();
    expect(await waiting()).toEqual([4, 3, 1, 2]);
    expect((await client.call('listQueue', { limit: 1 })).status.hold?.reason).toBe('after-current');
    await client.call('resumeQueue', {});
    const all = await until(allDone);
    const started = all.toSorted((left, right) => (left.startedAtMs ?? 0) - (right.startedAtMs ?? 0));
    expect(started.map(({ number }) => number)).toEqual([4, 3, 1, 2]);
    await expect(client.call('moveInQueue', { ids: ['r1'], position: 0 })).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('says how long like runs took', async () => {
    await start();
    await until(allDone);
    await client.call('pauseAfterCurrent', {});
    await client.call('extendSweep', { sweep: 's1', seeds: [7], values: [], steps: null, plan: false });
    const queue = await client.call('listQueue', { limit: 1 });
    expect(queue).toMatchObject({ waitingCount: 4, waiting: [{ sweeps: [{ number: 1, name: 'queue' }] }] });
    // The scripted engine reports no step times, so nothing is known, and nothing is made up.
    expect([queue.remainingMs, queue.withoutEstimate]).toEqual([null, 4]);
  });
});

describe('a pause', () => {
  it('after the current run lets that end, says so, and starts nothing until it is resumed', async () => {
    await start();
    await until(runningAt(1));
    await client.call('pauseAfterCurrent', {});
    await vi.waitUntil(() => types().includes('queueStopped'), { timeout: 60_000 });
    expect((await runs()).map(({ state }) => state)).toEqual(['done', 'queued', 'queued', 'queued']);
    await client.call('resumeQueue', {});
    await until(allDone);
    expect(types().filter((type) => type === 'sweepEnded')).toHaveLength(1);
  });

  it('after the current run holds though engine and host die under it', async () => {
    vi.stubEnv('TINYLORA_TEST_STEP_MS', '100');
    await killHost();
    await connect();
    await start();
    await until(runningAt(2));
    await client.call('pauseAfterCurrent', {});
    await killHost();
    await connect();
    await until(([first]) => first?.state === 'done');
    expect((await runs()).map(({ state }) => state)).toEqual(['done', 'queued', 'queued', 'queued']);
  });

  it('of everything pauses the run under way, and it goes on first', async () => {
    await start();
    await until(runningAt(1));
    await client.call('pauseAll', {});
    await until(([first]) => first?.state === 'paused');
    await client.call('resumeQueue', {});
    const all = await until(allDone);
    expect(all[0]?.endedAtMs).toBeLessThan(all[1]?.startedAtMs ?? 0);
  });

  it('comes by itself at a failure, where the user wants it so', async () => {
    vi.stubEnv('TINYLORA_TEST_SCRIPT', 'bad-input@2');
    await killHost();
    await connect();
    await client.call('setContinueAfterFailure', { enabled: false });
    await start();
    await vi.waitUntil(() => types().includes('queueStopped'), { timeout: 60_000 });
    const queue = await client.call('listQueue', { limit: 100 });
    expect(queue.status).toMatchObject({ hold: { reason: 'failure' }, continueAfterFailure: false });
    expect(queue.failures.map(({ run }) => run.number)).toEqual([1]);
    expect(queue.waitingCount).toBe(3);
    expect(await client.call('acknowledgeFailures', { ids: ['r1'] })).toEqual({ acknowledged: 1 });
    expect((await client.call('listQueue', { limit: 0 })).failures).toEqual([]);
  });
});

describe('undo', () => {
  it('of cancelling brings a waiting run back to its place, and a running one on from its checkpoint', async () => {
    await start();
    await until(runningAt(2));
    await client.call('cancelRun', { id: 'r1' });
    await client.call('cancelRun', { id: 'r3' });
    await until(([first]) => first?.state === 'cancelled');
    await client.call('pauseAfterCurrent', {});
    await client.call('undoCancel', { ids: ['r1', 'r3'] });
    expect((await waiting()).slice(0, 1)).toEqual([1]);
    await client.call('resumeQueue', {});
    await until(allDone);
    const detail = await client.call('showRun', { id: 'r1', completions: 0 });
    expect(detail.metrics.find(({ name }) => name === 'loss')?.steps).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('of a start withdraws its runs, also the one that runs', async () => {
    const started = await start();
    await until(runningAt(1));
    const { isNew, createdRunIds, requeuedRunIds, restoredRunIds } = started;
    const undo = { sweep: 's1', isNew, createdRunIds, requeuedRunIds, restoredRunIds };
    expect(await client.call('undoStart', undo)).toEqual({ withdrawn: 4 });
    expect(await runs()).toEqual([]);
    expect(await client.call('listSweeps', {})).toEqual([]);
    // Started again, it is the same sweep with the same runs.
    const again = await start();
    expect([again.number, again.isNew, again.restoredRunIds.length]).toEqual([1, true, 4]);
    await until((all) => all.length === 4 && all.every(({ state }) => state === 'done' || state === 'cancelled'));
  });

  it('of a retry gives a failed run its failure back', async () => {
    vi.stubEnv('TINYLORA_TEST_SCRIPT', 'bad-input@2');
    await killHost();
    await connect();
    await start();
    const before = await until((all) => all.every(({ state }) => state === 'failed'));
    await client.call('pauseAfterCurrent', {});
    const { requeuedRunIds } = await client.call('retryMissing', { sweep: 's1' });
    expect(requeuedRunIds).toHaveLength(4);
    expect((await runs()).every(({ state, failure }) => state === 'queued' && failure === null)).toBe(true);
    await client.call('undoRetry', { ids: requeuedRunIds });
    expect(await runs()).toEqual(before);
  });
});

describe('a waiting run', () => {
  it('is edited in its place and keeps its short name; once started it is not', async () => {
    await held();
    const { config, run } = await client.call('showRun', { id: 'r2', completions: 0 });
    const edited = await client.call('editQueuedRun', { id: 'r2', config: { ...config, learningRate: 0.05 } });
    expect(edited).toMatchObject({ isNew: true, run: { number: 2 } });
    expect(edited.run.id).not.toBe(run.id);
    expect(await waiting()).toEqual([1, 2, 3, 4]);
    const report = await client.call('sweepReport', { sweep: 's1' });
    expect(report.cells.map((cell) => cell.config.learningRate)).toEqual([0.01, 0.05, 0.01, 0.01]);
    // Undone by what it was before.
    expect((await client.call('editQueuedRun', { id: 'r2', config })).run).toMatchObject({ id: run.id, number: 2 });
    await client.call('resumeQueue', {});
    await until(allDone);
    await expect(client.call('editQueuedRun', { id: 'r2', config })).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('is retried with another setting as a new cell of its sweep', async () => {
    await held();
    const retried = await client.call('retryWithChanges', { id: 'r1', changes: { learningRate: 0.5 } });
    expect(retried).toMatchObject({ isNew: true, run: { number: 5, state: 'queued' } });
    expect(retried.run.label).toMatch(/learningRate 0\.5$/);
    expect((await client.call('sweepReport', { sweep: 's1' })).cells).toHaveLength(5);
    // The recipe, run again, does not take it away.
    expect((await start()).createdRunIds).toEqual([]);
    expect((await client.call('sweepReport', { sweep: 's1' })).cells).toHaveLength(5);
    await expect(client.call('retryWithChanges', { id: 'r1', changes: { learningRate: -1 } })).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringContaining('`learningRate`') as string,
    });
  });
});

describe('extending a sweep', () => {
  const nothing = { seeds: [], values: [], steps: null };

  it('with seeds and values adds what is missing, shows it before, and survives the death of the host', async () => {
    await held();
    const extension = {
      sweep: 's1',
      seeds: [1],
      values: [{ path: 'learningRate', values: [0.01, 0.02] }],
      steps: null,
    };
    const plan = await client.call('extendSweep', { ...extension, plan: true });
    // 4 settings × 2 rates × 2 seeds, less the 4 there are; 4 of the drafts repeat those, and with seed 1 again.
    expect([plan.cells.length, (await runs()).length]).toEqual([12, 4]);
    const extended = await client.call('extendSweep', { ...extension, plan: false });
    await killHost();
    await connect();
    expect((await runs()).map(({ id }) => id)).toEqual(expect.arrayContaining(extended.createdRunIds) as string[]);
    expect(await waiting()).toHaveLength(16);
    expect((await client.call('extendSweep', { ...extension, plan: false })).createdRunIds).toEqual([]);
    await expect(
      client.call('extendSweep', { ...extension, values: [{ path: 'stepz', values: [1] }], plan: true }),
    ).rejects.toThrow(/`stepz` cannot be 1/);
  });

  it('with steps goes on from the checkpoints', async () => {
    await start();
    await until(allDone);
    const extended = await client.call('extendSweep', { ...nothing, sweep: 's1', steps: 9, plan: false });
    expect(extended.createdRunIds).toHaveLength(4);
    await until((all) => all.length === 8 && allDone(all));
    const id = extended.createdRunIds[0] ?? '';
    const detail = await client.call('showRun', { id, completions: 0 });
    expect(detail.metrics.find(({ name }) => name === 'loss')?.steps).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    // One launch for the first six steps, copied with the checkpoint, and one for the rest.
    expect((await readFile(join(home, 'runs', id, 'launches'), 'utf8')).trim().split('\n')).toHaveLength(2);
    await expect(client.call('extendSweep', { ...nothing, sweep: 's1', steps: 6, plan: true })).rejects.toThrow(
      /give a larger number/,
    );
  });
});

describe('a sweep', () => {
  it('is listed with its states and the best setting over seeds', async () => {
    await start(`${RECIPE.replace(/grid:.*\n/, '')}seeds: [0, 1]\n`);
    await until(allDone);
    const [sweep] = await client.call('listSweeps', {});
    expect(sweep).toMatchObject({ number: 1, cells: 2, cellsByState: { done: 2 } });
    expect(sweep?.best?.sampled).toMatchObject({
      accuracy: 0.75,
      seeds: 2,
      intervalKind: 'student-over-seeds',
      problems: 2,
    });
    expect(sweep?.endedAtMs).toBeGreaterThan(sweep?.startedAtMs ?? 0);
    const ended = events.find((event) => event.type === 'sweepEnded');
    expect(ended).toMatchObject({ sweep: { number: 1, cellsByState: { done: 2 } } });
  });

  it('is kept as a recipe of the data folder, with paths that still hold', async () => {
    await held();
    const [saved] = (await client.call('listRecipes', {})).filter(({ origin }) => origin === 'saved');
    expect(saved).toMatchObject({ name: 'queue', problem: null });
    expect(await client.call('planSweep', { recipePath: saved?.path ?? '' })).toMatchObject({ duplicatesRemoved: 0 });
    expect((await client.call('sweepReport', { sweep: 'queue' })).recipeText).toContain(join(folder, 'model.gguf'));
  });
});

describe('order in the data folder', () => {
  it('is kept by tags, notes and views', async () => {
    await held();
    const before = events.length;
    const [first] = await client.call('tagRuns', { ids: ['r1', 'r2'], add: ['paper', 'a'], remove: [] });
    expect(first?.tags).toEqual(['a', 'paper']);
    await client.call('tagRuns', { ids: ['r1'], add: [], remove: ['a'] });
    expect(await client.call('listTags', {})).toEqual([
      { tag: 'paper', runs: 2 },
      { tag: 'a', runs: 1 },
    ]);
    expect((await client.call('noteRun', { id: 'r1', notes: 'odd' })).notes).toBe('odd');
    expect(events.slice(before).filter(({ type }) => type === 'runChanged')).toHaveLength(4);
    const view = await client.call('saveView', { name: 'mine', route: '/runs', query: 'q=lr' });
    const { id, route, query } = view;
    await client.call('saveView', { id, route, query, name: 'ours' });
    expect((await client.call('listViews', {})).map(({ name }) => name)).toEqual(['ours']);
    expect(await client.call('deleteView', { id: view.id })).toEqual({ deleted: true });
    expect(await client.call('listViews', {})).toEqual([]);
  });

  it('takes removed runs and sweeps out of lists and queue, and brings them back', async () => {
    await held();
    await client.call('removeRuns', { ids: ['r2'] });
    expect(await waiting()).toEqual([1, 3, 4]);
    expect((await client.call('sweepReport', { sweep: 's1' })).cells).toHaveLength(3);
    expect((await client.call('listRemoved', {})).runs.map(({ run }) => run.number)).toEqual([2]);
    await client.call('restoreRuns', { ids: ['r2'] });
    expect(await waiting()).toEqual([1, 2, 3, 4]);
    expect(await client.call('removeSweeps', { sweeps: ['s1'] })).toEqual({ runs: 4, sweeps: 1 });
    expect([await runs(), await client.call('listSweeps', {})]).toEqual([[], []]);
    expect(await client.call('restoreSweeps', { sweeps: ['s1'] })).toEqual({ runs: 4, sweeps: 1 });
    expect(await waiting()).toEqual([1, 2, 3, 4]);
    await client.call('resumeQueue', {});
    await until(runningAt(1));
    await expect(client.call('removeRuns', { ids: ['r1'] })).rejects.toMatchObject({ code: 'CONFLICT' });
  });
});
