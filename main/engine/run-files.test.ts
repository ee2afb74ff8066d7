// The run's record: what a resumed run keeps of it.
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { CompletionRow, EvaluationResult, MetricsRow } from '../../contracts/engine-protocol.ts';
import { COMPLETIONS_FILE, EVALUATIONS_FILE, METRICS_FILE, RunFiles } from './run-files.ts';

let folder: string;
let files: RunFiles;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tinylora-run-'));
  files = new RunFiles(folder);
});
afterEach(() => rm(folder, { recursive: true }));

const row = (step: number, phase: CompletionRow['phase']): CompletionRow => ({
  ...{
    step,
    phase,
    promptIndex: 0,
    sampleIndex: 0,
    prompt: 'p',
    text: 'Ünïcode \u2028 and\r\n',
    gold: 'g',
    extracted: null,
  },
  ...{ reward: 1, advantage: null, tokenCount: 3, finishReason: 'end' as const, tokens: 'AQAA' },
});
const evaluation = (step: number, mode: EvaluationResult['mode']): EvaluationResult => ({
  ...{ step, mode, temperature: 1, problems: 1, samples: 1, accuracy: 1, strict: 1, lenient: 1, format: 1 },
  ...{ meanTokens: 3, perProblem: [1], clusters: null, durationMs: 5 },
});
const lines = async (name: string): Promise<unknown[]> =>
  (await readFile(join(folder, name), 'utf8'))
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as unknown);

const metrics = (step: number): MetricsRow => ({ step, values: { loss: step }, parameters: null });

async function record(): Promise<void> {
  await files.appendEvaluation(evaluation(0, 'sampled'), [row(0, 'evaluation-sampled')]);
  for (const step of [1, 2, 3]) await files.appendStep(metrics(step), [row(step, 'train')]);
  await files.appendEvaluation(evaluation(3, 'sampled'), [row(3, 'evaluation-sampled')]);
}

it('drops steps beyond the checkpoint and tells what the host may have missed', async () => {
  await record();
  const standing = await files.truncateAfter(2);
  expect(await lines(METRICS_FILE)).toEqual([1, 2].map(metrics));
  expect(await lines(COMPLETIONS_FILE)).toEqual([row(0, 'evaluation-sampled'), row(1, 'train'), row(2, 'train')]);
  expect(await lines(EVALUATIONS_FILE)).toEqual([evaluation(0, 'sampled')]);
  expect(standing).toEqual({
    evaluations: [evaluation(0, 'sampled')],
    metrics: [metrics(2)],
    completions: [row(2, 'train')],
  });
});

it('drops the completions of an evaluation whose result never came', async () => {
  await record();
  await appendFile(join(folder, COMPLETIONS_FILE), `${JSON.stringify(row(3, 'evaluation-greedy'))}\n`);
  const standing = await files.truncateAfter(3);
  expect((await lines(COMPLETIONS_FILE)).at(-1)).toEqual(row(3, 'evaluation-sampled'));
  expect(standing.evaluations).toHaveLength(2);
});

it.each(['{"step":4,"val', '{"step":4,"values":{"loss":4}}'])('drops a torn last line: %s', async (torn) => {
  await record();
  await appendFile(join(folder, METRICS_FILE), torn);
  await files.truncateAfter(9);
  expect(await lines(METRICS_FILE)).toHaveLength(3);
});

it('starts from nothing', async () => {
  expect(await files.truncateAfter(0)).toEqual({ evaluations: [], metrics: [], completions: [] });
});
