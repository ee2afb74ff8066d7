// A data folder in which there is something of everything, through the real host and engine: finished, failed, removed and
// waiting runs.
import { setTimeout as sleep } from 'node:timers/promises';
import type { HostClient } from '../../main/client/host-client.ts';

const POLL_MS = 200;
const TRAINING_MS = 240_000;

/** Two adapters at two rates, two seeds, and the untrained model: a few seconds of training. */
export const SHORT_RECIPE = `name: pairs
description: Two adapters at two rates
base:
  model: builtin:models/chain.gguf
  data: { train: 'builtin:tasks/chain/train.jsonl', heldOut: 'builtin:tasks/chain/held-out.jsonl' }
  prompt: { kind: plain, text: '{question}' }
  grader: { name: regex, pattern: '#(?<answer>\\d+)$' }
  adapter: { kind: tinylora }
  learningRate: 0.01
  steps: 4
  promptsPerStep: 4
  samplesPerPrompt: 4
  maxCompletionTokens: 12
  evaluation: { problems: 16, samples: 2, greedy: true }
grid:
  adapter.nTie: [21, 5]
  learningRate: [0.01, 0.03]
seeds: [0, 1]
baselines:
  - { label: untrained, adapter: { kind: none }, steps: 0, learningRate: 0.01 }
`;
const LONG_RECIPE = SHORT_RECIPE.replace('name: pairs', 'name: waiting')
  .replace('steps: 4', 'steps: 4000')
  .replace(/baselines:[^]*/, '');

/** Finishes the short sweep, removes one of its runs, then holds the queue with another sweep in it. */
export async function populate(client: HostClient): Promise<void> {
  const { sweepId } = await client.call('runSweep', { recipeText: SHORT_RECIPE });
  const deadlineMs = Date.now() + TRAINING_MS;
  for (;;) {
    const { cells } = await client.call('sweepReport', { sweep: sweepId });
    const last = cells.at(-2);
    if (last !== undefined && cells.every(({ status }) => status === 'done')) {
      await client.call('removeRuns', { ids: [last.runId] });
      break;
    }
    if (Date.now() > deadlineMs) throw new Error(`The sweep has not ended within ${TRAINING_MS / 1000} s.`);
    await sleep(POLL_MS);
  }
  await client.call('pauseAll', {});
  await client.call('runSweep', { recipeText: LONG_RECIPE });
}
