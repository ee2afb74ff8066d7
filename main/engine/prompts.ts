// Turns data rows into token ids: the model's chat template or plain text. Runs in the engine process.
import type { PromptConfig } from '../../contracts/run-config.ts';
import type { ModelInfo, Session } from '../../native/binding/index.d.ts';
import { BadInputError } from './bad-input.ts';
import type { TemplatePiece, TemplateSettings } from './chat-template.ts';
import { renderTemplate } from './chat-template.ts';
import type { ChatMessage, DataSet, Problem } from './data.ts';

export type PromptSession = Pick<Session, 'info' | 'tokenize' | 'detokenize'>;

export interface Prompt {
  tokens: Int32Array;
  /** For people: what the tokens say. */
  text: string;
}

type MessagePiece = TemplatePiece & { kind: 'message' };
type PromptPiece = MessagePiece | (TemplatePiece & { kind: 'template' } & Prompt);

export interface PromptLimits {
  maxPromptTokens: number;
  maxCompletionTokens: number;
}

// Tokenising a large file takes seconds; between slices the engine answers and its heart beats.
const ROWS_PER_SLICE = 128;

export class PromptBuilder {
  readonly #session: PromptSession;
  readonly #config: PromptConfig;
  readonly #info: ModelInfo;
  readonly #pieces = new Map<string, PromptPiece[]>();

  constructor(session: PromptSession, config: PromptConfig) {
    this.#session = session;
    this.#config = config;
    this.#info = session.info();
    if (!this.#info.hasTokenizer) {
      throw new BadInputError(
        `Model ${this.#info.name} has no tokenizer, so text cannot be trained; choose a GGUF with one`,
      );
    }
    if (config.kind === 'chat' && this.#info.chatTemplate === null) {
      throw new BadInputError(`Model ${this.#info.name} has no chat template; set prompt.kind to plain`);
    }
  }

  /** The prompt of a problem; `where` (file and line) is for the error's sake. */
  build(problem: Problem, where: string): Prompt {
    return this.#config.kind === 'plain' ? this.#plain(problem, where) : this.#chat(problem);
  }

  /** Prompts of a whole file; a prompt that is too long is refused with its line, never cut. */
  async buildAll(data: DataSet, limits: PromptLimits): Promise<Prompt[]> {
    const prompts: Prompt[] = [];
    for (const [index, problem] of data.problems.entries()) {
      const where = `${data.path}:${problem.line}`;
      const prompt = this.build(problem, where);
      this.#checkLength(prompt.tokens.length, where, limits);
      prompts.push(prompt);
      if (index % ROWS_PER_SLICE === ROWS_PER_SLICE - 1) await new Promise((resolve) => setImmediate(resolve));
    }
    return prompts;
  }

  /** Ids of a supervised target: its text without special tokens, then the id that ends the model's turn. */
  target(problem: Problem, text: string): Int32Array {
    const body = this.#session.tokenize(text, { special: false, addBos: false });
    return Int32Array.from([...body, this.#endOfTurn(problem)]);
  }

  #plain(problem: Problem, where: string): Prompt {
    if (this.#config.kind !== 'plain' || problem.question === null) {
      throw new BadInputError(`${where}: a plain prompt needs question; rows with messages need prompt.kind chat`);
    }
    const text = this.#config.text.replaceAll('{question}', () => problem.question ?? '');
    const addBos = this.#info.addsBeginOfSequence;
    return { tokens: this.#session.tokenize(text, { special: false, addBos }), text };
  }

  #chat(problem: Problem): Prompt {
    const messages = this.#messages(problem);
    const parts = this.#piecesFor(messages, true).map((piece): Prompt => {
      if (piece.kind === 'template') return piece;
      const text = messageText(piece, messages);
      return { text, tokens: this.#session.tokenize(text, { special: false, addBos: false }) };
    });
    const tokens = this.#withBeginOfSequence(parts.flatMap((part) => [...part.tokens]));
    return { tokens, text: parts.map((part) => part.text).join('') };
  }

