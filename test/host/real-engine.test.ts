// A sweep through host and real engine: whatever is killed in the middle, the results are those of a run left alone.
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RunDetail } from '../../contracts/run-state.ts';
import { HostClient } from '../../main/client/host-client.ts';
import { hasTextModel, writeTextModel } from '../../main/engine/text-model-fixture.ts';
import { SqliteStore } from '../../main/store/store.ts';

const ADDON = join(import.meta.dirname, '..', '..', 'native', 'build', 'tinylora.node');
const STEPS = 60;
const RECIPE = `name: real
base:
  model: model.gguf
  data: { train: data.jsonl, heldOut: data.jsonl }
  prompt: { kind: plain }
  grader: { name: regex, pattern: '(?<answer>[tGNS])' }
  adapter: { kind: tinylora, nTie: 4 }
  learningRate: 0.01
  steps: ${STEPS}
  promptsPerStep: 8
  samplesPerPrompt: 4
  maxCompletionTokens: 8
  evaluation: { problems: 4, samples: 2 }
  engine: { threads: 1, workers: 1 }
`;
/** What depends on the clock and the machine, not on the computation. */
const MEASUREMENTS = /^(time|tokensPerSecond|memory)\//;

let folder: string;
let recipePath: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tinylora-real-'));
  recipePath = join(folder, 'real.yaml');
  if (hasTextModel) writeTextModel(join(folder, 'model.gguf'));
  const rows = Array.from({ length: 16 }, (_, index) =>
    JSON.stringify({ question: `${index} + 1`, answer: 'tGNS'[index % 4] }),
  );
  await writeFile(join(folder, 'data.jsonl'), `${rows.join('\n')}\n`);
  await writeFile(recipePath, RECIPE);
  vi.stubEnv('TINYLORA_IDLE_GRACE_MS', '200');
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, maxRetries: 5 });
});

async function show(client: HostClient, id: string): Promise<RunDetail> {
  return client.call('showRun', { id, completions: 1000 });
}

async function done(client: HostClient, id: string): Promise<RunDetail> {
  await vi.waitUntil(async () => (await show(client, id)).run.state === 'done', { timeout: 90_000, interval: 100 });
  return show(client, id);
}

async function reach(client: HostClient, id: string, step: number): Promise<void> {
  await vi.waitUntil(async () => (await show(client, id)).run.lastStep >= step, { timeout: 60_000, interval: 5 });
}

function computed(detail: RunDetail): unknown {
  const evaluations = detail.evaluations.map(({ step, mode, perProblem }) => ({ step, mode, perProblem }));
  return {
    metrics: detail.metrics.filter(({ name }) => !MEASUREMENTS.test(name)),
    evaluations,
    completions: detail.completions,
  };
}

async function runSweep(home: string): Promise<{ client: HostClient; id: string }> {
  const client = await HostClient.connect(join(folder, home));
  const plan = await client.call('runSweep', { recipePath });
  return { client, id: plan.cells[0]?.runId ?? '' };
}

describe.skipIf(!hasTextModel || !existsSync(ADDON))('a sweep (needs ../shared/golden and the addon)', () => {
  it('whose engine and then host are killed gives the results of one left alone, bit for bit', async () => {
    const alone = await runSweep('alone');
    const expected = await done(alone.client, alone.id);
    alone.client.close();
    expect(expected.metrics.find(({ name }) => name === 'parameters/norm')?.values.at(-1)).toBeGreaterThan(0);

    const first = await runSweep('killed');
    await reach(first.client, first.id, 5);
    const store = new SqliteStore(join(folder, 'killed', 'tinylora.db'));
    const enginePid = store.runs.find(first.id)?.enginePid;
    store.close();
    if (typeof enginePid !== 'number') throw new Error('The run has no engine process.');
    process.kill(enginePid, 'SIGKILL');
    await reach(first.client, first.id, 20);
    const { pid } = await first.client.call('hostInfo', {});
    process.kill(pid, 'SIGKILL');
    await first.client.closed;

    const second = await HostClient.connect(join(folder, 'killed'));
    const actual = await done(second, first.id);
    second.close();
    expect(actual.events.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['running', 'queued', 'interrupted', 'done']) as string[],
    );
    expect(actual.events.some(({ message }) => message.includes('ended by SIGKILL'))).toBe(true);
    expect(computed(actual)).toEqual(computed(expected));
  });
});
