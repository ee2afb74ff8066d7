// The library, the machine's report and the playground through a real host with real processes and the built-in model.
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HostAddress } from '../../contracts/host-protocol.ts';
import type { HostEvent } from '../../contracts/host-protocol.ts';
import type { Download } from '../../contracts/library.ts';
import { HostClient } from '../../main/client/host-client.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const MODEL = join(ROOT, 'resources', 'models', 'chain.gguf');
const BUILT_IN = 'builtin:models/chain.gguf';
const ROWS = [
  '{"question":"1+1","answer":"2"}',
  '{"question":"no answer"}',
  'not json',
  '{"question":"2+2","answer":4}',
];
const PATIENCE = { timeout: 60_000, interval: 50 };

let folder: string;
let home: string;
let client: HostClient;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tinylora-library-'));
  home = join(folder, 'home');
  vi.stubEnv('TINYLORA_HOME', home);
  vi.stubEnv('TINYLORA_IDLE_GRACE_MS', '300');
  client = await HostClient.connect(home);
});
afterEach(async () => {
  client.close();
  const address = await hostAddress();
  if (address !== null) process.kill(address.pid, 'SIGTERM');
  await vi.waitUntil(async () => (await hostAddress()) === null, PATIENCE);
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, maxRetries: 5 });
});

async function hostAddress(): Promise<HostAddress | null> {
  try {
    const address = HostAddress.parse(JSON.parse(await readFile(join(home, 'host.json'), 'utf8')));
    process.kill(address.pid, 0);
    return address;
  } catch {
    return null;
  }
}

async function inspected(reference: string) {
  return vi.waitUntil(async () => {
    const model = (await client.call('listModels', {})).find((entry) => entry.reference === reference);
    return model !== undefined && model.inspection !== null && model.sha256 !== null ? model : false;
  }, PATIENCE);
}

describe('models', () => {
  it('are found, inspected and hashed in the background', async () => {
    const model = await inspected(BUILT_IN);
    expect(model).toMatchObject({ source: 'built-in', failure: null, usedBy: [] });
    expect(model.sha256).toBe(
      createHash('sha256')
        .update(await readFile(MODEL))
        .digest('hex'),
    );
    expect(model.inspection).toMatchObject({
      architecture: 'llama',
      parameterCount: 652_416,
      weightType: 'F32',
      layerCount: 3,
      contextTokens: 256,
      vocabularySize: 98,
      hasTokenizer: true,
      hasChatTemplate: false,
      trainingRefusal: null,
    });
    expect(model.inspection?.chatMemoryBytes).toBeGreaterThan(2_600_000);
    expect(model.fits.find(({ device }) => device === 'CPU')?.shortByBytes).toBe(0);
  });

  it('are linked by path, and refused where they are none', async () => {
    const path = join(folder, 'elsewhere.gguf');
    await writeFile(path, await readFile(MODEL));
    const added = await client.call('addModel', { path });
    expect(added).toMatchObject({ source: 'added', reference: path, failure: null });
    await client.call('removeModel', { id: added.id, deleteFile: false });
    expect((await client.call('listModels', {})).map(({ source }) => source)).toEqual(['built-in']);
    expect((await readFile(path)).length).toBeGreaterThan(0);

    const text = join(folder, 'text.gguf');
    await writeFile(text, 'no model at all');
    await expect(client.call('addModel', { path: text })).rejects.toMatchObject({ code: 'BAD_INPUT' });
    await expect(client.call('addModel', { path: join(folder, 'gone.gguf') })).rejects.toThrow(/cannot be read/);
    await expect(client.call('removeModel', { id: BUILT_IN, deleteFile: false })).rejects.toThrow(/stays/);
  });

  it('come over HTTP from a browser: whole, with the token, and never over another', async () => {
    const { port, token } = (await hostAddress()) as HostAddress;
    const put = async (path: string, body: Buffer | string, authorization = `Bearer ${token}`) => {
      const url = `http://127.0.0.1:${port}/upload/${path}`;
      const { status } = await fetch(url, {
        method: 'PUT',
        body: new Uint8Array(Buffer.from(body)),
        headers: { authorization },
      });
      return status;
    };
    const model = await readFile(MODEL);
    expect(await put('models/mine.gguf', model, 'Bearer wrong')).toBe(401);
    expect(await put('models/mine.gguf', 'not a model')).toBe(400);
    expect(await put('models/..%2Fmine.gguf', model)).toBe(400);
    expect(await put('models/mine.txt', model)).toBe(400);
    expect(await client.call('listModels', {})).toHaveLength(1);
    expect(await put('models/mine.gguf', model)).toBe(201);
    expect(await put('models/mine.gguf', model)).toBe(409);
    expect((await inspected('models:mine.gguf')).source).toBe('models-folder');
    expect(await put('data/rows.jsonl', ROWS.join('\n'))).toBe(201);
    expect((await client.call('listDataSets', {})).at(-1)).toMatchObject({ name: 'rows.jsonl', rowCount: 4 });
  });

  it('has the data of the demo, and shows a line of it as the built-in model sees it', async () => {
    const reference = 'builtin:tasks/chain/train.jsonl';
    const sets = await client.call('listDataSets', {});
    expect(sets.find((set) => set.reference === reference)).toMatchObject({ source: 'built-in', rowCount: 4096 });
    const prompt = { kind: 'plain' as const, text: '{question}' };
    const preview = await client.call('previewPrompt', { id: reference, line: 1, model: BUILT_IN, prompt });
    expect(preview.text).toBe('38+42+10');
    expect(preview.tokenCount).toBe(preview.tokens.length);
  });

  it('tells what a built-in task stands for', async () => {
    const tasks = await client.call('listTasks', {});
    expect(tasks.find(({ name }) => name === 'smallest')?.settings).toMatchObject({
      grader: { name: 'exact', mustEnd: true },
      data: { train: 'task:smallest/train', heldOut: 'task:smallest/held-out' },
    });
  });
});