  #messages(problem: Problem): ChatMessage[] {
    if (this.#config.kind !== 'chat') return [];
    const { system, user } = this.#config;
    const question = problem.question;
    const turns: ChatMessage[] = problem.messages ?? [
      { role: 'user', content: user.replaceAll('{question}', () => question ?? '') },
    ];
    const needsSystem = system !== null && turns[0]?.role !== 'system';
    return needsSystem ? [{ role: 'system', content: system }, ...turns] : turns;
  }

  /** The template's own BOS counts: it is put in front only where the model wants one and the template printed none. */
  #withBeginOfSequence(tokens: number[]): Int32Array {
    const begin = this.#info.beginOfSequenceId;
    const missing = this.#info.addsBeginOfSequence && begin !== null && tokens[0] !== begin;
    return Int32Array.from(missing ? [begin, ...tokens] : tokens);
  }

  /** Rendered and tokenised once for each sequence of roles. */
  #piecesFor(messages: readonly ChatMessage[], addGenerationPrompt: boolean): PromptPiece[] {
    const roles = messages.map((message) => message.role);
    const key = `${addGenerationPrompt ? 'open' : 'closed'} ${roles.join(' ')}`;
    const known = this.#pieces.get(key);
    if (known) return known;
    const pieces = renderTemplate(this.#templateSettings(), roles, addGenerationPrompt).map((piece) =>
      piece.kind === 'template'
        ? { ...piece, tokens: this.#session.tokenize(piece.text, { special: true, addBos: false }) }
        : piece,
    );
    this.#pieces.set(key, pieces);
    return pieces;
  }

  #templateSettings(): TemplateSettings {
    const special = (id: number | null | undefined) =>
      id === null || id === undefined
        ? ''
        : new TextDecoder().decode(this.#session.detokenize(Int32Array.of(id), { special: true }));
    return {
      source: this.#info.chatTemplate ?? '',
      date: this.#config.kind === 'chat' ? this.#config.date : '',
      beginOfSequence: special(this.#info.beginOfSequenceId),
      endOfSequence: special(this.#info.endOfSequenceId),
    };
  }

  /** The id that the template prints after an assistant turn, where it ends generation; else the vocabulary's end of sequence. */
  #endOfTurn(problem: Problem): number {
    const ends = new Set(this.#info.endOfGenerationIds);
    if (this.#config.kind === 'chat') {
      const turns: ChatMessage[] = [...this.#messages(problem), { role: 'assistant', content: '' }];
      const last = this.#piecesFor(turns, false).at(-1);
      const printed = last?.kind === 'template' ? last.tokens.find((id) => ends.has(id)) : undefined;
      if (printed !== undefined) return printed;
    }
    const end = this.#info.endOfSequenceId ?? this.#info.endOfGenerationIds[0];
    if (end === undefined)
      throw new BadInputError(`Model ${this.#info.name} has no end-of-generation token; choose another model`);
    return end;
  }

  #checkLength(length: number, where: string, limits: PromptLimits): void {
    if (length > limits.maxPromptTokens) {
      throw new BadInputError(
        `${where}: the prompt has ${length} tokens, more than maxPromptTokens (${limits.maxPromptTokens}); ` +
          'raise maxPromptTokens or remove the row',
      );
    }
    const context = this.#info.trainedContextTokens;
    if (length + limits.maxCompletionTokens > context) {
      throw new BadInputError(
        `${where}: the prompt's ${length} tokens and maxCompletionTokens (${limits.maxCompletionTokens}) exceed ` +
          `the model's context of ${context} tokens; lower maxCompletionTokens or remove the row`,
      );
    }
  }
}

function messageText(piece: MessagePiece, messages: readonly ChatMessage[]): string {
  let text = messages[piece.index]?.content ?? '';
  if (piece.trimStart) text = text.trimStart();
  return piece.trimEnd ? text.trimEnd() : text;
}
