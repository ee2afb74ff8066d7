// The task `smallest`: the smallest of five two-digit numbers, after three solved examples. Pure; host and command line.
import { SeededRandom } from '../../../contracts/seeded-random.ts';
import type { Task, TaskRow } from './task.ts';

const SEED = 1;
const LOWEST = 10;
const HIGHEST = 99;
const NUMBERS = 5;
const EXAMPLES = 3;
/** Held-out problems come first, so that they stay when another split grows. Training: 128 steps of 64 prompts. */
const SPLIT_ROWS = [
  ['held-out', 512],
  ['validation', 512],
  ['train', 8192],
] as const;

export const smallest: Task = {
  name: 'smallest',
  description: 'the smallest of five two-digit numbers, after three solved examples',
  settings: {
    prompt: { kind: 'chat', system: null, user: '{question}', date: '26 Jul 2024' },
    grader: { name: 'exact', mustEnd: true },
    maxPromptTokens: 256,
    maxCompletionTokens: 10,
    stop: [],
    evaluation: { samples: 1 },
  },
  *rows() {
    const random = new SeededRandom(SEED);
    const seen = new Set<string>();
    for (const [split, count] of SPLIT_ROWS) {
      for (let index = 0; index < count; index++) yield [split, row(random, seen)];
    }
  },
};

function row(random: SeededRandom, seen: Set<string>): TaskRow {
  const examples = Array.from({ length: EXAMPLES }, () => unseenNumbers(random, seen)).flatMap((numbers) => [
    { role: 'user' as const, content: questionOf(numbers) },
    { role: 'assistant' as const, content: answerOf(numbers) },
  ]);
  const numbers = unseenNumbers(random, seen);
  return { messages: [...examples, { role: 'user', content: questionOf(numbers) }], answer: answerOf(numbers) };
}

/** Different numbers whose set was not drawn before, be it for a problem or for an example. */
function unseenNumbers(random: SeededRandom, seen: Set<string>): number[] {
  for (;;) {
    const numbers = new Set<number>();
    while (numbers.size < NUMBERS) numbers.add(random.integer(LOWEST, HIGHEST));
    const key = [...numbers].sort((one, other) => one - other).join();
    if (seen.has(key)) continue;
    seen.add(key);
    return [...numbers];
  }
}

function questionOf(numbers: readonly number[]): string {
  return `Which of these numbers is the smallest: ${numbers.join(', ')}?`;
}

function answerOf(numbers: readonly number[]): string {
  return String(Math.min(...numbers));
}
