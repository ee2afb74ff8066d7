// `eval` on the built-in model: greedy alone, no chat template, completion limits. Test code.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ToolRequest } from '../../../contracts/tool-protocol.ts';
import { evaluate } from './eval.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const scratch = mkdtempSync(join(tmpdir(), 'tinylora-eval-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function evaluateBuiltIn(changes: object) {
  const request = ToolRequest.parse({
    tool: 'eval',
    args: {
      session: { modelPath: join(ROOT, 'resources/models/chain.gguf'), cacheFolder: scratch, numerics: 'native' },
      dataPath: join(ROOT, 'resources/tasks/chain/held-out.jsonl'),
      grader: { name: 'regex', pattern: '#(?<answer>\\d+)$', mustEnd: true },
      prompt: { kind: 'chat' },
      evaluation: { problems: 64 },
      engine: {},
      ...changes,
    },
  });
  if (request.tool !== 'eval') throw new Error('The request is not of eval.');
  return evaluate(request.args, { progress: () => undefined, warn: () => undefined });
}

describe('eval', () => {
  it('takes the text as it is where the model has no chat template, twice with the same result', async () => {
    const [first, second] = [await evaluateBuiltIn({}), await evaluateBuiltIn({})];
    expect(first.evaluations.map(({ mode }) => mode)).toEqual(['sampled', 'greedy']);
    const accuracies = first.evaluations.map(({ accuracy }) => accuracy);
    // The base answers about 40 % of the problems when it samples and nearly none greedily.
    expect(accuracies[0]).toBeGreaterThan(0.2);
    expect(accuracies[1]).toBeLessThan(0.2);
    expect(second.evaluations.map(({ perProblem }) => perProblem)).toEqual(
      first.evaluations.map(({ perProblem }) => perProblem),
    );
  });

  it('is greedy alone without sampling', async () => {
    const { evaluations } = await evaluateBuiltIn({ sampled: false });
    expect(evaluations.map(({ mode }) => mode)).toEqual(['greedy']);
  });

  it('refuses a completion limit that fills the context', async () => {
    await expect(evaluateBuiltIn({ maxCompletionTokens: 256 })).rejects.toThrow(/--max-tokens 256 leaves no room/);
  });
});
