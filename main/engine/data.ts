// Data sets as JSON Lines: `answer` and either `question` or chat `messages`. Runs in the engine process.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { z } from 'zod';
import { BadInputError } from './bad-input.ts';
import { shuffledOrder } from './random.ts';

const ChatMessage = z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() });
export type ChatMessage = z.infer<typeof ChatMessage>;

// Other fields are the data set's own and pass unread.
const DataRow = z.object({
  answer: z.union([z.string().min(1), z.number().transform(String)]),
  question: z.string().min(1).optional(),
  messages: z.array(ChatMessage).min(1).optional(),
  solution: z.string().min(1).nullable().optional(),
  cluster: z.string().min(1).nullable().optional(),
});

export interface Problem {
  /** One-based line in the file. */
  line: number;
  question: string | null;
  messages: ChatMessage[] | null;
  answer: string;
  /** Reference solution, the target of supervised training; null: the answer alone. */
  solution: string | null;
  /** Problems of one cluster are so alike that intervals count them as one; null: this one is for itself. */
  cluster: string | null;
}

export interface DataSet {
  path: string;
  /** Of the file's bytes, in hex. */
  sha256: string;
  problems: Problem[];
}

/** Reads a whole file or refuses it: a broken line is never skipped. */
export async function loadDataSet(path: string): Promise<DataSet> {
  let text: string;
  let sha256: string;
  try {
    const bytes = await readFile(path);
    sha256 = createHash('sha256').update(bytes).digest('hex');
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    const reason =
      error instanceof TypeError ? 'it is not UTF-8 text' : error instanceof Error ? error.message : String(error);
    throw new BadInputError(`Data file ${path} cannot be read: ${reason}; give a readable JSON Lines file`);
  }
  const lines = text.replace(/\r?\n$/, '').split(/\r?\n/);
  if (text.trim() === '') throw new BadInputError(`Data file ${path} is empty; give at least one problem a line`);
  return { path, sha256, problems: lines.map((line, index) => parseLine(path, line, index + 1)) };
}

function parseLine(path: string, line: string, lineNumber: number): Problem {
  const where = `${path}:${lineNumber}`;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    const reason = line.trim() === '' ? 'the line is empty' : error instanceof Error ? error.message : String(error);
    throw new BadInputError(`${where}: not JSON (${reason}); every line must be one object with answer and question`);
  }
  const row = DataRow.safeParse(value);
  if (!row.success) {
    const issue = row.error.issues[0];
    const key = issue?.path.join('.') || 'the row';
    throw new BadInputError(
      `${where}: ${key}: ${issue?.message ?? 'invalid'}; every row needs answer and question or messages`,
    );
  }
  const { question, messages, answer, solution, cluster } = row.data;
  if ((question === undefined) === (messages === undefined)) {
    throw new BadInputError(`${where}: give either question or messages, one of the two, beside answer`);
  }
  if (messages && messages.at(-1)?.role !== 'user') {
    throw new BadInputError(`${where}: messages must end with the user's turn, which the model then answers`);
  }
  return {
    line: lineNumber,
    question: question ?? null,
    messages: messages ?? null,
    answer,
    solution: solution ?? null,
    cluster: cluster ?? null,
  };
}

/** Steps of one epoch: an incomplete last batch is dropped (paper §2: 7,473 rows and 64 prompts are 116 steps). */
export function stepsPerEpoch(problemCount: number, promptsPerStep: number): number {
  return Math.floor(problemCount / promptsPerStep);
}

/** Rows of a step (one-based), by seed and epoch; no state, so a resumed run continues where it was. */
export function batchIndices(problemCount: number, promptsPerStep: number, seed: number, step: number): number[] {
  const steps = stepsPerEpoch(problemCount, promptsPerStep);
  const epoch = Math.floor((step - 1) / steps);
  const first = ((step - 1) % steps) * promptsPerStep;
  return [...shuffledOrder(problemCount, seed, epoch).slice(first, first + promptsPerStep)];
}

/** Refuses a data set that cannot fill a single batch. */
export function checkBatchSize(data: DataSet, promptsPerStep: number): void {
  if (data.problems.length >= promptsPerStep) return;
  throw new BadInputError(
    `promptsPerStep is ${promptsPerStep}, but ${basename(data.path)} has only ${data.problems.length} problems; ` +
      'lower promptsPerStep or give more data',
  );
}