describe('downloads', () => {
  let server: Server;
  let address: string;
  let bytesAtOnce: number;
  beforeEach(async () => {
    const model = await readFile(MODEL);
    bytesAtOnce = 50_000;
    server = createServer((request, response) => {
      const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
      const rest = model.subarray(start);
      const range = `bytes ${start}-${model.length - 1}/${model.length}`;
      response.writeHead(start > 0 ? 206 : 200, {
        etag: '"v1"',
        'content-length': rest.length,
        ...(start > 0 ? { 'content-range': range } : {}),
      });
      // Slow enough to be stopped under way.
      let at = 0;
      const timer = setInterval(() => {
        if (at >= rest.length || response.destroyed) {
          clearInterval(timer);
          response.end();
        } else {
          response.write(rest.subarray(at, at + bytesAtOnce));
          at += bytesAtOnce;
        }
      }, 100);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const bound = server.address();
    address = `http://127.0.0.1:${typeof bound === 'object' && bound !== null ? bound.port : 0}/small.gguf`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const reaches = (id: string, condition: (download: Download) => boolean) =>
    vi.waitUntil(async () => {
      const download = (await client.call('listDownloads', {})).find((row) => row.id === id);
      return download !== undefined && condition(download) ? download : false;
    }, PATIENCE);

  it('pause, go on where they were, and become models', async () => {
    const { id } = await client.call('addDownload', { address, sha256: null });
    const events: HostEvent[] = [];
    client.onEvent((event) => events.push(event));
    await vi.waitUntil(
      () => events.some((event) => event.type === 'downloadChanged' && event.download.receivedBytes > 0),
      PATIENCE,
    );
    const paused = await client.call('pauseDownload', { id });
    expect(paused.state).toBe('paused');
    bytesAtOnce = 1_000_000;
    const resumed = await client.call('resumeDownload', { id });
    expect(resumed.state).toBe('running');
    const done = await reaches(id, ({ state }) => state === 'done');
    expect(done).toMatchObject({ fileName: 'small.gguf', failure: null, sha256: (await inspected(BUILT_IN)).sha256 });
    expect((await client.call('listModels', {})).find((model) => model.id === done.modelId)?.reference).toBe(
      'models:small.gguf',
    );
  });

  it('go on by themselves after the host was killed', async () => {
    const { id } = await client.call('addDownload', { address, sha256: null });
    await reaches(id, ({ receivedBytes }) => receivedBytes > 0);
    process.kill((await hostAddress())?.pid ?? 0, 'SIGKILL');
    client.close();
    await vi.waitUntil(async () => (await hostAddress()) === null, PATIENCE);
    bytesAtOnce = 1_000_000;
    client = await HostClient.connect(home);
    expect(await reaches(id, ({ state }) => state === 'done')).toMatchObject({ fileName: 'small.gguf' });
  });

  it('keep their row where the address is wrong', async () => {
    const { id } = await client.call('addDownload', { address: address.replace('.gguf', '.bin'), sha256: null });
    const failed = await reaches(id, ({ state }) => state === 'failed');
    expect(failed.failure).toMatchObject({ code: 'address' });
    await client.call('removeDownload', { id });
    expect(await client.call('listDownloads', {})).toEqual([]);
  });
});

describe('data sets', () => {
  it('show their rows, lengths and what is wrong with them', async () => {
    const path = join(folder, 'rows.jsonl');
    await writeFile(path, `${ROWS.join('\n')}\n`);
    const { id, rowCount } = await client.call('addDataSet', { path });
    expect(rowCount).toBe(4);
    const page = await client.call('dataSetRows', { id, offset: 1, limit: 2 });
    expect(page.total).toBe(4);
    expect(page.rows.map(({ line, problem }) => [line, problem?.kind])).toEqual([
      [2, 'no-answer'],
      [3, 'not-json'],
    ]);
    const check = await client.call('checkDataSet', { id, grader: { name: 'exact', mustEnd: false } });
    expect(check.problems.map(({ message }) => message)).toEqual([
      '1 of 4 rows has no answer: line 2',
      '1 of 4 lines is not JSON: line 3',
    ]);
    const strict = await client.call('checkDataSet', { id, grader: { name: 'gsm8k-strict', mustEnd: false } });
    expect(strict.problems).toHaveLength(2);

    const characters = await client.call('dataSetLengths', { id, model: null, prompt: null });
    expect(characters).toMatchObject({ unit: 'characters', rows: 2, skippedRows: 2, minimum: 3, maximum: 3 });
    const tokens = await client.call('dataSetLengths', { id, model: BUILT_IN, prompt: null });
    expect(tokens).toMatchObject({ unit: 'tokens', reason: null, rows: 2, skippedRows: 2 });

    const prompt = { kind: 'plain' as const, text: 'Q: {question}' };
    const preview = await client.call('previewPrompt', { id, line: 4, model: BUILT_IN, prompt });
    expect(preview.text).toBe('Q: 2+2');
    expect(preview.tokens.map(({ text }) => text).join('')).toContain('Q: 2+2');
    expect(preview.tokenCount).toBe(preview.tokens.length);
    await expect(client.call('previewPrompt', { id, line: 3, model: BUILT_IN, prompt })).rejects.toThrow(/line 3/);
  });
});

describe('the machine', () => {
  it('is reported with a reason for all that cannot be used, and the CPU only after a word', async () => {
    const report = await client.call('checkDevices', { again: false });
    expect(report.devices.find(({ kind }) => kind === 'cpu')?.usable).toBe(true);
    for (const { usable, reason, remedy } of report.devices) {
      expect(usable || (reason !== null && reason !== '' && remedy !== null && remedy !== '')).toBe(true);
    }
    expect(report.probes.map(({ command }) => command)).toContain('nvidia-smi');
    expect((await client.call('studioStatus', {})).cpuAllowed).toBe(false);
    await client.call('setCpuAllowed', { allowed: true });
    expect(await client.call('studioStatus', {})).toMatchObject({ cpuAllowed: true });
    expect((await client.call('checkDevices', { again: false })).cpuAllowed).toBe(true);

    const events: HostEvent[] = [];
    client.onEvent((event) => events.push(event));
    const { checkedAtMs } = await client.call('checkDevices', { again: true });
    expect(checkedAtMs).toBeGreaterThan(report.checkedAtMs);
    await vi.waitUntil(() => events.some(({ type }) => type === 'devicesChecked'), PATIENCE);

    const { text } = await client.call('diagnostics', {});
    expect(text).toContain('nvidia-smi');
    expect(text).not.toContain((await hostAddress())?.token);
  });

  it('tells its state while someone listens', async () => {
    const events: HostEvent[] = [];
    client.onEvent((event) => events.push(event));
    await vi.waitUntil(() => events.filter(({ type }) => type === 'studioStatus').length >= 2, PATIENCE);
    const status = await client.call('studioStatus', {});
    expect(status.memory.totalBytes).toBeGreaterThan(status.memory.usedBytes);
    expect(status.disk.freeBytes).toBeGreaterThan(0);
    expect(status.gpus.length > 0 || status.gpuReason !== null).toBe(true);
  });

  it('backs up the store, which opens as a whole', async () => {
    await mkdir(join(folder, 'other'));
    const { path, sizeBytes } = await client.call('backUpStore', {});
    expect(sizeBytes).toBeGreaterThan(0);
    expect((await client.call('listBackups', {}))[0]?.path).toBe(path);
    const { SqliteStore } = await import('../../main/store/store.ts');
    const copy = new SqliteStore(path);
    expect(await copy.findDamage()).toBeNull();
    copy.close();
  });
});

describe('a full disk', () => {
  it('holds the queue, which goes on when the user says so', async () => {
    const recipe = `name: waits
base:
  model: builtin:models/chain.gguf
  adapter: { kind: tinylora }
  data: { train: builtin:tasks/chain/train.jsonl, heldOut: builtin:tasks/chain/train.jsonl }
  prompt: { kind: plain }
  grader: { name: exact }
  steps: 3
  learningRate: 0.01
`;
    client.close();
    await vi.waitUntil(async () => (await hostAddress()) === null, PATIENCE);
    // No disk has so much room.
    vi.stubEnv('TINYLORA_LOW_DISK_BYTES', String(2 ** 52));
    vi.stubEnv('TINYLORA_ENGINE_ENTRY', join(ROOT, 'test', 'fixtures', 'scripted-engine.ts'));
    client = await HostClient.connect(home);
    const status = async () => (await client.call('listQueue', { limit: 10 })).status;
    await vi.waitUntil(async () => (await status()).hold?.reason === 'low-disk', PATIENCE);
    expect((await client.call('studioStatus', {})).disk.isLow).toBe(true);
    const recipePath = join(folder, 'waits.yaml');
    await writeFile(recipePath, recipe);
    const { cells } = await client.call('runSweep', { recipePath });
    await new Promise((resolve) => setTimeout(resolve, 500));
    const run = async () => (await client.call('showRun', { id: cells[0]?.runId ?? '', completions: 0 })).run;
    expect((await run()).state).toBe('queued');
    await client.call('resumeQueue', {});
    await vi.waitUntil(async () => (await run()).state === 'done', PATIENCE);

    const before = await client.call('diskUse', {});
    expect(before.runs.map(({ runId }) => runId)).toEqual([cells[0]?.runId]);
    expect(before.parts.find(({ kind }) => kind === 'database')?.sizeBytes).toBeGreaterThan(0);
    expect((await client.call('listModels', {}))[0]?.usedBy).toMatchObject([{ name: 'waits' }]);
    const runFolder = join(home, 'runs', cells[0]?.runId ?? '');
    await writeFile(join(runFolder, 'completions.jsonl'), 'x'.repeat(5000));
    const kinds = ['completions' as const, 'caches' as const];
    const pruned = await client.call('pruneDisk', { kinds, runs: null, keepEvaluations: true });
    expect(pruned.freedBytes).toBeGreaterThanOrEqual(5000);
    expect(pruned.skipped).toEqual([]);
    expect((await client.call('diskUse', {})).runs[0]?.completionFileBytes).toBe(0);
    const estimate = await client.call('estimateDisk', { cells: cells.map(({ config }) => config) });
    expect(estimate).toMatchObject({ likeRuns: 1 });
    expect(estimate.sizeBytes).toBeGreaterThan(0);
  });
});
