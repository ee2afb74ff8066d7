// Real host processes and real clients: one owner a folder, dead owners replaced, nothing trained twice.
import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { HOST_SUBPROTOCOL, HOST_TOKEN_PREFIX, HostAddress } from '../../contracts/host-protocol.ts';
import type { SweepReport } from '../../contracts/sweep-report.ts';
import { HostClient } from '../../main/client/host-client.ts';
import { tinyGguf } from '../../main/core/gguf-fixture.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const ENGINE = join(ROOT, 'test', 'fixtures', 'scripted-engine.ts');
const RECIPE = `name: demo
base:
  model: model.gguf
  adapter: { kind: tinylora }
  data: { train: train.jsonl, heldOut: train.jsonl }
  grader: { name: exact }
  steps: 8
  learningRate: 0.01
grid: { adapter.u: [1, 2, 2] }
baselines: [{ adapter: { kind: none }, steps: 0 }]
`;

let folder: string;
let home: string;
let recipePath: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tinylora-host-'));
  home = join(folder, 'home');
  recipePath = join(folder, 'demo.yaml');
  await writeFile(join(folder, 'model.gguf'), tinyGguf());
  await writeFile(join(folder, 'train.jsonl'), '{"question":"1+1","answer":"2"}\n');
  await writeFile(recipePath, RECIPE);
  vi.stubEnv('TINYLORA_HOME', home);
  vi.stubEnv('TINYLORA_ENGINE_ENTRY', ENGINE);
  vi.stubEnv('TINYLORA_IDLE_GRACE_MS', '300');
});
afterEach(async () => {
  const address = await readAddress();
  if (address !== null) process.kill(address.pid, 'SIGTERM');
  await hostGone();
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, maxRetries: 5 });
});

