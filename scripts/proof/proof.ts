// `npm run proof`: measures every claim that this machine can, prints the table, and exits with 1 when one fails.
//
//   npm run proof                  every section
//   npm run proof -- golden tests  the sections named
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backendDir, loadNative } from '../../main/engine/native.ts';
import { GOLDEN_MISSING } from '../../test/golden/golden-data.ts';
import { MODEL_MISSING, MODEL_WANTED } from '../../test/real/model-path.ts';

import { proveGolden, proveGoldenIn } from './golden.ts';
import { proveGradientChecks } from './gradient-check.ts';
import { proveRealModel } from './real-model.ts';
import type { Claim } from './report.ts';
import { formatTable, REPOSITORY_ROOT, skipped } from './report.ts';
import { proveRollouts } from './rollouts.ts';
import { proveShortSequences } from './short-sequences.ts';
import { proveByNativeTests, proveByTests } from './suites.ts';

const REPORT = join(REPOSITORY_ROOT, 'build', 'reports', 'proof.json');

type Section = [name: string, prove: () => Claim[] | Promise<Claim[]>];

function sections(scratch: string): Section[] {
  const withGolden = (prove: (folder: string) => Promise<Claim[]>) => (): Claim[] | Promise<Claim[]> =>
    GOLDEN_MISSING ? [skipped('the golden data', '../shared/golden is missing')] : prove(scratch);
  return [
    ['golden', withGolden(proveGolden)],
    ['rollouts', () => proveRollouts(scratch)],
    ['native', proveByNativeTests],
    ['tests', proveByTests],
    ['gradients', withGolden(proveGradientChecks)],
    [
      'gpu-exact',
      onGpu(
        'exact',
        withGolden(async (folder) => [
          ...(await proveGoldenIn(folder, 'exact', 'gpu')),
          await proveShortSequences(folder),
          ...(await proveRealModel(folder, 'exact')),
        ]),
      ),
    ],
    [
      'gpu-native',
      onGpu(
        'native',
        withGolden(async (folder) => [
          ...(await proveGoldenIn(folder, 'native', 'gpu')),
          ...(await proveRealModel(folder, 'native')),
        ]),
      ),
    ],
    ['skipped', leftOut],
  ];
}

/** In a process of its own, since CUDA's libraries decide once whether float32 is rounded; skipped where there is no GPU. */
function onGpu(numerics: 'exact' | 'native', prove: () => Claim[] | Promise<Claim[]>): Section[1] {
  const section = `gpu-${numerics}`;
  return () => {
    const reason = whyNoGpu();
    if (reason !== null) return [skipped(`the golden data on a GPU, ${numerics} numerics`, reason)];
    if (process.argv.slice(2).join() === section) return prove();
    spawnSync(process.execPath, [join(import.meta.dirname, '..', 'proof.mjs'), section], { stdio: 'ignore' });
    return JSON.parse(readFileSync(REPORT, 'utf8')) as Claim[];
  };
}

function whyNoGpu(): string | null {
  try {
    const devices = loadNative().devices(backendDir('gpu'));
    if (devices.some(({ kind }) => kind === 'gpu')) return null;
    return `devices: ${devices.map(({ name, description }) => `${name} (${description})`).join(', ')}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function leftOut(): Claim[] {
  return [
    skipped(
      'real model: 10 GRPO steps, exact and native log-probs',
      MODEL_MISSING ? MODEL_WANTED : 'npm run test:real measures it',
    ),
  ];
}

/** The sections that the command line names; all where it names none. */
function chosen(all: Section[]): Section[] {
  const names = process.argv.slice(2);
  const unknown = names.find((wanted) => !all.some(([name]) => name === wanted));
  if (unknown !== undefined) {
    const known = all.map(([name]) => name).join(', ');
    process.stderr.write(`There is no section ${unknown} in the proof; choose among ${known}.\n`);
    process.exit(2);
  }
  return names.length === 0 ? all : all.filter(([name]) => names.includes(name));
}

async function main(): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'tinylora-proof-'));
  const claims: Claim[] = [];
  try {
    for (const [name, prove] of chosen(sections(scratch))) {
      const startMs = performance.now();
      process.stderr.write(`${name} …\n`);
      claims.push(...(await prove()));
      process.stderr.write(`${name}: done in ${((performance.now() - startMs) / 1000).toFixed(0)} s\n`);
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  const count = (verdict: Claim['verdict']): number => claims.filter((claim) => claim.verdict === verdict).length;
  mkdirSync(join(REPORT, '..'), { recursive: true });
  writeFileSync(REPORT, `${JSON.stringify(claims, null, 2)}\n`);
  process.stdout.write(
    `${formatTable(claims)}\n\n${count('holds')} hold, ${count('FAILS')} fail, ${count('reported')} reported, ${count('skipped')} skipped\n`,
  );
  process.exitCode = count('FAILS') > 0 ? 1 : 0;
}

await main();
