// Every adapter format, out and in again: the same log-probs, and in stock llama.cpp the same greedy tokens.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AdapterConfig } from '../../contracts/run-config.ts';
import type { ToolSession } from '../../contracts/tool-protocol.ts';
import { modelHash } from '../../main/engine/model-hash.ts';
import { writeTextModel } from '../../main/engine/text-model-fixture.ts';
import { numbers } from '../../main/engine/tools/adapter-fixtures.ts';
import { applyAdapter } from '../../main/engine/tools/adapter-argument.ts';
import { exportAdapter, storedAdapter } from '../../main/engine/tools/adapter-transfer.ts';
import { score } from '../../main/engine/tools/score.ts';
import { writeAdapterFile } from '../../main/engine/tools/stored-adapter.ts';
import { withModel } from '../../main/engine/tools/tool-context.ts';
import type { ToolContext } from '../../main/engine/tools/tool-context.ts';
import { compare, GOLDEN_FOLDER, GOLDEN_MISSING } from './golden-data.ts';

const context: ToolContext = { progress: () => undefined, warn: () => undefined };
const MODELS = ['llama-tied', 'qwen2-untied', 'qwen3'];
const ADAPTERS = [
  { kind: 'tinylora', u: 2, nTie: 7 },
  // 21 modules in groups of 4 are no grouping of PEFT's on llama-tied: this one becomes a LoRA there.
  { kind: 'tinylora', u: 1, nTie: 4 },
  { kind: 'tinylora', u: 3, tying: 'structured', nTie: 2, targets: ['attn_q', 'ffn_down'] },
  { kind: 'lora-xs', rank: 3 },
  { kind: 'lora', rank: 2, alpha: 5 },
].map((adapter) => AdapterConfig.parse(adapter));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'adapters-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

function toolSession(modelPath: string): ToolSession {
  return { modelPath, cacheFolder: join(folder, 'cache'), device: 'cpu', threads: 2, numerics: 'exact' };
}

/** Sets the adapter with numbers that are far from zero and writes it as our file. */
async function writeTrained(modelPath: string, config: AdapterConfig, path: string): Promise<void> {
  if (config.kind === 'none') throw new Error('There is nothing to write.');
  await withModel(toolSession(modelPath), async (model) => {
    const info = await model.session.setAdapter(config);
    const scale = config.kind === 'lora' ? 0.15 : 0.3;
    await model.session.setParams(numbers([info.parameterCount], 5).data.map((value) => value * scale));
    await writeAdapterFile(path, storedAdapter(model, config, info));
  });
}

async function logprobs(modelPath: string, adapter: string, inputPath: string): Promise<(number | null)[]> {
  const { lines } = await score({ session: toolSession(modelPath), adapter, inputPath, temperature: 1 }, context);
  return lines.flatMap((line) => line.logprobs);
}

function exportAs(adapter: string, format: 'tinylora' | 'text' | 'peft' | 'gguf', outPath: string, modelPath?: string) {
  return exportAdapter(
    { cacheFolder: join(folder, 'cache'), adapter, modelPath: modelPath ?? null, format, outPath },
    context,
  );
}

