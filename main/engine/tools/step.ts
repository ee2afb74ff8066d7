// One batch of given rollouts or examples through the training code itself: the `step` command. Runs in the tool process.
import { z } from 'zod';
import type { AdapterInfo, AdamWOptions, Session } from '../../../native/binding/index.d.ts';
import { BadInputError } from '../bad-input.ts';
import type { GrpoSettings, UpdateResult } from '../grpo.ts';
import { updateOnRollouts } from '../grpo.ts';
import type { SftStep } from '../sft.ts';
import { updateOnExamples } from '../sft.ts';

const tokens = z.array(z.int().min(0)).min(1);
const optimiserKeys = {
  optimiser: z.literal('adamw').default('adamw'),
  lr: z.number().positive(),
  adam_betas: z.tuple([z.number(), z.number()]).default([0.9, 0.999]),
  adam_epsilon: z.number().default(1e-8),
  weight_decay: z.number().default(0),
  clip_norm: z.number().min(0).default(1),
  optimiser_steps: z.int().min(1).default(1),
};
const GrpoFile = z.object({
  kind: z.literal('grpo'),
  config: z.object({
    ...optimiserKeys,
    temperature: z.number().positive().default(1),
    clip_epsilon: z.number().positive().default(0.2),
    beta: z.number().min(0).default(0),
    loss_aggregation: z.enum(['token-mean', 'sequence-mean', 'dr-grpo']).default('token-mean'),
    max_completion_tokens: z.int().min(1),
    advantage: z.enum(['group-std', 'mean-only']).default('group-std'),
    advantage_epsilon: z.number().min(0).default(1e-6),
    importance_cap: z.number().positive().default(2),
  }),
  groups: z
    .array(
      z.object({
        prompt: tokens,
        completions: z.array(z.object({ tokens, reward: z.number(), logprobs: z.array(z.number()).min(1) })).min(1),
      }),
    )
    .min(1),
});
const SftFile = z.object({
  kind: z.literal('sft'),
  config: z.object(optimiserKeys),
  examples: z.array(z.object({ prompt: tokens, completion: tokens })).min(1),
});
const StepFile = z.discriminatedUnion('kind', [GrpoFile, SftFile]);

type Groups = z.infer<typeof GrpoFile>['groups'];

/**
 * @param file parsed JSON of a step file; what it expects is not read
 * @param path for error messages
 * @param adapter of the session, as setAdapter returned it
 * @returns `expected` of such a file: lists by group, completion and token
 */
export async function runStepFile(session: Session, adapter: AdapterInfo, file: unknown, path: string) {
  const parsed = StepFile.safeParse(file);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new BadInputError(
      `${path}: ${issue?.path.join('.') || 'the file'}: ${issue?.message ?? 'invalid'}; give a grpo or sft step file`,
    );
  }
  return parsed.data.kind === 'grpo' ? grpo(session, adapter, parsed.data, path) : sft(session, adapter, parsed.data);
}

function optimiserOptions(config: z.infer<typeof SftFile>['config']): AdamWOptions {
  return {
    learningRate: config.lr,
    beta1: config.adam_betas[0],
    beta2: config.adam_betas[1],
    epsilon: config.adam_epsilon,
    weightDecay: config.weight_decay,
    clipNorm: config.clip_norm,
    storage: { precision: 'fp32', mode: 'rounded-after-step' },
  };
}

async function grpo(session: Session, adapter: AdapterInfo, file: z.infer<typeof GrpoFile>, path: string) {
  const { config } = file;
  checkLengths(file.groups, path);
  const settings: GrpoSettings = {
    temperature: config.temperature,
    clipEpsilon: config.clip_epsilon,
    klCoefficient: config.beta,
    importanceCap: config.importance_cap,
    advantage: config.advantage,
    advantageEpsilon: config.advantage_epsilon,
    aggregation: config.loss_aggregation,
    maxCompletionTokens: config.max_completion_tokens,
    optimiserSteps: config.optimiser_steps,
    optimiser: optimiserOptions(config),
    microBatchTokens: 0,
    // Full fine-tuning starts from the reference policy itself.
    referenceParams: adapter.kind === 'full' ? session.params() : null,
    recordAll: true,
  };
  const groups = file.groups.map(({ prompt, completions }) => ({
    prompt: Int32Array.from(prompt),
    completions: completions.map((completion) => ({
      tokens: Int32Array.from(completion.tokens),
      logprobs: Float32Array.from(completion.logprobs),
      reward: completion.reward,
    })),
  }));
  return grpoRecord(adapter, await updateOnRollouts(session, settings, groups));
}

