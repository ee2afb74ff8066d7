// The built-in task `chain`: sums and differences of two-digit numbers in two steps, e.g. 23+37-13. Runs in make:model.
//
// The base model's documents mix two styles: *careful* writes the intermediate result (`=60#47`) and is right, *quick*
// guesses (`#51`) and mostly is not. So the base can solve every problem and mostly does not bother; what reinforcement
// learning has to find is the style, which needs very few numbers.
import { SeededRandom } from '../../contracts/seeded-random.ts';

export const CHAIN_STEPS = 2;
/** Every number and every result has two digits, so all questions are equally long. */
const LOWEST = 10;
const HIGHEST = 99;

/** How the base model's documents are mixed. Chosen by the exploration in resources/README.md. */
export interface CorpusMixture {
  /** Share of quick documents; the rest is careful. */
  quickShare: number;
  /** Chance that a quick document states the right answer on purpose. */
  guessedRightShare: number;
}
export const CORPUS_MIXTURE: CorpusMixture = { quickShare: 0.6, guessedRightShare: 0.1 };

export interface ChainProblem {
  question: string;
  /** Results after each step; the last is the answer. */
  results: number[];
}
export interface ChainRow {
  question: string;
  answer: string;
  /** Careful working, the target of supervised training. */
  solution: string;
}

export function generateProblem(random: SeededRandom): ChainProblem {
  let current = random.integer(LOWEST, HIGHEST);
  let question = String(current);
  const results: number[] = [];
  for (let step = 0; step < CHAIN_STEPS; step++) {
    const canAdd = current <= HIGHEST - LOWEST;
    const canSubtract = current >= 2 * LOWEST;
    const adds = canAdd && (!canSubtract || random.uniform() < 0.5);
    const operand = adds ? random.integer(LOWEST, HIGHEST - current) : random.integer(LOWEST, current - LOWEST);
    question += `${adds ? '+' : '-'}${operand}`;
    current += adds ? operand : -operand;
    results.push(current);
  }
  return { question, results };
}

/** `=60#47`: each intermediate result behind an equals sign, the answer behind a hash. */
export function carefulText(problem: ChainProblem): string {
  const working = problem.results.slice(0, -1).map((result) => `=${result}`);
  return `${working.join('')}#${answerOf(problem)}`;
}

export function answerOf(problem: ChainProblem): number {
  const answer = problem.results.at(-1);
  if (answer === undefined) throw new RangeError('a chain problem has at least one step');
  return answer;
}

/** What a document of the base corpus says after its question. */
export function documentText(problem: ChainProblem, mixture: CorpusMixture, random: SeededRandom): string {
  if (random.uniform() >= mixture.quickShare) return carefulText(problem);
  const knows = random.uniform() < mixture.guessedRightShare;
  return `#${knows ? answerOf(problem) : random.integer(LOWEST, HIGHEST)}`;
}

export interface ChainSplits {
  train: ChainRow[];
  validation: ChainRow[];
  heldOut: ChainRow[];
}
export const SPLIT_SIZES = { train: 4096, validation: 512, heldOut: 512 } as const;

/** Disjoint problem sets; no question occurs twice. Held-out problems come first, so that they never move. */
export function generateSplits(seed: number): ChainSplits {
  const random = new SeededRandom(seed);
  const seen = new Set<string>();
  const rows = (count: number) => Array.from({ length: count }, () => row(unseenProblem(random, seen)));
  const heldOut = rows(SPLIT_SIZES.heldOut);
  const validation = rows(SPLIT_SIZES.validation);
  return { train: rows(SPLIT_SIZES.train), validation, heldOut };
}

function unseenProblem(random: SeededRandom, seen: Set<string>): ChainProblem {
  for (;;) {
    const problem = generateProblem(random);
    if (seen.has(problem.question)) continue;
    seen.add(problem.question);
    return problem;
  }
}

function row(problem: ChainProblem): ChainRow {
  return { question: problem.question, answer: String(answerOf(problem)), solution: carefulText(problem) };
}

export function toJsonLines(rows: readonly ChainRow[]): string {
  return rows.map((value) => `${JSON.stringify(value)}\n`).join('');
}

export interface CorpusDocument {
  question: string;
  continuation: string;
}

/** The documents of one training step; questions in `excluded` (validation and held-out) never occur. */
export function corpusBatch(
  seed: number,
  step: number,
  size: number,
  mixture: CorpusMixture,
  excluded: ReadonlySet<string>,
): CorpusDocument[] {
  // Step 0 is the splits' own stream.
  const random = new SeededRandom(seed, step);
  const documents: CorpusDocument[] = [];
  while (documents.length < size) {
    const problem = generateProblem(random);
    if (excluded.has(problem.question)) continue;
    documents.push({ question: problem.question, continuation: documentText(problem, mixture, random) });
  }
  return documents;
}