describe.skipIf(GOLDEN_MISSING)('adapter formats (skipped where ../shared/golden is missing)', () => {
  const cases = MODELS.flatMap((name) => ADAPTERS.map((config, index) => ({ name, config, index })));
  test.each(cases)('$name, adapter $index ($config.kind)', async ({ name, config, index }) => {
    const modelPath = join(GOLDEN_FOLDER, name, 'model.gguf');
    const inputPath = join(GOLDEN_FOLDER, name, 'score.jsonl');
    const file = join(folder, `${name}-${index}.safetensors`);
    await writeTrained(modelPath, config, file);
    const expected = await logprobs(modelPath, file, inputPath);
    const base = await logprobs(modelPath, 'none', inputPath);
    expect(compare(base, expected).max).toBeGreaterThan(0.1);

    const peft = join(folder, `${name}-${index}-peft`);
    await exportAs(file, 'peft', peft);
    expect(compare(await logprobs(modelPath, peft, inputPath), expected).max).toBeLessThan(1e-4);

    // Back again: the file made of the checkpoint through the model.
    const again = join(folder, `${name}-${index}-again.safetensors`);
    await exportAs(peft, 'tinylora', again, modelPath);
    expect(compare(await logprobs(modelPath, again, inputPath), expected).max).toBeLessThan(1e-4);

    if (config.kind === 'lora') {
      await expect(exportAs(file, 'text', join(folder, 'no'))).rejects.toThrow(/do not fit in a text line/);
      return;
    }
    const { text } = await exportAs(file, 'text', join(folder, 'line.txt'));
    expect(await logprobs(modelPath, text ?? '', inputPath)).toEqual(expected);
    expect(await logprobs(modelPath, join(folder, 'line.txt'), inputPath)).toEqual(expected);
  });

  test('an adapter of another model is refused, naming both', async () => {
    const file = join(folder, 'other.safetensors');
    const [own, other] = ['llama-tied', 'qwen2-tied'].map((name) => join(GOLDEN_FOLDER, name, 'model.gguf'));
    if (!own || !other) throw new Error('Two models are needed.');
    await writeTrained(own, AdapterConfig.parse({ kind: 'tinylora' }), file);
    const scoring = logprobs(other, file, join(GOLDEN_FOLDER, 'qwen2-tied', 'score.jsonl'));
    const [ownHash, otherHash] = [await modelHash(own, folder), await modelHash(other, folder)];
    await expect(scoring).rejects.toMatchObject({ code: 'BAD_INPUT' });
    await expect(scoring).rejects.toThrow(new RegExp(`${ownHash.slice(0, 12)}.*${otherHash.slice(0, 12)}`));
  });

  test('an adapter file keeps to its own bases where they differ from those computed here', async () => {
    const modelPath = join(GOLDEN_FOLDER, 'llama-tied', 'model.gguf');
    const inputPath = join(GOLDEN_FOLDER, 'llama-tied', 'score.jsonl');
    const file = join(folder, 'own-bases.safetensors');
    await writeTrained(modelPath, AdapterConfig.parse({ kind: 'tinylora' }), file);
    const expected = await logprobs(modelPath, file, inputPath);
    const bytes = await readFile(file);
    const fingerprint = /basesFingerprint\\":\\"([0-9a-f]+)/.exec(bytes.toString('latin1'))?.[1] ?? '';
    const foreign = Buffer.from(
      bytes.toString('latin1').replace(fingerprint, '0'.repeat(fingerprint.length)),
      'latin1',
    );
    await writeFile(file, foreign);
    expect(compare(await logprobs(modelPath, file, inputPath), expected).max).toBeLessThan(1e-4);
  });

  test('stock llama.cpp with the exported GGUFs decodes what ours decodes', async () => {
    const modelPath = join(folder, 'text.gguf');
    writeTextModel(modelPath);
    const ours: number[][] = [];
    for (const [index, config] of ADAPTERS.entries()) {
      const file = join(folder, `text-${index}.safetensors`);
      await writeTrained(modelPath, config, file);
      await exportAs(file, 'gguf', join(folder, `text-${index}.gguf`));
      ours.push(await ourGreedy(modelPath, file));
    }
    const ggufs = ADAPTERS.map((_, index) => join(folder, `text-${index}.gguf`));
    const [base, ...stock] = await stockGreedy(modelPath, ['-', ...ggufs]);
    for (const [index, { kind }] of ADAPTERS.entries()) {
      // A model that ends at once, or an adapter that changes nothing, would prove little.
      expect(stock[index]?.length, kind).toBeGreaterThan(3);
      expect(stock[index], kind).not.toEqual(base);
      expect(ours[index]?.slice(0, stock[index]?.length), kind).toEqual(stock[index]);
    }
  });
});

const PROMPT = [72, 101, 108, 108, 111];
const COMPLETION_TOKENS = 40;

/** One process for all adapters: starting the library takes most of the time. */
async function stockGreedy(modelPath: string, adapters: string[]): Promise<number[][]> {
  const script = join(import.meta.dirname, 'stock-greedy.mjs');
  const args = [script, modelPath, JSON.stringify(PROMPT), String(COMPLETION_TOKENS), ...adapters];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as number[]);
}

/** Un-merged rollouts with an F32 cache and without flash attention. */
async function ourGreedy(modelPath: string, adapter: string): Promise<number[]> {
  const session: ToolSession = { ...toolSession(modelPath), numerics: 'native' };
  return withModel(session, async (model) => {
    await applyAdapter(adapter, model, context);
    await model.session.configureRollouts({
      contextTokens: 256,
      maxSequences: 1,
      cacheType: 'f32',
      flashAttention: false,
      cacheLayout: 'unified',
      workers: 0,
      batchTokens: 64,
    });
    const { completions } = await model.session.sample({
      prompts: [{ tokens: Int32Array.from(PROMPT), promptId: 0, lane: 0 }],
      sampleCount: 1,
      seed: 0,
      stream: 0,
      temperature: 0,
      topP: 1,
      topK: 0,
      maxTokens: COMPLETION_TOKENS,
      stop: [],
    });
    return [...(completions[0]?.[0]?.tokens ?? [])];
  });
}
