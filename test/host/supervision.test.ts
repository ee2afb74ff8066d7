// The queue over real engine processes that crash, hang or finish: the host's side of every ending.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { HostEvent } from '../../contracts/host-protocol.ts';
import { RunConfig } from '../../contracts/run-config.ts';
import type { PlannedCell } from '../../contracts/run-record.ts';
import { recoverRuns } from '../../main/core/recovery.ts';
import { Scheduler } from '../../main/core/scheduler.ts';
import { ForkedEngineLauncher } from '../../main/host/engine-launcher.ts';
import { endOrphan } from '../../main/host/orphan.ts';
import { SqliteStore } from '../../main/store/store.ts';

const ENGINE = join(import.meta.dirname, '..', 'fixtures', 'scripted-engine.ts');
const STEPS = 6;

let folder: string;
let store: SqliteStore;
let scheduler: Scheduler;
let events: HostEvent[];

function cell(id: string): PlannedCell {
  const config = RunConfig.parse({
    model: '/m.gguf',
    adapter: { kind: 'tinylora' },
    data: { train: '/t.jsonl', heldOut: '/h.jsonl' },
    grader: { name: 'exact' },
    steps: STEPS,
    learningRate: 0.01,
  });
  return {
    key: id.repeat(16),
    runId: id,
    label: id,
    role: 'cell',
    config,
    modelHash: 'f'.repeat(64),
    parameterCount: 1,
  };
}

function queue(...ids: string[]): void {
  const sweep = { id: ids.join(), name: 's', description: '', recipePath: '/s.yaml', recipeText: '' };
  store.sweeps.save(sweep, ids.map(cell));
}

function newScheduler(): Scheduler {
  return new Scheduler({
    store,
    launcher: new ForkedEngineLauncher(ENGINE, join(folder, 'logs')),
    options: {
      runsFolder: join(folder, 'runs'),
      cacheFolder: join(folder, 'cache'),
      startTimeoutMs: 60_000,
      heartbeatTimeoutMs: 2500,
      progressTimeoutMs: 4000,
      exitGraceMs: 5000,
    },
    emit: (event) => events.push(event),
  });
}

async function settle(...ids: string[]): Promise<void> {
  await vi.waitUntil(() => !scheduler.isBusy && ids.every((id) => store.runs.find(id)?.state !== 'queued'), {
    timeout: 60_000,
    interval: 20,
  });
}

async function launches(id: string): Promise<number> {
  return (await readFile(join(folder, 'runs', id, 'launches'), 'utf8')).trim().split('\n').length;
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tinylora-queue-'));
  store = new SqliteStore(join(folder, 'tinylora.db'));
  queue('a');
  events = [];
  scheduler = newScheduler();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await scheduler.stop();
  store.close();
  await rm(folder, { recursive: true, maxRetries: 10 });
});

function run(script: string): void {
  vi.stubEnv('TINYLORA_TEST_SCRIPT', script);
  scheduler.wake();
}

