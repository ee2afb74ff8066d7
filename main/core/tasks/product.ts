// The task `product`: the product of two factors from 2 to 12, answered in one line. Pure; host and command line.
import { SeededRandom } from '../../../contracts/seeded-random.ts';
import type { Task, TaskRow } from './task.ts';

const SEED = 1;
const LOWEST = 2;
const HIGHEST = 12;
/** Of the 66 unordered pairs. */
const HELD_OUT_PAIRS = 26;
const VALIDATION_PAIRS = 8;
/** How often the training file holds each question: there are fewer questions than a batch has prompts. */
const TRAIN_COPIES = 8;

type Pair = readonly [low: number, high: number];

export const product: Task = {
  name: 'product',
  description: 'the product of two factors from 2 to 12; the last number of the first line counts',
  settings: {
    prompt: { kind: 'chat', system: null, user: '{question}', date: '26 Jul 2024' },
    grader: { name: 'last-number', mustEnd: true },
    maxPromptTokens: 64,
    maxCompletionTokens: 48,
    stop: ['\n'],
    evaluation: { samples: 20 },
  },
  *rows() {
    const pairs = shuffledPairs(new SeededRandom(SEED));
    for (const [index, pair] of pairs.entries()) {
      const split =
        index < HELD_OUT_PAIRS ? 'held-out' : index < HELD_OUT_PAIRS + VALIDATION_PAIRS ? 'validation' : 'train';
      for (let copy = 0; copy < (split === 'train' ? TRAIN_COPIES : 1); copy++) {
        for (const row of rowsOf(pair)) yield [split, row];
      }
    }
  },
};

/** All unordered pairs in random order: each is inserted at a random place. */
function shuffledPairs(random: SeededRandom): Pair[] {
  const pairs: Pair[] = [];
  for (let low = LOWEST; low <= HIGHEST; low++) {
    for (let high = low; high <= HIGHEST; high++) pairs.splice(random.integer(0, pairs.length), 0, [low, high]);
  }
  return pairs;
}

/** a · b and b · a, which stay in one split and count as one cluster: who knows one, mostly knows the other. */
function rowsOf([low, high]: Pair): TaskRow[] {
  const row = (a: number, b: number): TaskRow => ({
    question: `What is ${a} * ${b}?`,
    answer: String(a * b),
    cluster: `${low} * ${high}`,
  });
  return low === high ? [row(low, high)] : [row(low, high), row(high, low)];
}
