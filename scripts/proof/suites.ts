// Claims that tests hold: runs the native test programs and vitest files, and reads what they measured.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { Claim } from './report.ts';
import { isTrue, REPOSITORY_ROOT, short, skipped } from './report.ts';

/** Exit code of a native test program that misses its data. */
const EXIT_SKIPPED = 77;
const REPORT = join(REPOSITORY_ROOT, 'build', 'reports', 'vitest-proof.json');
/** Kills at any moment, more than the test's own. */
const KILLS = 40;

interface NativeClaim {
  program: string;
  claim: string;
  bound: string;
  /** Values in the program's output, by the first group: their range is shown. */
  measured?: { pattern: RegExp; label: string };
}

const NATIVE_CLAIMS: NativeClaim[] = [
  { program: 'philox-test', claim: 'random numbers: published and golden vectors, moments', bound: 'bit for bit' },
  { program: 'bases-test', claim: 'bases: W v = σ u, signs, group counts of the paper', bound: '≤ 1e-5 · σ₁' },
  {
    program: 'gradient-test',
    claim: 'log-probs of the training pass = llama_decode, each family',
    bound: '≤ 5.0e-5',
    measured: { pattern: /against llama_decode: (\S+)/g, label: 'difference' },
  },
  {
    program: 'gradient-test',
    claim: 'shared prompt = separate sequences, each family and adapter',
    bound: '≤ 5.0e-5',
    measured: { pattern: /separate sequences ([^\s,]+)/g, label: 'difference' },
  },
  {
    program: 'sampler-test',
    claim: 'sampling in distribution: chi-squared, 50,000 draws, temperature 1 and 0.7',
    bound: 'below the 99.99 % point',
  },
  {
    program: 'merge-test',
    claim: 'merged mode: fidelity and changed fraction of a 2048² Gaussian matrix',
    bound: "the feasibility report's table",
    measured: { pattern: /fidelity ([\d.]+)/g, label: 'fidelity' },
  },
  { program: 'merge-test', claim: 'merged mode: every tensor restored after use', bound: 'bit for bit' },
  {
    program: 'rollout-test',
    claim: 'rollouts: greedy = stock on 20 prompts, preemption, lanes, cancellation',
    bound: 'token for token; < 1 s',
  },
  {
    program: 'rollout-text-test',
    claim: 'real model: greedy text = stock, end of generation, stop strings',
    bound: 'token for token',
  },
];

export function proveByNativeTests(): Claim[] {
  const outcomes = new Map<string, { status: number | null; output: string }>();
  return NATIVE_CLAIMS.map(({ program, claim, bound, measured }) => {
    const outcome = outcomes.get(program) ?? runProgram(program);
    outcomes.set(program, outcome);
    if (outcome.status === EXIT_SKIPPED) return skipped(claim, lastLine(outcome.output));
    const values = [...outcome.output.matchAll(measured?.pattern ?? /$^/g)].map(([, value]) => Number(value));
    const passed = outcome.status === 0;
    const text = measured && values.length > 0 ? `${measured.label} ${range(values)}` : program;
    return isTrue(claim, passed ? text : lastLine(outcome.output), bound, passed && (!measured || values.length > 0));
  });
}

function runProgram(program: string): { status: number | null; output: string } {
  const path = join(REPOSITORY_ROOT, 'native', 'build', 'test', program);
  const { status, stdout, stderr, error } = spawnSync(path, [], { encoding: 'utf8', cwd: REPOSITORY_ROOT });
  return { status, output: error ? error.message : `${stdout}${stderr}` };
}

function range(values: number[]): string {
  return `${short(Math.min(...values))} to ${short(Math.max(...values))} (${values.length} cases)`;
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}

interface TestClaim {
  file: string;
  /** Of the tests' full names; every match must pass. */
  tests: RegExp;
  claim: string;
  bound: string;
}

