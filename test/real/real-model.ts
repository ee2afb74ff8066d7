// What the tests on the real model share: the file, its prompts, greedy text by our engine and by the stock library. Test code.
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { backendDir, openSession } from '../../main/engine/native.ts';
import { modelHash } from '../../main/engine/model-hash.ts';
import { PromptBuilder } from '../../main/engine/prompts.ts';
import type { Numerics, Session } from '../../native/binding/index.d.ts';
import { MODEL_PATH } from './model-path.ts';

export const REPOSITORY_ROOT = resolve(import.meta.dirname, '..', '..');

export const COMPLETION_TOKENS = 16;
/** One thread a graph on either side: threads of one graph wait for each other at every node, for long on a busy machine. */
const GRAPH_THREADS = 1;
const WORKERS = 2;
const CONTEXT_TOKENS = 512;

export const QUESTIONS = [
  'What is the capital of France?',
  'Say hello in three languages.',
  'What is 7 * 8?',
  'Name a fruit that is yellow.',
  'Write one line about the sea.',
  'Who wrote Romeo and Juliet?',
  'What color is the sky on a clear day?',
  'List three animals.',
  'Explain gravity to a child.',
  'Translate "good morning" to Spanish.',
  'What is the opposite of hot?',
  'How many days are in a week?',
  'Give me a word that rhymes with cat.',
  'What do bees make?',
  'Is the earth flat?',
  'Complete the sentence: The quick brown fox',
  'What is water made of?',
  'Suggest a name for a dog.',
  'Which month comes after March?',
  'Write a Python expression that adds 2 and 3.',
];

export async function openModel(numerics: Numerics, cacheFolder: string, modelPath = MODEL_PATH): Promise<Session> {
  return openSession({
    modelPath,
    modelHash: await modelHash(modelPath, cacheFolder),
    device: 'cpu',
    numerics,
    threads: WORKERS * GRAPH_THREADS,
    workers: WORKERS,
    basesDir: join(cacheFolder, 'bases'),
  });
}

/** The questions in the model's own chat template. */
export function chatPrompts(session: Session): Int32Array[] {
  const builder = new PromptBuilder(session, { kind: 'chat', system: null, user: '{question}', date: '26 Jul 2024' });
  return QUESTIONS.map((question, index) => {
    const problem = { line: index + 1, question, messages: null, answer: '', solution: null, cluster: null };
    return builder.build(problem, `question ${index + 1}`).tokens;
  });
}

/** Greedy completions of single sequences, one sequence at a time, with the session's adapter un-merged. */
export async function ourGreedy(session: Session, prompts: readonly Int32Array[]): Promise<number[][]> {
  await session.configureRollouts({
    contextTokens: CONTEXT_TOKENS,
    maxSequences: 1,
    cacheType: 'f16',
    flashAttention: true,
    cacheLayout: 'unified',
    workers: 0,
    batchTokens: CONTEXT_TOKENS,
  });
  const completions: number[][] = [];
  for (const [promptId, tokens] of prompts.entries()) {
    const result = await session.sample({
      prompts: [{ tokens, promptId, lane: 0 }],
      ...{ sampleCount: 1, seed: 0, stream: 0, temperature: 0, topP: 1, topK: 0 },
      ...{ maxTokens: COMPLETION_TOKENS, stop: [] },
    });
    completions.push([...(result.completions[0]?.[0]?.tokens ?? [])]);
  }
  return completions;
}

/** Builds stock-greedy.cpp against the libllama that node-llama-cpp ships. @returns the program's path */
export function buildStockGreedy(folder: string): string {
  const headers = join(REPOSITORY_ROOT, 'native', 'build', 'llama.cpp');
  const backends = backendDir('cpu');
  const libraries = readdirSync(backends).filter((name) => /^lib(llama\.v|ggml\.v|ggml-base\.so)/.test(name));
  const program = join(folder, 'stock-greedy');
  execFileSync('g++', [
    ...['-std=c++17', '-O1', '-Wall', '-Wextra', '-Werror'],
    ...['include', 'ggml/include'].map((name) => `-I${join(headers, name)}`),
    join(import.meta.dirname, 'stock-greedy.cpp'),
    ...['-o', program],
    ...libraries.map((name) => join(backends, name)),
    `-Wl,-rpath,${backends}`,
  ]);
  return program;
}

/** Greedy completions by the stock library in a process of its own, optionally with a LoRA as GGUF. */
export function stockGreedy(
  program: string,
  prompts: readonly Int32Array[],
  modelPath = MODEL_PATH,
  loraPath?: string,
): number[][] {
  const args = [modelPath, backendDir('cpu'), String(COMPLETION_TOKENS), String(GRAPH_THREADS)];
  const input = prompts.map((tokens) => `${tokens.join(' ')}\n`).join('');
  const { stdout, stderr, status } = spawnSync(program, loraPath === undefined ? args : [...args, loraPath], {
    input,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`The stock library ended with ${status}: ${stderr}`);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.trim().split(' ').map(Number));
}
