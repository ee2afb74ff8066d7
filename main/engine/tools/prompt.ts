// `prompt` and `lengths`: what the model sees of a problem, and how many tokens the prompts of a file have. Tool process.
import type { PromptPreview } from '../../../contracts/library.ts';
import type { PromptConfig } from '../../../contracts/run-config.ts';
import type { ToolArgs, ToolResults } from '../../../contracts/tool-protocol.ts';
import type { Session } from '../../../native/binding/index.d.ts';
import { readDataRows } from '../../core/data-rows.ts';
import { BadInputError } from '../bad-input.ts';
import type { Problem } from '../data.ts';
import { PromptBuilder } from '../prompts.ts';
import { promptFor } from './eval.ts';
import { withModel } from './tool-context.ts';

type Question = Pick<Problem, 'question' | 'messages'>;

export async function previewPrompt(args: ToolArgs<'prompt'>): Promise<PromptPreview> {
  return withModel(args.session, async ({ session, info }) => {
    const prompt = promptFor(args.prompt, info.chatTemplate);
    const { tokens, text } = new PromptBuilder(session, prompt).build(problemOf(args.problem), 'The problem');
    return {
      text,
      tokenCount: tokens.length,
      tokens: [...tokens].map((id) => tokenPiece(session, id)),
      notes: fallBackNotes(args.prompt, prompt),
    };
  });
}

export async function promptLengths(args: ToolArgs<'lengths'>): Promise<ToolResults['lengths']> {
  return withModel(args.session, async ({ session, info }) => {
    const builder = new PromptBuilder(session, promptFor(args.prompt, info.chatTemplate));
    const lengths: number[] = [];
    let skippedRows = 0;
    for await (const { line, question, messages, problem } of readDataRows(args.dataPath)) {
      if (problem !== null) skippedRows += 1;
      else lengths.push(builder.build(problemOf({ question, messages }), `${args.dataPath}:${line}`).tokens.length);
    }
    return { lengths, skippedRows };
  });
}

/** Only what the prompt is made of matters. */
export function problemOf({ question, messages }: Question): Problem {
  if (question === null && messages === null) throw new BadInputError('Give a question or messages');
  return { line: 1, question, messages, answer: '', solution: null, cluster: null };
}

export function fallBackNotes(asked: PromptConfig, used: PromptConfig): string[] {
  return asked.kind === used.kind ? [] : ['The model has no chat template, so the text is given as it is.'];
}

/** A token's text; bytes that are no whole character as \xNN, control characters as JSON writes them. */
export function tokenPiece(
  session: Pick<Session, 'detokenize'>,
  id: number,
): { id: number; text: string; special: boolean } {
  const bytes = session.detokenize(Int32Array.of(id), { special: true });
  const special = bytes.length > 0 && session.detokenize(Int32Array.of(id), { special: false }).length === 0;
  return { id, text: readable(bytes), special };
}

function readable(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return [...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
  }
}
