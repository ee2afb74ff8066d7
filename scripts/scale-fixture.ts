// Writes a data folder of the size that screens and benchmarks are held to, through the real store:
// node scripts/scale-fixture.ts FOLDER [--small]
import { parseArgs } from 'node:util';
import type { CompletionRow, EvaluationResult } from '../contracts/engine-protocol.ts';
import type { PlannedCell } from '../contracts/run-record.ts';
import { RunConfig } from '../contracts/run-config.ts';
import { SeededRandom } from '../contracts/seeded-random.ts';
import { dataFolderPaths, makeDataFolder } from '../main/core/data-folder.ts';
import { sha256 } from '../main/core/canonical-json.ts';
import { encodeTokens } from '../main/core/token-record.ts';
import { SqliteStore } from '../main/store/store.ts';

export interface ScaleSizes {
  /** Finished runs of a sweep of numbers × learning rates × seeds. */
  runs: number;
  longSteps: number;
  /** Curves of one sweep: runs × steps. */
  curveRuns: number;
  curveSteps: number;
  metricNames: number;
  sweepCells: number;
  /** Of one run, 8 to a prompt, 64 prompts to a step. */
  completions: number;
}

export const FULL_SCALE: ScaleSizes = {
  ...{ runs: 2000, longSteps: 100_000, curveRuns: 50, curveSteps: 2000, metricNames: 1000 },
  ...{ sweepCells: 5000, completions: 10_000 },
};
const SMALL_SCALE: ScaleSizes = {
  ...{ runs: 200, longSteps: 10_000, curveRuns: 8, curveSteps: 500, metricNames: 100 },
  ...{ sweepCells: 300, completions: 1000 },
};

/** Of the long run: one step that only a chart without losses shows. */
export const SPIKE = { step: 61_803, value: 3 };
export const LONG_RUN = 'long-run';
export const WIDE_RUN = 'wide-run';
export const TALKING_RUN = 'talking-run';
export const DIVERGED_RUN = 'diverged-run';

const PROBLEMS = 512;
const SEEDS = 4;
const LEARNING_RATES = [0.001, 0.003, 0.01, 0.03, 0.1];

function cell(runId: string, seed: number, nTie: number, learningRate: number, steps: number): PlannedCell {
  const config = RunConfig.parse({
    model: '/models/scale.gguf',
    adapter: { kind: 'tinylora', nTie },
    data: { train: '/data/train.jsonl', heldOut: '/data/held-out.jsonl' },
    grader: { name: 'exact' },
    ...{ steps, learningRate, seed },
  });
  const parameterCount = Math.ceil(210 / nTie);
  const key = sha256(runId);
  return {
    key,
    runId,
    label: `${parameterCount} numbers · lr ${learningRate}`,
    role: 'cell',
    config,
    modelHash: 'f'.repeat(64),
    parameterCount,
  };
}

function gridCells(prefix: string, count: number, steps: number): PlannedCell[] {
  return Array.from({ length: count }, (_, index) => {
    const setting = Math.floor(index / SEEDS);
    const learningRate = LEARNING_RATES[setting % LEARNING_RATES.length] ?? 0.01;
    const nTie = 1 + Math.floor(setting / LEARNING_RATES.length);
    return cell(`${prefix}-${index}`, index % SEEDS, nTie, learningRate, steps);
  });
}

function evaluation(step: number, mode: 'sampled' | 'greedy', rate: number, random: SeededRandom): EvaluationResult {
  const perProblem = Array.from({ length: PROBLEMS }, () => (random.uniform() < rate ? 1 : 0));
  const accuracy = perProblem.reduce<number>((sum, score) => sum + score, 0) / PROBLEMS;
  return {
    ...{ step, mode, temperature: mode === 'greedy' ? 0 : 1, problems: PROBLEMS, samples: 1, accuracy },
    ...{ strict: accuracy, lenient: accuracy, format: 1, meanTokens: 12, perProblem, clusters: null, durationMs: 900 },
  };
}