const TEST_CLAIMS: TestClaim[] = [
  {
    file: 'test/golden/command-line.test.ts',
    tests: /score and grad print|step returns|inspect counts|grade reads/,
    claim: 'golden cases through the command line: score, grad --check, step, inspect, grade',
    bound: 'the golden tolerances',
  },
  {
    file: 'main/engine/grpo.test.ts',
    tests: /planted ratios/,
    claim: 'importance weights of planted ratios 0.5, 1 and 3',
    bound: '0.5, 1 and 2',
  },
  {
    file: 'main/engine/native-session.test.ts',
    tests: /merges into the live weights/,
    claim: 'merged mode through the addon: base log-probs and tensors come back',
    bound: 'bit for bit',
  },
  {
    file: 'main/engine/run.test.ts',
    tests: /./,
    claim: 'runs in every mode; the untouched model is the reference of full fine-tuning',
    bound: 'as stated in the tests',
  },
  {
    file: 'main/engine/engine.test.ts',
    tests: /again, bit for bit/,
    claim: 'two runs of one seed: metrics and numbers',
    bound: 'bit for bit',
  },
  {
    file: 'main/engine/engine.test.ts',
    tests: /survives \d+ kills/,
    claim: `killed by SIGKILL at ${KILLS} moments and resumed: metrics and numbers`,
    bound: 'bit for bit',
  },
  {
    file: 'test/host/real-engine.test.ts',
    tests: /killed/,
    claim: 'engine and host killed in a sweep: results of one left alone',
    bound: 'bit for bit',
  },
  {
    file: 'test/host/host.test.ts',
    tests: /trains nothing when run again|taken over without a hand/,
    claim: 'a finished sweep trains nothing; a stale lock needs no hand',
    bound: 'as stated in the tests',
  },
  {
    file: 'test/host/supervision.test.ts',
    tests: /SIGKILL|SIGSEGV|silent|without progress/,
    claim: 'engine dead of SIGKILL or SIGSEGV, silent or stuck: host alive, run marked, retried',
    bound: 'as stated in the tests',
  },
  {
    file: 'main/engine/graders/grade.test.ts',
    tests: /24 GSM8K rows/,
    claim: 'graders: 24 GSM8K rows under the rule that each names',
    bound: 'all right',
  },
  {
    file: 'main/engine/graders/grade.test.ts',
    tests: /boxed/,
    claim: 'graders: boxed rows, without a box, nested braces',
    bound: 'all right',
  },
  {
    file: 'test/golden/adapters.test.ts',
    tests: /stock llama\.cpp/,
    claim: 'exported GGUF adapters in the stock library: greedy tokens',
    bound: 'token for token',
  },
  {
    file: 'test/golden/adapters.test.ts',
    tests: /adapter \d/,
    claim: 'PEFT, text and back: log-probs of each adapter kind and family',
    bound: '≤ 1.0e-4',
  },
  {
    file: 'test/golden/command-line.test.ts',
    tests: /bad input/,
    claim: 'bad input: truncated GGUF, broken line, rank, output folder, foreign PEFT types',
    bound: 'names it; exit code 2',
  },
  {
    file: 'test/golden/bad-input.test.ts',
    tests: /./,
    claim: 'bad input: architecture, tensor type, NaN, data, prompt, recipe, adapter of another model',
    bound: 'names it; exit code 2',
  },
  {
    file: 'test/host/host.test.ts',
    tests: /full disk/,
    claim: 'bad input: a full disk stops the sweep with a message',
    bound: 'host alive',
  },
];

interface VitestReport {
  testResults: {
    name: string;
    message: string;
    assertionResults: { fullName: string; status: string }[];
  }[];
}

export function proveByTests(): Claim[] {
  const files = [...new Set(TEST_CLAIMS.map(({ file }) => file))];
  const report = runVitest(files);
  return TEST_CLAIMS.map(({ file, tests, claim, bound }) => {
    const result = report.testResults.find(({ name }) => name.endsWith(file));
    const matching = (result?.assertionResults ?? []).filter(({ fullName }) => tests.test(fullName));
    const count = (status: string): number => matching.filter((test) => test.status === status).length;
    const [passed, failed] = [count('passed'), count('failed')];
    if (matching.length === 0) return isTrue(claim, `no test ran: ${lastLine(result?.message ?? file)}`, bound, false);
    if (passed + failed === 0) return skipped(claim, `${file} misses its data (../shared)`);
    return isTrue(claim, `${passed} of ${passed + failed} tests pass`, bound, failed === 0);
  });
}

function runVitest(files: string[]): VitestReport {
  mkdirSync(dirname(REPORT), { recursive: true });
  rmSync(REPORT, { force: true });
  const program = join(REPOSITORY_ROOT, 'node_modules', 'vitest', 'vitest.mjs');
  const args = [program, 'run', '--project', 'unit', '--reporter=json', `--outputFile=${REPORT}`, ...files];
  spawnSync(process.execPath, args, {
    cwd: REPOSITORY_ROOT,
    env: { ...process.env, TINYLORA_TEST_KILLS: String(KILLS) },
    stdio: 'ignore',
  });
  if (!existsSync(REPORT)) return { testResults: [] };
  return JSON.parse(readFileSync(REPORT, 'utf8')) as VitestReport;
}