describe('an engine that', () => {
  it('finishes makes the run done, with all it sent; the next run follows', async () => {
    queue('a', 'b');
    run('finish');
    await settle('a', 'b');
    expect(store.runs.find('a')).toMatchObject({ state: 'done', lastStep: STEPS, parameterCount: 13, failure: null });
    expect(store.runs.find('b')?.state).toBe('done');
    const [loss, reward] = store.metrics.series('a');
    expect([loss?.name, reward?.name, reward?.steps]).toEqual(['loss', 'reward/mean', [1, 2, 3, 4, 5, 6]]);
    expect(store.evaluations.list('a').map(({ step, mode }) => [step, mode])).toEqual([
      [0, 'greedy'],
      [0, 'sampled'],
      [STEPS, 'greedy'],
      [STEPS, 'sampled'],
    ]);
    const runA = events.filter((event) => event.type === 'runChanged' && event.run.id === 'a');
    expect(runA.map((event) => event.type === 'runChanged' && event.run.state)).toEqual(['running', 'running', 'done']);
  });

  it('dies of SIGKILL once goes on from its checkpoint', async () => {
    run('sigkill-once@4');
    await settle('a');
    expect(store.runs.find('a')).toMatchObject({ state: 'done', attempts: 2 });
    expect(await launches('a')).toBe(2);
    expect(store.metrics.series('a')[1]?.steps).toEqual([1, 2, 3, 4, 5, 6]);
    const words = store.events.list('a').map(({ message }) => message);
    expect(words.some((message) => message.includes('ended by SIGKILL after step 3'))).toBe(true);
  });

  it('dies of SIGSEGV each time is marked failed after one retry, and the next run is tried', async () => {
    queue('a', 'b');
    run('sigsegv@3');
    await settle('a', 'b');
    expect(await launches('a')).toBe(2);
    expect(await launches('b')).toBe(2);
    expect(store.runs.find('a')).toMatchObject({
      state: 'failed',
      failure: { code: 'CRASHED', signal: 'SIGSEGV', exitCode: null, lastStep: 2 },
    });
    expect(store.runs.find('a')?.failure?.message).toContain('GGML_ASSERT(scripted) failed');
  });

  it('leaves without a word is a crash too', async () => {
    run('exit@2');
    await settle('a');
    expect(store.runs.find('a')).toMatchObject({
      state: 'failed',
      failure: { code: 'CRASHED', exitCode: 3, lastStep: 1 },
    });
  });

  it('falls silent is ended and tried again', async () => {
    run('hang-once@2');
    await settle('a');
    expect(store.runs.find('a')).toMatchObject({ state: 'done', attempts: 2 });
    expect(store.events.list('a').some(({ message }) => message.includes('silent for 2.5 s'))).toBe(true);
  });

  it('beats without progress is ended and tried again', async () => {
    run('stall-once@2');
    await settle('a');
    expect(store.runs.find('a')).toMatchObject({ state: 'done', attempts: 2 });
    expect(store.events.list('a').some(({ message }) => message.includes('no progress for 4 s'))).toBe(true);
  });

  it('names bad input is not tried again', async () => {
    run('bad-input@1');
    await settle('a');
    expect(await launches('a')).toBe(1);
    expect(store.runs.find('a')).toMatchObject({
      state: 'failed',
      failure: { code: 'BAD_INPUT', message: 'train.jsonl:3: the row has no answer.' },
    });
  });

  it('reports NaN is ended, with the name of what it reported, and tried again', async () => {
    run('nan-once@2');
    await settle('a');
    expect(store.runs.find('a')).toMatchObject({ state: 'done', attempts: 2 });
    expect(store.events.list('a').some(({ message }) => /values\.loss: .*NaN/.test(message))).toBe(true);
  });
});

describe('a run', () => {
  async function reachStep(id: string, step: number): Promise<void> {
    await vi.waitUntil(() => (store.runs.find(id)?.lastStep ?? 0) >= step, { timeout: 60_000, interval: 5 });
  }

  it('pauses after its step and goes on when queued again', async () => {
    vi.stubEnv('TINYLORA_TEST_STEP_MS', '60');
    run('finish');
    await reachStep('a', 2);
    scheduler.pause('a');
    await settle('a');
    expect(store.runs.find('a')?.state).toBe('paused');
    scheduler.requeue('a');
    await settle('a');
    expect(store.runs.find('a')).toMatchObject({ state: 'done', lastStep: STEPS });
    expect(await launches('a')).toBe(2);
  });

  it('is cancelled, running or queued; a finished one is not', async () => {
    vi.stubEnv('TINYLORA_TEST_STEP_MS', '60');
    queue('a', 'b');
    run('finish');
    await reachStep('a', 1);
    scheduler.cancel('b');
    scheduler.cancel('a');
    await settle('a', 'b');
    expect([store.runs.find('a')?.state, store.runs.find('b')?.state]).toEqual(['cancelled', 'cancelled']);
    expect(() => scheduler.cancel('a')).toThrow('Run a is cancelled and cannot become cancelled');
  });

  it('that a stopped host left goes on with the next, the attempt not counted', async () => {
    vi.stubEnv('TINYLORA_TEST_STEP_MS', '60');
    run('finish');
    await reachStep('a', 2);
    await scheduler.stop();
    expect(store.runs.find('a')).toMatchObject({ state: 'interrupted', attempts: 0 });
    expect(await recoverRuns(store, endOrphan)).toEqual(['a']);
    scheduler = newScheduler();
    scheduler.wake();
    await settle('a');
    expect(store.runs.find('a')).toMatchObject({ state: 'done', lastStep: STEPS });
  });
});
