// Answers of a model with and without adapters, a few tokens at a time. Runs in the playground process.
import type {
  GenerateCommand,
  PlaygroundAnswer,
  PlaygroundSideName,
  PlaygroundToken,
} from '../../../contracts/playground.ts';
import type { PromptConfig } from '../../../contracts/run-config.ts';
import type { AdapterArgument } from '../../../contracts/tool-protocol.ts';
import type { Session } from '../../../native/binding/index.d.ts';
import { BadInputError, errorCode } from '../bad-input.ts';
import { gradeCompletion, textBeforeStop } from '../graders/grade.ts';
import { checkGrader } from '../graders/rules.ts';
import { modelHash } from '../model-hash.ts';
import { openSession } from '../native.ts';
import type { Prompt } from '../prompts.ts';
import { PromptBuilder } from '../prompts.ts';
import { evaluationRolloutOptions } from '../settings.ts';
import { applyAdapter } from './adapter-argument.ts';
import { promptFor } from './eval.ts';
import { fallBackNotes, tokenPiece } from './prompt.ts';
import type { OpenedModel } from './tool-context.ts';

/**
 * Every call computes prompt and answer so far again. The calls grow, so that the first words come soon and a long answer is
 * computed about once per 64 tokens.
 */
const FIRST_TOKENS = 4;
const MOST_TOKENS = 64;
const ENGINE = {
  threads: 0,
  workers: 1,
  contextTokens: 0,
  maxSequences: 1,
  cacheType: 'f16',
  flashAttention: true,
  microBatchTokens: 0,
} as const;

export interface TokenChunk {
  side: PlaygroundSideName;
  text: string;
  tokens: PlaygroundToken[];
}

interface OpenPlayground extends OpenedModel {
  device: 'cpu' | 'gpu';
}

export class Playground {
  #open: OpenPlayground | null = null;
  #isStopped = false;

  /**
   * The sides' answers one after the other, each with the same seed; `emit` gets tokens as they come. A stopped answer is
   * what there is of it. Throws BadInputError for an adapter of another model, a prompt that does not fit.
   */
  async generate(command: GenerateCommand, emit: (chunk: TokenChunk) => void): Promise<PlaygroundAnswer[]> {
    this.#isStopped = false;
    if (command.grading !== null) checkGrader(command.grading.grader);
    const model = await this.#model(command);
    const prompt = buildPrompt(model, command);
    const answers: PlaygroundAnswer[] = [];
    for (const { side, adapter } of command.sides) {
      answers.push(await this.#answer(model, prompt, side, adapter, command, emit));
    }
    return answers;
  }

  /** The answers end with what they have. */
  stop(): void {
    this.#isStopped = true;
    this.#open?.session.cancel();
  }

  async #model({ modelPath: path, cacheFolder, device }: GenerateCommand): Promise<OpenPlayground> {
    const hash = await modelHash(path, cacheFolder);
    if (this.#open?.hash === hash && this.#open.path === path && this.#open.device === device) return this.#open;
    const before = this.#open;
    this.#open = null;
    await before?.session.dispose();
    const session = await openSession({
      modelPath: path,
      modelHash: hash,
      device,
      numerics: 'native',
      threads: 0,
      workers: 1,
      basesDir: `${cacheFolder}/bases`,
    });
    this.#open = { session, info: session.info(), path, hash, device };
    return this.#open;
  }

  async #answer(
    model: OpenPlayground,
    prompt: Prompt & { notes: string[] },
    side: PlaygroundSideName,
    adapter: AdapterArgument,
    command: GenerateCommand,
    emit: (chunk: TokenChunk) => void,
  ): Promise<PlaygroundAnswer> {
    const warnings = [...prompt.notes];
    const context = { progress: () => undefined, warn: (message: string) => void warnings.push(message) };
    const writer = new AnswerWriter(model.session, command.sampling.stop, (text, tokens) =>
      emit({ side, text, tokens }),
    );
    let startMs = performance.now();
    const finishReason = await this.#unlessStopped(async () => {
      await model.session.clearAdapter();
      await applyAdapter(adapter, model, context);
      startMs = performance.now();
      return this.#sample(model, prompt, command, writer);
    });
    const { text } = writer;
    const { grading } = command;
    const grade = grading === null ? null : gradeCompletion(grading.grader, text, grading.answer, finishReason);
    return {
      side,
      text,
      promptTokenCount: prompt.tokens.length,
      tokenCount: writer.tokens.length,
      finishReason,
      durationMs: performance.now() - startMs,
      grade: grade === null ? null : { correct: grade.reward === 1, extracted: grade.extracted },
      warnings,
    };
  }

  async #sample(
    { session, info, device }: OpenPlayground,
    prompt: Prompt,
    { sampling }: GenerateCommand,
    writer: AnswerWriter,
  ): Promise<PlaygroundAnswer['finishReason']> {
    const { seed, temperature, topP, topK, maxTokens, stop } = sampling;
    const shape = {
      longestPromptTokens: prompt.tokens.length + maxTokens,
      promptCount: 1,
      samples: 1,
      maxTokens: MOST_TOKENS,
    };
    await session.configureRollouts(evaluationRolloutOptions({ ...ENGINE, device }, shape, info));
    for (let wanted = FIRST_TOKENS, part = 0; ; wanted = Math.min(2 * wanted, MOST_TOKENS), part++) {
      if (this.#isStopped) return 'cancelled';
      const count = Math.min(wanted, maxTokens - writer.tokens.length);
      const tokens = Int32Array.from([...prompt.tokens, ...writer.tokens]);
      const { completions } = await session.sample({
        prompts: [{ tokens, promptId: 0, lane: 0 }],
        // A stream of its own for each part: the same random numbers must not come again.
        ...{ sampleCount: 1, seed, stream: part, temperature, topP, topK, maxTokens: count, stop },
      });
      const completion = completions[0]?.[0];
      if (completion === undefined) return 'cancelled';
      const ended = writer.add(completion.tokens, completion.logprobs);
      if (completion.finishReason !== 'length') return completion.finishReason;
      if (ended) return 'stop';
      if (writer.tokens.length >= maxTokens) return 'length';
    }
  }

  /** A stop ends whatever an answer is at: its adapter's making as well as its sampling. */
  async #unlessStopped(
    work: () => Promise<PlaygroundAnswer['finishReason']>,
  ): Promise<PlaygroundAnswer['finishReason']> {
    try {
      return this.#isStopped ? 'cancelled' : await work();
    } catch (error) {
      if (this.#isStopped && errorCode(error) === 'CANCELLED') return 'cancelled';
      throw error;
    }
  }
}