async function readAddress(): Promise<HostAddress | null> {
  try {
    return HostAddress.parse(JSON.parse(await readFile(join(home, 'host.json'), 'utf8')));
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function hostGone(): Promise<void> {
  await vi.waitUntil(async () => (await readAddress()) === null, { timeout: 60_000, interval: 20 });
}

async function finished(client: HostClient): Promise<SweepReport> {
  return vi.waitUntil(
    async () => {
      const report = await client.call('sweepReport', { sweep: 'demo' });
      return report.cells.every(({ status }) => status === 'done') ? report : false;
    },
    { timeout: 60_000, interval: 50 },
  );
}

async function launches(): Promise<number> {
  const folders = await readdir(join(home, 'runs'));
  const counts = folders.map(
    async (id) => (await readFile(join(home, 'runs', id, 'launches'), 'utf8')).trim().split('\n').length,
  );
  return (await Promise.all(counts)).reduce((total, count) => total + count, 0);
}

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** The sweep and run commands of the command line, in a process of their own. */
async function tinylora(...args: string[]): Promise<Ended> {
  const entry = join(ROOT, 'main', 'cli', 'tinylora.mjs');
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [entry, ...args]);
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}

describe('a data folder', () => {
  it('has one host for all clients, with a token only its owner can read', async () => {
    const [first, second] = await Promise.all([HostClient.connect(home), HostClient.connect(home)]);
    const [one, two] = [await first.call('hostInfo', {}), await second.call('hostInfo', {})];
    expect(one.pid).toBe(two.pid);
    expect((await stat(join(home, 'host.json'))).mode & 0o777).toBe(0o600);
    first.close();
    second.close();
  });

  it('is left alone soon after the last client and the last work', async () => {
    const client = await HostClient.connect(home);
    const { pid } = await client.call('hostInfo', {});
    client.close();
    await vi.waitUntil(() => !isAlive(pid), { timeout: 60_000 });
    expect(await readAddress()).toBeNull();
  });

  it('whose host was killed is taken over without a hand, by exactly one of several', async () => {
    const client = await HostClient.connect(home);
    const { pid } = await client.call('hostInfo', {});
    process.kill(pid, 'SIGKILL');
    await client.closed;
    const clients = await Promise.all([1, 2, 3].map(() => HostClient.connect(home)));
    const pids = await Promise.all(clients.map(async (next) => (await next.call('hostInfo', {})).pid));
    expect(new Set(pids).size).toBe(1);
    expect(pids[0]).not.toBe(pid);
    for (const next of clients) next.close();
  });

  it('that cannot be used is named', async () => {
    await writeFile(home, 'a file in its place');
    await expect(HostClient.connect(home)).rejects.toThrow(/Cannot use the data folder .*home .*TINYLORA_HOME/);
    await rm(home);
    if (process.platform === 'linux') {
      await expect(HostClient.connect('/proc/tinylora')).rejects.toThrow(/Cannot use the data folder \/proc\/tinylora/);
    }
  });
});

describe('a sweep', () => {
  it('is planned with numbers and duplicates before it runs', async () => {
    const client = await HostClient.connect(home);
    const plan = await client.call('planSweep', { recipePath });
    expect(plan.cells.map(({ label, parameterCount, status }) => [label, parameterCount, status])).toEqual([
      ['TinyLoRA r 2, u 1, tiled 1', 7, null],
      ['TinyLoRA r 2, u 2, tiled 1', 14, null],
      ['untrained', 0, null],
    ]);
    expect(plan.duplicatesRemoved).toBe(1);
    expect(await client.call('listRuns', {})).toEqual([]);
    client.close();
  });

  it('runs to its end, is reported, and trains nothing when run again', async () => {
    const client = await HostClient.connect(home);
    await client.call('runSweep', { recipePath });
    const report = await finished(client);
    expect(report.cells[0]?.evaluations).toMatchObject({
      start: { sampled: { accuracy: 0.25 }, greedy: { accuracy: 0.25 } },
      end: { sampled: { step: 8, accuracy: 0.75, perProblem: [0.75, 0.75] } },
    });
    expect(report.cells[2]).toMatchObject({ role: 'baseline', evaluations: { end: { sampled: { step: 0 } } } });
    expect(await launches()).toBe(3);
    const again = await client.call('runSweep', { recipePath });
    expect(again.sweepId).toBe(report.sweepId);
    expect(again.cells.map(({ status }) => status)).toEqual(['done', 'done', 'done']);
    expect(await launches()).toBe(3);
    const detail = await client.call('showRun', { id: again.cells[0]?.runId.slice(0, 6) ?? '', completions: 5 });
    expect(detail.metrics.find(({ name }) => name === 'reward/mean')?.steps.length).toBe(8);
    client.close();
  });

  it('goes on with the next host when its host is killed in the middle, and keeps what the engine had written', async () => {
    vi.stubEnv('TINYLORA_TEST_STEP_MS', '80');
    const client = await HostClient.connect(home);
    const plan = await client.call('runSweep', { recipePath });
    const id = plan.cells[0]?.runId ?? '';
    await vi.waitUntil(async () => (await client.call('showRun', { id, completions: 0 })).run.lastStep >= 3, {
      timeout: 60_000,
    });
    const { pid } = await client.call('hostInfo', {});
    process.kill(pid, 'SIGKILL');
    await client.closed;
    const next = await HostClient.connect(home);
    const report = await finished(next);
    expect(report.cells.map(({ status }) => status)).toEqual(['done', 'done', 'done']);
    const detail = await next.call('showRun', { id, completions: 0 });
    expect(detail.metrics.find(({ name }) => name === 'loss')?.steps).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(detail.evaluations.map(({ step }) => step)).toEqual([0, 0, 8, 8]);
    expect(detail.events.map(({ kind }) => kind)).toContain('interrupted');
    expect(await launches()).toBe(4);
    next.close();
  });

  it('outlives its client', async () => {
    const client = await HostClient.connect(home);
    await client.call('runSweep', { recipePath });
    client.close();
    await client.closed;
    const again = await HostClient.connect(home);
    await finished(again);
    expect(await launches()).toBe(3);
    again.close();
  });

  it('is cancelled as a whole and can be run again', async () => {
    vi.stubEnv('TINYLORA_TEST_STEP_MS', '100');
    const client = await HostClient.connect(home);
    await client.call('runSweep', { recipePath });
    expect(await client.call('cancelSweep', { sweep: recipePath })).toMatchObject({ cancelled: 3 });
    await vi.waitUntil(async () => (await client.call('listRuns', {})).every(({ state }) => state === 'cancelled'), {
      timeout: 60_000,
    });
    await client.call('runSweep', { recipePath });
    await finished(client);
    client.close();
  });

  it('with an unknown key is refused, naming file, line and key', async () => {
    await writeFile(recipePath, RECIPE.replace('steps: 8', 'stepz: 8'));
    const client = await HostClient.connect(home);
    await expect(client.call('runSweep', { recipePath })).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringMatching(/demo\.yaml:7: `base\.stepz` is not a known setting/) as string,
    });
    expect(await client.call('listRuns', {})).toEqual([]);
    client.close();
  });
});

describe('the door', () => {
  async function statusOf(headers: Record<string, string>, token: string): Promise<number> {
    const address = await readAddress();
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(
        `ws://127.0.0.1:${address?.port}/rpc`,
        [HOST_SUBPROTOCOL, HOST_TOKEN_PREFIX + token],
        { headers },
      );
      socket.once('open', () => {
        socket.close();
        resolve(101);
      });
      socket.once('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
      socket.once('error', reject);
    });
  }

  it('opens for the token alone, not for web pages or other names of this machine', async () => {
    const client = await HostClient.connect(home);
    const { token, port } = (await readAddress()) ?? { token: '', port: 0 };
    expect(await statusOf({}, token)).toBe(101);
    expect(await statusOf({ origin: `http://127.0.0.1:${port}` }, token)).toBe(101);
    expect(await statusOf({}, '0'.repeat(48))).toBe(401);
    expect(await statusOf({ origin: 'http://example.org' }, token)).toBe(403);
    expect(await statusOf({ host: 'example.org' }, token)).toBe(403);
    const plain = await new Promise<number | undefined>((resolve) => {
      request({ port, host: '127.0.0.1' }, (response) => resolve(response.resume().statusCode)).end();
    });
    expect([200, 503]).toContain(plain);
    client.close();
  });

  it('answers what it does not understand', async () => {
    const client = await HostClient.connect(home);
    await expect(client.call('showRun', { id: 'none', completions: 0 })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(client.call('showRun', { id: 'none', completions: -1 })).rejects.toMatchObject({ code: 'BAD_INPUT' });
    client.close();
  });
});

