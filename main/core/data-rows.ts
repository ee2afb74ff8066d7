// Reads data files row by row for people: what training would refuse is shown with its reason. Host and tool process.
import { createReadStream } from 'node:fs';
import { z } from 'zod';
import { badInput, errorMessage } from '../../contracts/app-error.ts';
import type { DataRowView } from '../../contracts/library.ts';

const Turn = z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() });
const Answer = z.union([z.string().min(1), z.number().transform(String)]);
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const DECODER = new TextDecoder('utf-8', { fatal: true });

type Fields = Omit<DataRowView, 'line' | 'problem'>;
const NO_FIELDS: Fields = { question: null, messages: null, answer: null, solution: null, cluster: null };

/** The rows of a JSON Lines file, every line of it. Throws BAD_INPUT where it cannot be read. */
export async function* readDataRows(path: string): AsyncGenerator<DataRowView> {
  let line = 0;
  let rest = Buffer.alloc(0);
  try {
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let start = 0;
      for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
        yield viewOf(decode(bytes.subarray(start, end)), ++line);
        start = end + 1;
      }
      rest = Buffer.from(bytes.subarray(start));
    }
  } catch (error) {
    throw badInput(`Data file ${path} cannot be read (${errorMessage(error)}): give a readable JSON Lines file.`);
  }
  if (rest.length > 0) yield viewOf(decode(rest), line + 1);
}

/** Null where the bytes are no UTF-8 text. */
function decode(bytes: Buffer): string | null {
  const end = bytes.at(-1) === CARRIAGE_RETURN ? bytes.length - 1 : bytes.length;
  try {
    return DECODER.decode(bytes.subarray(0, end));
  } catch {
    return null;
  }
}

function viewOf(text: string | null, line: number): DataRowView {
  const broken = (kind: string, message: string, fields: Fields = NO_FIELDS): DataRowView => ({
    line,
    ...fields,
    problem: { kind, message },
  });
  if (text === null) return broken('not-json', 'the line is not UTF-8 text');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return broken(
      'not-json',
      text.trim() === '' ? 'the line is empty' : `the line is not JSON (${errorMessage(error)})`,
    );
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return broken('not-json', 'the line is not one object');
  }
  const row = value as Record<string, unknown>;
  const fields: Fields = {
    question: textOf(row['question']),
    messages: z.array(Turn).min(1).safeParse(row['messages']).data ?? null,
    answer: Answer.safeParse(row['answer']).data ?? null,
    solution: textOf(row['solution']),
    cluster: textOf(row['cluster']),
  };
  const problem = problemOf(row, fields);
  return problem === null ? { line, ...fields, problem } : broken(problem.kind, problem.message, fields);
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** What the engine's reader would refuse; null where it takes the row. */
function problemOf(row: Record<string, unknown>, fields: Fields): { kind: string; message: string } | null {
  if (fields.answer === null) return { kind: 'no-answer', message: '`answer` is missing or is no text or number' };
  const states = (name: string): boolean => row[name] !== undefined;
  if (states('question') && fields.question === null) {
    return { kind: 'no-question', message: '`question` is empty or no text' };
  }
  if (states('messages') && fields.messages === null) {
    return { kind: 'wrong-shape', message: '`messages` is no list of turns with role and content' };
  }
  if (fields.question === null && fields.messages === null) {
    return { kind: 'no-question', message: 'neither `question` nor `messages` is there' };
  }
  if (fields.question !== null && fields.messages !== null) {
    return { kind: 'wrong-shape', message: '`question` and `messages` are both there; one of the two belongs there' };
  }
  if (fields.messages !== null && fields.messages.at(-1)?.role !== 'user') {
    return { kind: 'wrong-shape', message: "`messages` does not end with the user's turn" };
  }
  const wrong = ['solution', 'cluster'].find(
    (name) => row[name] !== undefined && row[name] !== null && textOf(row[name]) === null,
  );
  return wrong === undefined ? null : { kind: 'wrong-shape', message: `\`${wrong}\` is no text` };
}
