// Trains the built-in model from random weights: supervised full fine-tuning on the corpus, with our own engine. Runs in make:model.
import type { AdamWOptions, SequenceGroup, Session } from '../../native/binding/index.d.ts';
import { END_TOKEN } from './architecture.ts';
import { corpusBatch } from './chain.ts';
import type { ChainRow, CorpusDocument, CorpusMixture } from './chain.ts';

export interface BaseTraining {
  seed: number;
  steps: number;
  documentsPerStep: number;
  peakLearningRate: number;
  warmUpSteps: number;
  weightDecay: number;
  clipNorm: number;
  mixture: CorpusMixture;
}
export interface BaseQuality {
  problems: number;
  sampledAccuracy: number;
  greedyAccuracy: number;
  /** Share of sampled completions that write their working. */
  carefulShare: number;
  /** Accuracy of those. */
  carefulAccuracy: number;
}

const ADAM = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8 };
const STORAGE: AdamWOptions['storage'] = { precision: 'fp32', mode: 'rounded-after-step' };
/** Small enough that a step's 512 documents (about 6,900 tokens) keep 16 workers busy; sums do not depend on their number. */
const MICRO_BATCH_TOKENS = 448;
const MAX_COMPLETION_TOKENS = 12;
const EVALUATION_CONTEXT_TOKENS = 2048;
const EVALUATION_SEQUENCES = 64;

/** Linear warm-up, then a cosine to zero at the last step (one-based). */
export function learningRateAt(step: number, training: BaseTraining): number {
  const { steps, warmUpSteps, peakLearningRate } = training;
  if (step <= warmUpSteps) return (peakLearningRate * step) / warmUpSteps;
  const progress = (step - warmUpSteps) / Math.max(1, steps - warmUpSteps);
  return (peakLearningRate * (1 + Math.cos(Math.PI * progress))) / 2;
}

/**
 * Leaves the trained weights live in the session.
 * @param excluded questions that no document may ask
 * @param report called after every step with the batch's loss in nats a token
 */
export async function trainBase(
  session: Session,
  training: BaseTraining,
  excluded: ReadonlySet<string>,
  report: (step: number, loss: number) => void,
): Promise<void> {
  await session.setAdapter({ kind: 'full' });
  const endToken = session.tokenize(END_TOKEN, { special: true, addBos: false });
  for (let step = 1; step <= training.steps; step++) {
    const documents = corpusBatch(training.seed, step, training.documentsPerStep, training.mixture, excluded);
    session.zeroGrad();
    const { loss } = await session.pass(sequenceGroups(session, documents, endToken), {
      temperature: 1,
      backward: true,
      microBatchTokens: MICRO_BATCH_TOKENS,
    });
    await session.optimStep({
      ...ADAM,
      learningRate: learningRateAt(step, training),
      weightDecay: training.weightDecay,
      clipNorm: training.clipNorm,
      storage: STORAGE,
    });
    report(step, loss);
  }
}

/** Loss: mean over the continuations' tokens, their end included; questions are not trained, since they are random. */
function sequenceGroups(session: Session, documents: readonly CorpusDocument[], endToken: Int32Array): SequenceGroup[] {
  const plain = { special: false, addBos: false };
  const tokenised = documents.map(({ question, continuation }) => ({
    prefix: session.tokenize(question, plain),
    suffix: Int32Array.of(...session.tokenize(continuation, plain), ...endToken),
  }));
  const tokenCount = tokenised.reduce((sum, { suffix }) => sum + suffix.length, 0);
  return tokenised.map(({ prefix, suffix }) => ({
    prefix,
    prefixWeights: null,
    suffixes: [suffix],
    suffixWeights: [new Float32Array(suffix.length).fill(1 / tokenCount)],
  }));
}

/** How often the model is right on unseen problems, and how often it works them out. */
export async function measureBase(session: Session, problems: readonly ChainRow[]): Promise<BaseQuality> {
  await session.configureRollouts({
    contextTokens: EVALUATION_CONTEXT_TOKENS,
    maxSequences: EVALUATION_SEQUENCES,
    cacheType: 'f16',
    flashAttention: false,
    cacheLayout: 'unified',
    workers: 0,
    batchTokens: 512,
  });
  const sampled = await completionTexts(session, problems, 1);
  const greedy = await completionTexts(session, problems, 0);
  const isRight = (text: string, index: number): boolean => text.endsWith(`#${problems[index]?.answer}`);
  const careful = sampled.map((text, index) => ({ text, index })).filter(({ text }) => text.startsWith('='));
  return {
    problems: problems.length,
    sampledAccuracy: sampled.filter(isRight).length / problems.length,
    greedyAccuracy: greedy.filter(isRight).length / problems.length,
    carefulShare: careful.length / problems.length,
    carefulAccuracy: careful.filter(({ text, index }) => isRight(text, index)).length / Math.max(1, careful.length),
  };
}

/** One completion a problem, without what ended it. A completion that was cut off counts as empty. */
async function completionTexts(
  session: Session,
  problems: readonly ChainRow[],
  temperature: number,
): Promise<string[]> {
  const { completions } = await session.sample({
    prompts: problems.map(({ question }, index) => ({
      tokens: session.tokenize(question, { special: false, addBos: false }),
      promptId: index,
      lane: 0,
    })),
    sampleCount: 1,
    seed: 1,
    stream: 0,
    temperature,
    topP: 1,
    topK: 0,
    maxTokens: MAX_COMPLETION_TOKENS,
    stop: [],
  });
  const decoder = new TextDecoder();
  return completions.map(([completion]) =>
    completion?.finishReason === 'end' ? decoder.decode(session.detokenize(completion.tokens, { special: false })) : '',
  );
}
