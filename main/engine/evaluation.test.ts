// Evaluation: two of the same problems agree, whatever the session did before.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunConfig } from '../../contracts/run-config.ts';
import type { Session } from '../../native/binding/index.d.ts';
import type { EvaluationSettings } from './evaluation.ts';
import { evaluateProblems } from './evaluation.ts';
import { modelHash } from './model-hash.ts';
import { openSession } from './native.ts';
import { PromptBuilder } from './prompts.ts';
import type { Task } from './rollouts.ts';
import { hasTextModel, writeTextModel } from './text-model-fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'tinylora-evaluation-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe.skipIf(!hasTextModel)('evaluateProblems (needs ../shared/golden)', () => {
  let session: Session;
  let tasks: Task[];
  const settings: EvaluationSettings = {
    ...{ mode: 'sampled', samples: 3, temperature: 1, topP: 1, topK: 0, seed: 5, maxTokens: 12, stop: ['G'] },
    grader: { name: 'regex', pattern: '(?<answer>[tNS])', mustEnd: false },
    engine: RunConfig.shape.engine.parse({ threads: 1, workers: 1 }),
  };

  beforeAll(async () => {
    const modelPath = join(folder, 'model.gguf');
    writeTextModel(modelPath);
    const options = {
      device: 'cpu',
      numerics: 'native',
      threads: 1,
      workers: 1,
      basesDir: join(folder, 'bases'),
    } as const;
    session = await openSession({ modelPath, modelHash: await modelHash(modelPath, folder), ...options });
    const builder = new PromptBuilder(session, { kind: 'plain', text: '{question}' });
    tasks = [...'tNStNS'].map((answer, index) => {
      const problem = {
        line: index + 1,
        question: `${index} ${answer}?`,
        messages: null,
        answer,
        solution: null,
        cluster: null,
      };
      return { index, problem, prompt: builder.build(problem, 'test') };
    });
  });
  afterAll(() => session.dispose());

  it('agrees with itself and reports every completion', async () => {
    const first = await evaluateProblems(session, settings, tasks, 0);
    await evaluateProblems(session, { ...settings, seed: 6 }, tasks, 1);
    const second = await evaluateProblems(session, settings, tasks, 0);
    expect(second.rows).toEqual(first.rows);
    expect(second.result).toEqual({ ...first.result, durationMs: second.result.durationMs });
    expect(first.rows).toHaveLength(18);
    const mean = first.result.perProblem.reduce((sum, score) => sum + score, 0) / 6;
    expect(first.result.accuracy).toBeCloseTo(mean, 12);
  });

  it('numbers the clusters of the problems, where problems share one', async () => {
    const clustered = tasks.map((task, index) => {
      const cluster = ['a', null, 'b', 'a', null, 'b'][index] ?? null;
      return { ...task, problem: { ...task.problem, cluster } };
    });
    const { result } = await evaluateProblems(session, { ...settings, samples: 1 }, clustered, 0);
    expect(result.clusters).toEqual([0, 1, 2, 0, 3, 2]);
    const { result: unclustered } = await evaluateProblems(session, { ...settings, samples: 1 }, tasks, 0);
    expect(unclustered.clusters).toBeNull();
  });

  it('grades the text before the stop string and keeps the sampled ids', async () => {
    const { rows } = await evaluateProblems(session, settings, tasks, 0);
    const stopped = rows.filter((row) => row.finishReason === 'stop');
    expect(stopped.length).toBeGreaterThan(0);
    expect(stopped.every((row) => row.text.endsWith('G'))).toBe(true);
  });

  it('takes one completion a problem greedily, at temperature 0', async () => {
    const { result, rows } = await evaluateProblems(session, { ...settings, mode: 'greedy' }, tasks, 7);
    expect(result).toMatchObject({ step: 7, mode: 'greedy', temperature: 0, samples: 1, problems: 6 });
    expect(rows.map((row) => row.phase)).toEqual(Array<string>(6).fill('evaluation-greedy'));
  });
});