it('a full disk stops the sweep with a message and the host stays alive', async () => {
  await mkdir(home);
  // A limit on the size of files is the full disk that every machine has: writes beyond it fail.
  const limited = spawn('bash', ['-c', `trap '' XFSZ; ulimit -f 1024; exec "${process.execPath}" main/host/host.mjs`], {
    cwd: ROOT,
    stdio: 'ignore',
  });
  await vi.waitUntil(async () => (await readAddress()) !== null, { timeout: 60_000 });
  const client = await HostClient.connect(home);
  const failed = new Promise<string>((resolve) => {
    client.onEvent((event) => {
      if (event.type === 'storageFailed') resolve(event.message);
    });
  });
  await writeFile(recipePath, RECIPE.replace('steps: 8', 'steps: 100000'));
  await client.call('runSweep', { recipePath });
  expect(await failed).toMatch(/Cannot write .*tinylora\.db .*: free disk space/);
  await expect(client.call('runSweep', { recipePath })).rejects.toMatchObject({ code: 'STORAGE' });
  expect(limited.exitCode).toBeNull();
  client.close();
});

describe('the command line', () => {
  it('plans, runs and shows; exits with 0 only when all is done', async () => {
    const plan = await tinylora('sweep', 'plan', recipePath, '--json');
    expect(plan.code).toBe(0);
    expect(JSON.parse(plan.stdout)).toMatchObject({ name: 'demo', duplicatesRemoved: 1 });
    const run = await tinylora('sweep', 'run', recipePath, '--json');
    expect(run.code).toBe(0);
    const report = JSON.parse(run.stdout) as SweepReport;
    expect(report.cells.map(({ status }) => status)).toEqual(['done', 'done', 'done']);
    const list = await tinylora('runs', 'list');
    expect(list.stdout).toContain('TinyLoRA r 2, u 2, tiled 1');
    const show = await tinylora('run', 'show', report.cells[0]?.runId ?? '');
    expect(show.stdout).toMatch(/reward\/mean +8/);
  });

  it('exits with 2 on bad input, on an unknown run, and when a cell fails of bad input', async () => {
    vi.stubEnv('TINYLORA_TEST_SCRIPT', 'bad-input@1');
    expect((await tinylora('sweep', 'run', recipePath)).code).toBe(2);
    const unknown = await tinylora('run', 'show', 'zzz');
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('There is no run zzz')]);
    await writeFile(recipePath, 'name: demo\nbase: {}\nextra: 1\n');
    const bad = await tinylora('sweep', 'plan', recipePath);
    expect([bad.code, bad.stderr]).toEqual([2, expect.stringContaining('demo.yaml:3: `extra` is not a known setting')]);
  });

  it('exits with 1 when a cell crashes twice', async () => {
    vi.stubEnv('TINYLORA_TEST_SCRIPT', 'sigkill@2');
    const run = await tinylora('sweep', 'run', recipePath);
    expect(run.code).toBe(1);
    expect(run.stderr).toContain('ended by SIGKILL after step 1');
  });

  /** `sweep run` in a process of its own, once the first cell is running. */
  async function startedSweep(): Promise<{
    child: ChildProcess;
    ended: Promise<{ code: number | null; stderr: string }>;
  }> {
    vi.stubEnv('TINYLORA_TEST_STEP_MS', '100');
    const entry = join(ROOT, 'main', 'cli', 'tinylora.mjs');
    const child = spawn(process.execPath, [entry, 'sweep', 'run', recipePath], { stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    const ended = new Promise<{ code: number | null; stderr: string }>((resolve) => {
      child.once('close', (code) => resolve({ code, stderr }));
    });
    await vi.waitUntil(() => stderr.includes('running'), { timeout: 60_000 });
    return { child, ended };
  }

  it('detaches on Ctrl-C, says how to go on, and the sweep goes on', async () => {
    const { child, ended } = await startedSweep();
    child.kill('SIGINT');
    const { code, stderr } = await ended;
    expect(code).toBe(130);
    expect(stderr).toContain('Detached; the sweep goes on in the background');
    expect((await tinylora('sweep', 'run', recipePath)).code).toBe(0);
    expect(await launches()).toBe(3);
  });

  it('starts the host again when that dies under it, and finishes', async () => {
    const { ended } = await startedSweep();
    process.kill((await readAddress())?.pid ?? 0, 'SIGKILL');
    const { code, stderr } = await ended;
    expect(code).toBe(0);
    expect(stderr).toContain('The host ended; it is started again');
    expect(await launches()).toBe(4);
  });
});