/** With recordAll every group is sent, so the lists have the shape of the file. */
function grpoRecord(adapter: AdapterInfo, update: UpdateResult) {
  return {
    advantages: update.advantages,
    logprobs_old: lists(update.oldLogprobs),
    logprobs_ref: lists(update.referenceLogprobs ?? []),
    importance_weights: lists(update.steps[0]?.pass.groups.map((group) => group.importanceWeights ?? []) ?? []),
    steps: update.steps.map((step) => ({
      logprobs: lists(step.pass.groups.map((group) => group.suffixLogprobs)),
      ratios: lists(step.pass.groups.map((group) => group.ratios ?? [])),
      k3: referenceDivergence(
        update.referenceLogprobs ?? [],
        step.pass.groups.map((group) => group.suffixLogprobs),
      ),
      clipped: lists(step.pass.groups.map((group) => group.clipped ?? [])),
      dloss_dlogprob: lists(step.pass.groups.map((group) => group.lossGradients ?? [])),
      ...optimiserRecord(adapter, step),
    })),
  };
}

/** Paper §2: k3 = e^d − d − 1, d = log π_ref − log π. Also where β = 0 and the objective has no use for it. */
function referenceDivergence(reference: Float32Array[][], policy: Float32Array[][]): number[][][] {
  return policy.map((group, groupIndex) =>
    group.map((logprobs, index) =>
      Array.from(logprobs, (logprob, token) => {
        const difference = (reference[groupIndex]?.[index]?.[token] ?? NaN) - logprob;
        return Math.expm1(difference) - difference;
      }),
    ),
  );
}

async function sft(session: Session, adapter: AdapterInfo, file: z.infer<typeof SftFile>) {
  const settings = {
    optimiserSteps: file.config.optimiser_steps,
    optimiser: optimiserOptions(file.config),
    microBatchTokens: 0,
    recordAll: true,
  };
  const examples = file.examples.map(({ prompt, completion }) => ({
    prompt: Int32Array.from(prompt),
    completion: Int32Array.from(completion),
  }));
  const tokenCount = examples.reduce((sum, example) => sum + example.completion.length, 0);
  const steps = await updateOnExamples(session, settings, examples);
  return {
    steps: steps.map((step) => ({
      logprobs: step.pass.groups.flatMap((group) => group.suffixLogprobs.map((logprobs) => Array.from(logprobs))),
      // The loss is linear: every token's derivative is −1/N.
      dloss_dlogprob: examples.map((example) => Array.from(example.completion, () => -1 / tokenCount)),
      ...optimiserRecord(adapter, step),
    })),
  };
}

function optimiserRecord(adapter: AdapterInfo, step: Pick<SftStep, 'pass' | 'optimiser' | 'gradient' | 'paramsAfter'>) {
  return {
    loss: step.pass.loss,
    grad: byParameter(adapter, step.gradient ?? new Float64Array()),
    grad_norm: step.optimiser.gradientNorm,
    v_after: byParameter(adapter, step.paramsAfter ?? new Float32Array()),
  };
}

/** The flat list under the parameters' names: PEFT's name of each group's v for TinyLoRA, ours for the other kinds. */
function byParameter(adapter: AdapterInfo, values: Float32Array | Float64Array): Record<string, number[]> {
  const grouped = adapter.kind === 'tinylora' || adapter.kind === 'factored';
  return Object.fromEntries(
    adapter.parameters.map(({ name, offset, shape }, index) => {
      const count = shape.reduce((product, size) => product * size, 1);
      return [grouped ? `base_model.tinylora_v.${index}` : name, Array.from(values.subarray(offset, offset + count))];
    }),
  );
}

function lists(values: readonly (readonly ArrayLike<number>[])[]): number[][][] {
  return values.map((group) => group.map((array) => Array.from(array)));
}

function checkLengths(groups: Groups, path: string): void {
  groups.forEach((group, groupIndex) =>
    group.completions.forEach((completion, index) => {
      if (completion.tokens.length === completion.logprobs.length) return;
      throw new BadInputError(
        `${path}: groups.${groupIndex}.completions.${index}: ${completion.tokens.length} tokens but ` +
          `${completion.logprobs.length} logprobs; give one log-prob a token`,
      );
    }),
  );
}
