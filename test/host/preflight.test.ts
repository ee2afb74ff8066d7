// What a sweep will cost and how it grows, through the real engine and the built-in model; and through a scripted engine
// that never ends.
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { HostEvent } from '../../contracts/host-protocol.ts';
import type { RunDetail } from '../../contracts/run-state.ts';
import { HostClient } from '../../main/client/host-client.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const SCRIPTED = join(ROOT, 'test', 'fixtures', 'scripted-engine.ts');
const hasAddon = existsSync(join(ROOT, 'native', 'build', 'tinylora.node'));
const RECIPE = {
  name: 'cost',
  base: {
    model: 'builtin:models/chain.gguf',
    data: { train: 'builtin:tasks/chain/train.jsonl', heldOut: 'builtin:tasks/chain/held-out.jsonl' },
    prompt: { kind: 'plain' },
    grader: { name: 'regex', pattern: '#(?<answer>\\d+)$', mustEnd: true },
    adapter: { kind: 'tinylora', nTie: 5 },
    learningRate: 0.03,
    steps: 8,
    promptsPerStep: 8,
    samplesPerPrompt: 4,
    maxPromptTokens: 16,
    maxCompletionTokens: 12,
    evaluation: { problems: 32 },
    engine: { threads: 1, workers: 1 },
  },
};
/** What depends on the clock and the machine, not on the computation. */
const MEASUREMENTS = /^(time|tokensPerSecond|memory)\//;

let folder: string;
let client: HostClient;
let events: HostEvent[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tinylora-cost-'));
  vi.stubEnv('TINYLORA_IDLE_GRACE_MS', '200');
});
afterEach(async () => {
  const { pid } = await client.call('hostInfo', {});
  process.kill(pid, 'SIGTERM');
  await client.closed;
  vi.unstubAllEnvs();
  await vi.waitUntil(() => !existsSync(join(folder, 'home', 'host.json')), { timeout: 60_000 });
  await rm(folder, { recursive: true, maxRetries: 5 });
});

async function connect(): Promise<void> {
  client = await HostClient.connect(join(folder, 'home'));
  events = [];
  client.onEvent((event) => events.push(event));
}

function recipe(steps: number): { recipe: Record<string, unknown> } {
  return { recipe: { ...RECIPE, base: { ...RECIPE.base, steps } } };
}

async function done(id: string): Promise<RunDetail> {
  const show = () => client.call('showRun', { id, completions: 1000 });
  await vi.waitUntil(async () => (await show()).run.state === 'done', { timeout: 90_000, interval: 50 });
  return show();
}

/** Of the steps 1 to the last, without what only the clock decides. */
function computed({ metrics }: RunDetail): unknown {
  return metrics.filter(({ name }) => !MEASUREMENTS.test(name));
}

describe.skipIf(!hasAddon)('with the real engine (needs the addon)', () => {
  it('measures, keeps the measurement, and is near what the sweep then takes', async () => {
    await connect();
    const unknown = await client.call('preflightSweep', { source: recipe(40), measure: false, id: 'a' });
    expect(unknown).toMatchObject({
      cells: 1,
      basis: 'unknown',
      durationMs: null,
      finishAtMs: null,
      measuredAtMs: null,
    });
    const measured = await client.call('preflightSweep', { source: recipe(40), measure: true, id: 'b' });
    expect(measured).toMatchObject({ basis: 'measured', warnings: [], notMeasured: null, device: 'cpu' });
    expect(measured.peakMemoryBytes).toBeGreaterThan(10 << 20);
    expect(measured.deviceMemoryBytes).toBeGreaterThan(measured.peakMemoryBytes ?? 0);
    expect(measured.diskBytes).toBeGreaterThan(1000);
    expect(events.some((event) => event.type === 'preflightProgress' && event.id === 'b')).toBe(true);
    expect(await readdir(join(folder, 'home', 'cache', 'preflight'))).toEqual([]);
    expect(await client.call('listRuns', {})).toEqual([]);
    const kept = await client.call('preflightSweep', { source: recipe(40), measure: true, id: 'c' });
    expect(kept.measuredAtMs).toBe(measured.measuredAtMs);
    const started = await client.call('runSweep', recipe(40));
    const { run } = await done(started.cells[0]?.runId ?? '');
    const actualMs = (run.endedAtMs ?? 0) - (run.startedAtMs ?? 0);
    // A busy machine measures roughly; an error of units would be far outside.
    expect((measured.durationMs ?? 0) / actualMs).toBeGreaterThan(0.2);
    expect((measured.durationMs ?? 0) / actualMs).toBeLessThan(5);
  });

  it('extends a run by steps to the very numbers of one that was as long from the beginning', async () => {
    await connect();
    const short = await client.call('runSweep', recipe(5));
    await done(short.cells[0]?.runId ?? '');
    const extension = { sweep: 's1', seeds: [], values: [], steps: 9, plan: false };
    const extended = await client.call('extendSweep', extension);
    const id = extended.createdRunIds[0] ?? '';
    const continued = await done(id);
    client.close();
    await client.closed;
    await vi.waitUntil(() => !existsSync(join(folder, 'home', 'host.json')), { timeout: 60_000 });
    await rm(join(folder, 'home'), { recursive: true, maxRetries: 10 });
    await connect();
    const whole = await client.call('runSweep', recipe(9));
    expect(whole.cells[0]?.runId).toBe(id);
    const alone = await done(id);
    expect(computed(continued)).toEqual(computed(alone));
    expect(continued.evaluations.find(({ step, mode }) => step === 9 && mode === 'sampled')?.perProblem).toEqual(
      alone.evaluations.find(({ step, mode }) => step === 9 && mode === 'sampled')?.perProblem,
    );
    // It went on from step 5, where the shorter one was evaluated.
    expect(continued.evaluations.some(({ step }) => step === 5)).toBe(true);
    expect(alone.evaluations.some(({ step }) => step === 5)).toBe(false);
  });
});

describe('with an engine that does not end', () => {
  beforeEach(() => {
    vi.stubEnv('TINYLORA_ENGINE_ENTRY', SCRIPTED);
    vi.stubEnv('TINYLORA_TEST_STEP_MS', '60000');
  });

  /** Resolves when the pilot is under way. */
  async function underWay(): Promise<void> {
    const isSampling = (event: HostEvent): boolean => event.type === 'preflightProgress' && event.phase === 'sample';
    await vi.waitUntil(() => events.some(isSampling), { timeout: 60_000 });
  }

  it('is cancelled', async () => {
    await connect();
    const preflight = client.call('preflightSweep', { source: recipe(8), measure: true, id: 'a' });
    await underWay();
    expect(await client.call('cancelPreflight', { id: 'a' })).toEqual({ cancelled: true });
    expect(await preflight).toMatchObject({ basis: 'unknown', notMeasured: 'The measurement was cancelled.' });
    expect(await client.call('cancelPreflight', { id: 'a' })).toEqual({ cancelled: false });
  });

  it('makes way for training, and measures nothing while that runs', async () => {
    await connect();
    const preflight = client.call('preflightSweep', { source: recipe(8), measure: true, id: 'a' });
    await underWay();
    await client.call('runSweep', recipe(8));
    expect((await preflight).notMeasured).toContain('training comes first');
    await vi.waitUntil(async () => (await client.call('listRuns', {}))[0]?.state === 'running', { timeout: 60_000 });
    const busy = await client.call('preflightSweep', { source: recipe(9), measure: true, id: 'b' });
    expect(busy.notMeasured).toContain('r1 holds the device');
    await client.call('cancelSweep', { sweep: 's1' });
  });
});
