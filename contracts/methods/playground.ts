// Methods to try adapters in a chat, and to take them along as a line of text. Used by the host and its clients.
import { z } from 'zod';
import {
  AdapterIdentity,
  HeldOutProblem,
  PlaygroundAdapter,
  PlaygroundAnswer,
  PlaygroundGrading,
  PlaygroundPrompt,
  PlaygroundSampling,
  PlaygroundSideName,
  PlaygroundState,
  PlaygroundToken,
} from '../playground.ts';

const none = z.strictObject({});

export const PLAYGROUND_METHODS = {
  playgroundState: { params: none, result: PlaygroundState },
  /**
   * Both sides answer, one after the other, with the same seed; tokens arrive as `playgroundTokens`. Answers once all have
   * ended. CONFLICT: it is generating already, or training holds the GPU (then give `device: cpu`).
   */
  generate: {
    params: z.strictObject({
      /** Chosen by the client to know its events by. */
      requestId: z.int().min(0),
      model: z.string().min(1),
      device: z.enum(['cpu', 'gpu']).default('cpu'),
      sides: z
        .array(z.strictObject({ side: PlaygroundSideName, adapter: PlaygroundAdapter }))
        .min(1)
        .max(2),
      prompt: PlaygroundPrompt,
      sampling: PlaygroundSampling.prefault({}),
      grading: PlaygroundGrading.nullable().default(null),
    }),
    result: z.strictObject({ answers: z.array(PlaygroundAnswer) }),
  },
  /** What was generated so far is the answer. */
  stopGenerating: { params: none, result: PlaygroundState },
  /** Ends its process, whatever it does; the next `generate` starts a new one. */
  restartPlayground: { params: none, result: PlaygroundState },
  /** Frees its memory. */
  closePlayground: { params: none, result: PlaygroundState },
  /** A problem that no training sees: of a built-in task, or of a run's held-out file. `line` null: drawn at random. */
  heldOutProblem: {
    params: z.strictObject({
      from: z.union([z.strictObject({ task: z.string().min(1) }), z.strictObject({ run: z.string().min(1) })]),
      line: z.int().min(1).nullable().default(null),
    }),
    result: HeldOutProblem,
  },
  /** The adapter that a run has trained so far, as one `tinylora1:` line. */
  exportAdapterLine: {
    params: z.strictObject({ id: z.string().min(1) }),
    result: z.strictObject({ text: z.string(), trainableNumbers: z.int(), sizeBytes: z.int() }),
  },
  identifyAdapter: { params: z.strictObject({ text: z.string().min(1) }), result: AdapterIdentity },
} as const;

export const PLAYGROUND_EVENTS = [
  z.strictObject({
    type: z.literal('playgroundTokens'),
    requestId: z.int(),
    side: PlaygroundSideName,
    text: z.string(),
    tokens: z.array(PlaygroundToken),
  }),
  z.strictObject({ type: z.literal('playgroundChanged'), state: PlaygroundState }),
] as const;
