// The playground through a real host, engine and model: what it says, and that nothing else dies with it.
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { HostEvent, HostParams } from '../../contracts/host-protocol.ts';
import { HostClient } from '../../main/client/host-client.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const ADDON = join(ROOT, 'native', 'build', 'tinylora.node');
const PATIENCE = { timeout: 60_000, interval: 50 };
const RECIPE = `name: tried
base:
  model: builtin:models/chain.gguf
  data: { train: builtin:tasks/chain/train.jsonl, heldOut: builtin:tasks/chain/held-out.jsonl }
  prompt: { kind: plain }
  grader: { name: exact }
  adapter: { kind: tinylora, rank: 2, u: 1 }
  learningRate: 0.05
  promptsPerStep: 8
  samplesPerPrompt: 4
  maxCompletionTokens: 24
  evaluation: { problems: 4, samples: 1 }
  engine: { threads: 1, workers: 1 }
cells:
  - { label: short, steps: 3 }
  - { label: long, steps: 1000000 }
`;

type Request = HostParams<'generate'>;

describe.skipIf(!existsSync(ADDON))('the playground', () => {
  let folder: string;
  let client: HostClient;
  let short: string;
  let long: string;
  const events: HostEvent[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tinylora-playground-'));
    const recipePath = join(folder, 'tried.yaml');
    await writeFile(recipePath, RECIPE);
    vi.stubEnv('TINYLORA_HOME', join(folder, 'home'));
    vi.stubEnv('TINYLORA_IDLE_GRACE_MS', '300');
    client = await HostClient.connect(join(folder, 'home'));
    client.onEvent((event) => events.push(event));
    const { cells } = await client.call('runSweep', { recipePath });
    [short = '', long = ''] = cells.map(({ runId }) => runId);
    await vi.waitUntil(async () => (await stateOf(short)) === 'done' && (await stepOf(long)) > 0, PATIENCE);
  });
  afterAll(async () => {
    await client.call('cancelRun', { id: long });
    await vi.waitUntil(async () => (await stateOf(long)) === 'cancelled', PATIENCE);
    client.close();
    vi.unstubAllEnvs();
    await vi.waitUntil(() => !existsSync(join(folder, 'home', 'host.json')), PATIENCE);
    await rm(folder, { recursive: true, maxRetries: 5 });
  });

  const runOf = async (id: string) => (await client.call('showRun', { id, completions: 0 })).run;
  const stateOf = async (id: string) => (await runOf(id)).state;
  const stepOf = async (id: string) => (await runOf(id)).lastStep;

  function request(requestId: number, change: Partial<Request> = {}): Request {
    return {
      requestId,
      model: 'builtin:models/chain.gguf',
      device: 'cpu',
      sides: [
        { side: 'a', adapter: { kind: 'none' } },
        { side: 'b', adapter: { kind: 'run', id: short } },
      ],
      prompt: { template: { kind: 'plain', text: '{question}' }, messages: [{ role: 'user', content: '3+4=' }] },
      sampling: { seed: 5, temperature: 1, topP: 1, topK: 0, maxTokens: 60, stop: [] },
      grading: null,
      ...change,
    };
  }
  const answersTo = async (...args: Parameters<typeof request>) =>
    (await client.call('generate', request(...args))).answers;

  it('answers on both sides, token by token, and the same again for the same seed', async () => {
    const answers = await answersTo(1);
    expect(answers.map(({ side }) => side)).toEqual(['a', 'b']);
    for (const { side, text, tokenCount } of answers) {
      const chunks = events.flatMap((event) =>
        event.type === 'playgroundTokens' && event.requestId === 1 && event.side === side ? [event] : [],
      );
      expect(chunks.map((chunk) => chunk.text).join('')).toBe(text);
      expect(chunks.flatMap(({ tokens }) => tokens)).toHaveLength(tokenCount);
      expect(chunks.flatMap(({ tokens }) => tokens).every(({ logprob }) => logprob <= 0)).toBe(true);
    }
    const again = await answersTo(2);
    expect(again.map(({ text }) => text)).toEqual(answers.map(({ text }) => text));
    const [first] = await answersTo(3, { sampling: { ...request(3).sampling, seed: 6 } });
    expect(first?.text).not.toBe(answers[0]?.text);
    expect(await client.call('playgroundState', {})).toMatchObject({ state: 'ready', device: 'cpu' });
  });

  it('takes the pasted line of a run for the run', async () => {
    const line = await client.call('exportAdapterLine', { id: short });
    expect(line.text).toMatch(/^tinylora1:/);
    expect(line.sizeBytes).toBe(4 * line.trainableNumbers);
    const identity = await client.call('identifyAdapter', { text: line.text });
    expect(identity).toMatchObject({ modelReference: 'builtin:models/chain.gguf', remedy: null });
    expect(identity.trainableNumbers).toBe(line.trainableNumbers);
    const pasted = { sides: [{ side: 'b' as const, adapter: { kind: 'text' as const, text: line.text } }] };
    const greedy = { sampling: { ...request(0).sampling, temperature: 0 } };
    const [, run] = await answersTo(4, greedy);
    const [text] = await answersTo(5, { ...pasted, ...greedy });
    expect(text?.text).toBe(run?.text);
    const damaged = line.text.slice(0, -1);
    await expect(client.call('identifyAdapter', { text: damaged })).rejects.toMatchObject({ code: 'BAD_INPUT' });
  });

  it('asks a held-out problem and grades the answers', async () => {
    const problem = await client.call('heldOutProblem', { from: { run: short }, line: 2 });
    expect(problem).toMatchObject({ line: 2, grader: { name: 'exact' }, template: { kind: 'plain' } });
    const { template, messages, grader, answer, maxTokens, stop } = problem;
    const answers = await answersTo(6, {
      prompt: { template, messages },
      sampling: { ...request(6).sampling, temperature: 0, maxTokens, stop },
      grading: { grader, answer },
    });
    for (const { text, grade } of answers)
      expect(grade).toEqual({ correct: text.trim() === answer, extracted: text.trim() });
    const drawn = await client.call('heldOutProblem', { from: { task: 'product' }, line: null });
    expect(drawn.line).toBeLessThanOrEqual(drawn.total);
    await expect(client.call('heldOutProblem', { from: { task: 'none' }, line: null })).rejects.toThrow(
      /no built-in task/,
    );
  });

  it('refuses what does not fit, in words', async () => {
    const sampling = { ...request(7).sampling, maxTokens: 5000 };
    await expect(answersTo(7, { sampling })).rejects.toThrow(/context of chain is 256 tokens/);
    await expect(answersTo(8, { model: 'models:none.gguf' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it.each(['SIGSEGV', 'SIGKILL'] as const)(
    'dies of %s alone: training goes on, and so does the next question',
    async (signal) => {
      await answersTo(9);
      const { pid } = await client.call('playgroundState', {});
      const { pid: hostPid } = await client.call('hostInfo', {});
      const pending = client.call('generate', request(10, { sampling: { ...request(10).sampling, maxTokens: 200 } }));
      const outcome = pending.then(
        () => 'answered',
        (error: Error) => error.message,
      );
      if (pid === null) throw new Error('The playground has no process.');
      const heard = events.length;
      process.kill(pid, signal);
      // The question that was under way may start the next process at once.
      const stopped = await vi.waitUntil(
        () =>
          events
            .slice(heard)
            .flatMap((event) =>
              event.type === 'playgroundChanged' && event.state.state === 'stopped' ? [event.state] : [],
            )[0],
        PATIENCE,
      );
      expect(stopped.failure).toMatch(new RegExp(`${signal}.*Training was not touched`));
      // It may have answered before the signal came.
      expect(['answered', stopped.failure]).toContain(await outcome);
      const step = await stepOf(long);
      await vi.waitUntil(async () => (await stepOf(long)) > step, PATIENCE);
      expect(await runOf(long)).toMatchObject({ state: 'running', attempts: 1, failure: null });
      expect((await client.call('hostInfo', {})).pid).toBe(hostPid);
      expect((await client.call('restartPlayground', {})).state).toBe('closed');
      expect(await answersTo(11)).toHaveLength(2);
    },
  );

  it('stops wherever it is, at an adapter or between the sides, with an answer for each side', async () => {
    for (let delayMs = 0; delayMs <= 60; delayMs += 3) {
      const pending = answersTo(100 + delayMs);
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      await client.call('stopGenerating', {});
      const answers = await pending;
      expect(answers.map(({ side }) => side)).toEqual(['a', 'b']);
    }
  });

  it('stops in the middle with what it has', async () => {
    const pending = client.call('generate', request(12, { sampling: { ...request(12).sampling, maxTokens: 200 } }));
    await vi.waitUntil(
      () => events.some((event) => event.type === 'playgroundTokens' && event.requestId === 12),
      PATIENCE,
    );
    await client.call('stopGenerating', {});
    const { answers } = await pending;
    expect(answers.at(-1)?.finishReason).toMatch(/cancelled|end/);
    expect((await client.call('closePlayground', {})).pid).toBeNull();
  });
});