/** Turns tokens into text that only ever grows by whole characters, and finds stop strings across parts. */
class AnswerWriter {
  readonly tokens: number[] = [];
  readonly #session: Session;
  readonly #stop: readonly string[];
  readonly #emit: (text: string, tokens: PlaygroundToken[]) => void;
  readonly #decoder = new TextDecoder();
  #written = '';

  constructor(session: Session, stop: readonly string[], emit: (text: string, tokens: PlaygroundToken[]) => void) {
    this.#session = session;
    this.#stop = stop;
    this.#emit = emit;
  }

  /** All that was written, up to the first stop string. */
  get text(): string {
    return textBeforeStop(this.#written, this.#stop);
  }

  /** @returns whether a stop string is there */
  add(tokens: Int32Array, logprobs: Float32Array): boolean {
    this.tokens.push(...tokens);
    const before = this.text.length;
    this.#written += this.#decoder.decode(this.#session.detokenize(tokens, { special: false }), { stream: true });
    const pieces = [...tokens].map((id, index) => {
      const { text } = tokenPiece(this.#session, id);
      return { id, text, logprob: logprobs[index] ?? 0 };
    });
    this.#emit(this.text.slice(before), pieces);
    return this.text.length < this.#written.length;
  }
}

function buildPrompt(
  { session, info }: OpenPlayground,
  { prompt, sampling }: GenerateCommand,
): Prompt & { notes: string[] } {
  const template = promptFor(prompt.template, info.chatTemplate);
  const problem = { line: 1, ...questionOf(template, prompt.messages), answer: '', solution: null, cluster: null };
  const built = new PromptBuilder(session, template).build(problem, 'The chat');
  const room = info.trainedContextTokens - built.tokens.length;
  if (sampling.maxTokens > room) {
    throw new BadInputError(
      `The prompt has ${built.tokens.length} tokens and ${sampling.maxTokens} more are asked for, but the context of ${info.name} is ${info.trainedContextTokens} tokens. Ask for at most ${Math.max(0, room)}, or clear the chat.`,
    );
  }
  return { ...built, notes: fallBackNotes(prompt.template, template) };
}

/** A single user turn goes through the task's own wording; a chat's turns stand as they are. */
function questionOf(
  template: PromptConfig,
  messages: GenerateCommand['prompt']['messages'],
): { question: string | null; messages: GenerateCommand['prompt']['messages'] | null } {
  const [first] = messages;
  if (messages.length === 1 && first?.role === 'user') return { question: first.content, messages: null };
  if (messages.at(-1)?.role !== 'user') throw new BadInputError("The chat must end with the user's turn");
  if (template.kind === 'chat') return { question: null, messages };
  // Without a template the turns of a chat have no form that the model knows: they follow each other.
  return { question: messages.map(({ content }) => content).join('\n'), messages: null };
}
