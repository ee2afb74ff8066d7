// The untrained model: a whole GGUF that stock llama.cpp loads, with a tokenizer that keeps every character.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getLlama } from 'node-llama-cpp';
import type { Llama, LlamaModel } from 'node-llama-cpp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readGgufHeader } from '../../main/core/gguf-header.ts';
import { END_TOKEN, writeInitialModel } from './architecture.ts';

const folder = mkdtempSync(join(tmpdir(), 'tinylora-architecture-'));
const path = join(folder, 'initial.gguf');
writeInitialModel(path, 'chain', 1);

describe('initial model', () => {
  let llama: Llama;
  let model: LlamaModel;
  beforeAll(async () => {
    llama = await getLlama({ gpu: false, build: 'never' });
    model = await llama.loadModel({ modelPath: path });
  });
  afterAll(async () => {
    await llama.dispose();
    rmSync(folder, { recursive: true });
  });

  it('repeats bit for bit by seed', () => {
    const again = join(folder, 'again.gguf');
    writeInitialModel(again, 'chain', 1);
    expect(readFileSync(again).equals(readFileSync(path))).toBe(true);
    writeInitialModel(again, 'chain', 2);
    expect(readFileSync(again).equals(readFileSync(path))).toBe(false);
  });

  it('has the tensors of a llama', async () => {
    const { architecture, tensors } = await readGgufHeader(path);
    expect(architecture).toBe('llama');
    expect(tensors).toHaveLength(3 * 9 + 2);
    expect(tensors.find(({ name }) => name === 'blk.2.ffn_gate.weight')?.shape).toEqual([384, 128]);
  });

  it('tokenises every character by itself and puts nothing before a text', () => {
    const text = '23+37-13=60#47 Any text,\nkept ~as~ it is!';
    const tokens = model.tokenize(text);
    expect(tokens).toHaveLength(text.length);
    expect(model.detokenize(tokens)).toBe(text);
    expect(model.tokens.shouldPrependBosToken).toBe(false);
  });

  it('ends a generation by its own token, which text cannot spell', () => {
    expect(model.tokens.eos).not.toBeNull();
    expect(model.tokenize(END_TOKEN, true)).toEqual([model.tokens.eos]);
    expect(model.tokenize(END_TOKEN)).toHaveLength(END_TOKEN.length);
  });
});