/** Settings with more numbers and a middling learning rate come out better. */
function finish(store: SqliteStore, { runId, config, parameterCount }: PlannedCell, random: SeededRandom): void {
  store.runs.setState(runId, 'running', { startedAtMs: 1_700_000_000_000 }, 'Started.');
  const size = Math.log10(parameterCount + 1) / Math.log10(211);
  const rate = 0.22 + 0.7 * size * Math.exp(-(Math.log10(config.learningRate / 0.02) ** 2));
  for (const [step, reached] of [
    [0, 0.22],
    [config.steps, rate],
  ] as const) {
    for (const mode of ['sampled', 'greedy'] as const)
      store.evaluations.save(runId, evaluation(step, mode, reached, random));
  }
  const loss = 1 - rate + random.uniform() / 50;
  store.metrics.append(runId, config.steps, { 'reward/mean': rate, loss, 'length/mean': 12 * (1 + random.uniform()) });
  store.runs.setState(runId, 'done', { lastStep: config.steps, endedAtMs: 1_700_000_300_000 }, 'done.');
}

function curve(store: SqliteStore, runId: string, steps: number, random: SeededRandom): void {
  for (let step = 1; step <= steps; step++) {
    const reward = 0.2 + 0.7 * (1 - Math.exp((-4 * step) / steps)) + 0.05 * (random.uniform() - 0.5);
    store.metrics.append(runId, step, { 'reward/mean': step === SPIKE.step ? SPIKE.value : reward });
  }
}

function completion(index: number, random: SeededRandom): CompletionRow {
  const tokens = Array.from({ length: 12 }, (_, position) => {
    const logpRollout = -3 * random.uniform();
    const logpTrain = logpRollout + 0.1 * (random.uniform() - 0.5);
    return { id: 40 + position, text: ` ${random.integer(0, 99)}`, logpRollout, logpTrain, entropy: random.uniform() };
  });
  const reward = random.integer(0, 1);
  return {
    ...{
      step: 1 + Math.floor(index / 512),
      phase: 'train',
      promptIndex: Math.floor((index % 512) / 8),
      sampleIndex: index % 8,
    },
    prompt: `Which of these numbers is the smallest? Problem ${Math.floor((index % 512) / 8)}: 31 12 47 20.`,
    ...{ text: tokens.map(({ text }) => text).join(''), gold: '12', extracted: reward ? '12' : '47', reward },
    ...{ advantage: reward ? 0.9 : -0.9, tokenCount: tokens.length, finishReason: 'end' },
    tokens: Buffer.from(encodeTokens(tokens)).toString('base64'),
  };
}

/** Fills an empty store. */
export function writeScaleFixture(store: SqliteStore, sizes: ScaleSizes): void {
  const random = new SeededRandom(1);
  const sweep = (id: string, cells: readonly PlannedCell[]): void => {
    store.sweeps.save({ id, name: id, description: '', recipePath: `/${id}.yaml`, recipeText: '' }, cells);
  };
  store.transaction(() => {
    sweep('waiting', gridCells('waiting', sizes.sweepCells, 114));
    const done = gridCells('done', sizes.runs, 114);
    sweep('finished', done);
    for (const planned of done) finish(store, planned, random);
    const curves = gridCells('curve', sizes.curveRuns, sizes.curveSteps);
    sweep('curves', curves);
    for (const { runId } of curves) curve(store, runId, sizes.curveSteps, random);
    const special = [LONG_RUN, WIDE_RUN, TALKING_RUN, DIVERGED_RUN];
    sweep(
      'special',
      special.map((id) => cell(id, 0, 17, 0.03, sizes.longSteps)),
    );
    curve(store, LONG_RUN, sizes.longSteps, random);
    const names = Array.from({ length: sizes.metricNames }, (_, index): [string, number] => [
      `wide/metric${index}`,
      random.uniform(),
    ]);
    for (let step = 1; step <= 20; step++) store.metrics.append(WIDE_RUN, step, Object.fromEntries(names));
    const rows = Array.from({ length: sizes.completions }, (_, index) => completion(index, random));
    store.completions.append(TALKING_RUN, rows);
    curve(store, DIVERGED_RUN, 40, random);
    store.metrics.mark(DIVERGED_RUN, 41, { loss: 'NaN', 'reward/mean': 'NaN' });
  });
}

if (import.meta.main) {
  const { positionals, values } = parseArgs({ allowPositionals: true, options: { small: { type: 'boolean' } } });
  const [home] = positionals;
  if (home === undefined) {
    process.stderr.write('Give the folder to write: node scripts/scale-fixture.ts FOLDER [--small]\n');
    process.exit(2);
  }
  const paths = dataFolderPaths(home);
  makeDataFolder(paths);
  const startMs = performance.now();
  const store = new SqliteStore(paths.database);
  writeScaleFixture(store, values.small ? SMALL_SCALE : FULL_SCALE);
  store.close();
  process.stdout.write(`${home}: ${((performance.now() - startMs) / 1000).toFixed(1)} s\n`);
}
