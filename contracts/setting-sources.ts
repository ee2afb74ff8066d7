// What a setting is called, its unit, and where its default comes from: by dotted path. Pure; the schema has the rest.

/**
 * Who chose a default. `paper`: the paper, or a decision that its text leaves open. `ours`: this program, for the reason
 * given. `recipe`: every recipe states it. `measured`: chosen when it runs, by the machine and the model.
 */
export type DefaultSource =
  { kind: 'paper'; where: string } | { kind: 'ours'; where: string } | { kind: 'recipe' | 'measured' };

export type SettingSection = 'model' | 'task' | 'adapter' | 'trainer' | 'sampling' | 'evaluation' | 'engine';

export interface SettingSource {
  section: SettingSection;
  label: string;
  /** Null: a bare number, a choice, a text. */
  unit: string | null;
  source: DefaultSource;
}

const recipe: DefaultSource = { kind: 'recipe' };
const measured: DefaultSource = { kind: 'measured' };
const paper = (where: string): DefaultSource => ({ kind: 'paper', where });
const ours = (where: string): DefaultSource => ({ kind: 'ours', where });

type Row = readonly [path: string, label: string, unit: string | null, source: DefaultSource];

const ROWS: Record<SettingSection, readonly Row[]> = {
  model: [
    ['version', 'Format version', null, ours('the format of this program')],
    ['model', 'Model', null, recipe],
  ],
  task: [
    ['data.train', 'Training data', null, recipe],
    ['data.heldOut', 'Held-out data', null, recipe],
    ['prompt.kind', 'Prompt', null, paper('§5.1: the model’s own chat template')],
    ['prompt.system', 'System turn', null, ours('none, as the template has it')],
    ['prompt.user', 'User turn', null, ours('the question alone')],
    ['prompt.date', 'Date in the template', null, ours('fixed, so that a run can be repeated')],
    ['prompt.text', 'Text', null, ours('the question alone')],
    ['grader.name', 'Grader', null, recipe],
    ['grader.pattern', 'Pattern', null, recipe],
    ['grader.mustEnd', 'Must end by itself', null, ours('cut-off answers may count')],
  ],
  adapter: [
    ['adapter.kind', 'Adapter', null, recipe],
    ['adapter.rank', 'Rank r', 'directions', paper('§4: r = 2 in all main runs')],
    ['adapter.u', 'Numbers a group u', 'numbers', paper('§7: spend on groups first')],
    ['adapter.tying', 'Tying', null, paper('§6.5: tiled beat structured')],
    ['adapter.nTie', 'Modules a group n_tie', 'modules', ours('no sharing')],
    ['adapter.projectionSeed', 'Seed of the projections', null, ours('any fixed number')],
    ['adapter.unitNormProjection', 'Projections of norm 1', null, paper('eq. 3: entries N(0, 1/r)')],
    ['adapter.trainableRank', 'Trainable rank', 'directions', ours('0: the whole rank')],
    ['adapter.targets', 'Targets', null, paper('§4: all seven linear layers')],
    ['adapter.alpha', 'Alpha', null, ours('scale 2 at rank 8, as is customary for LoRA')],
    ['adapter.seed', 'Seed of the adapter', null, ours('any fixed number')],
  ],
  trainer: [
    ['method', 'Method', null, paper('§5.1')],
    ['seed', 'Seed', null, recipe],
    ['steps', 'Steps', 'steps', recipe],
    ['promptsPerStep', 'Prompts a step', 'prompts', paper('§5.1, GSM8K')],
    ['learningRate', 'Learning rate', null, recipe],
    ['adam.beta1', 'Adam β₁', null, paper('§5.1')],
    ['adam.beta2', 'Adam β₂', null, paper('§5.1')],
    ['adam.epsilon', 'Adam ε', null, ours('the optimiser’s customary value')],
    ['weightDecay', 'Weight decay', null, paper('§5.1: 0 for v')],
    ['clipNorm', 'Longest gradient', null, paper('§5.1')],
    ['optimiserSteps', 'Updates on one batch', 'updates', paper('§5.1: one')],
    ['clipEpsilon', 'Clip ε', null, paper('§5.1')],
    ['klCoefficient', 'KL coefficient β', null, paper('§5.1, GSM8K')],
    ['importanceCap', 'Importance cap C', null, ours('the paper gives none')],
    ['advantage', 'Advantage', null, paper('§5.1')],
    ['advantageEpsilon', 'Advantage ε', null, paper('§5.1')],
    ['aggregation', 'Loss over tokens', null, paper('§5.1: mean over all tokens')],
    ['storage.precision', 'Precision of the numbers', null, paper('§6.5: fp32 is best a byte')],
    ['storage.mode', 'Rounding of the numbers', null, paper('figure 4')],
  ],
  sampling: [
    ['samplesPerPrompt', 'Samples a prompt', 'samples', paper('§5.1, GSM8K')],
    ['temperature', 'Temperature', null, paper('§5.1')],
    ['topP', 'Top-p', null, paper('§5.1: the whole distribution')],
    ['topK', 'Top-k', 'tokens', paper('§5.1: the whole distribution')],
    ['maxPromptTokens', 'Longest prompt', 'tokens', paper('§5.1, MATH')],
    ['maxCompletionTokens', 'Longest completion', 'tokens', ours('a quarter of the paper’s 4,096: fits more machines')],
    ['stop', 'Stop texts', null, ours('none')],
    ['rolloutWeights', 'Weights sampled from', null, ours('without rounding; the paper samples from merged weights')],
  ],
  evaluation: [
    ['evaluation.everySteps', 'Evaluate every', 'steps', ours('0: before the first and after the last step')],
    ['evaluation.problems', 'Held-out problems', 'problems', ours('all')],
    ['evaluation.samples', 'Samples a problem', 'samples', ours('one')],
    ['evaluation.temperature', 'Temperature of evaluation', null, ours('that of training')],
    ['evaluation.greedy', 'Evaluate greedily, too', null, ours('both are shown')],
    ['evaluation.seed', 'Seed of evaluation', null, ours('the same for all runs, so that differences are paired')],
  ],
  engine: [
    ['numerics', 'Numerics', null, ours('the kernels of the weight type')],
    ['engine.device', 'Device', null, ours('never a GPU unasked')],
    ['engine.threads', 'Threads', 'threads', measured],
    ['engine.workers', 'Workers', 'graphs', measured],
    ['engine.contextTokens', 'Key/value cache', 'tokens', measured],
    ['engine.maxSequences', 'Sequences side by side', 'sequences', measured],
    ['engine.cacheType', 'Type of the cache', null, ours('half the memory of f32')],
    ['engine.flashAttention', 'Flash attention', null, ours('faster, and less memory')],
    ['engine.microBatchTokens', 'Tokens a training pass', 'tokens', measured],
    ['record.tokensPerStep', 'Tokens kept with log-probs', 'tokens a step', ours('about 0.26 MB a step')],
  ],
};

/** Dotted path → label, unit and source. In the order of a form. */
export const SETTING_SOURCES: ReadonlyMap<string, SettingSource> = new Map(
  Object.entries(ROWS).flatMap(([section, rows]) =>
    rows.map(([path, label, unit, source]) => [path, { section: section as SettingSection, label, unit, source }]),
  ),
);
