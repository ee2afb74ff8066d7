// Runs the checks and prints `N passed, N failed, N skipped` as its last line; exit code 1 when
// anything failed or there was nothing to run.
//
//   node scripts/test.mjs            static checks, native tests, the same with sanitisers, vitest
//   node scripts/test.mjs --static   static checks only
//   node scripts/test.mjs --real     tests on the real model only
//   node scripts/test.mjs PATTERN…   vitest only, for files whose path matches
import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { jobCount, packageProgram, repositoryRoot } from './lib/process.mjs';
import { add, closingLine, fromJunit, fromVitest, NOTHING } from './lib/test-counts.mjs';

const reportDir = join(repositoryRoot, 'build', 'reports');

const STATIC_CHECKS = [
  { name: 'format', program: ['prettier'], args: ['--check', '--log-level', 'warn', '.'] },
  { name: 'types', program: ['typescript', 'tsc'], args: ['--build'] },
  { name: 'lint', program: ['eslint'], args: ['.'] },
  {
    name: 'import rules',
    program: ['dependency-cruiser', 'depcruise'],
    args: ['--config', '.dependency-cruiser.cjs', 'contracts', 'main', 'preload', 'renderer'],
  },
  { name: 'unused files and exports', program: ['knip'], args: [] },
];

await main();

async function main() {
  const { values, positionals } = parseArgs({
    options: { static: { type: 'boolean' }, real: { type: 'boolean' } },
    allowPositionals: true,
  });
  mkdirSync(reportDir, { recursive: true });
  const stages = values.static
    ? [staticChecks]
    : values.real
      ? [() => realTests(positionals)]
      : positionals.length > 0
        ? [() => vitest('unit', positionals)]
        : [staticChecks, nativeTests, sanitisedTests, () => vitest('unit', [])];
  let counts = NOTHING;
  for (const stage of stages) counts = add(counts, await stage());
  console.log(`\n${closingLine(counts)}`);
  process.exitCode = counts.failed > 0 || counts.passed + counts.skipped === 0 ? 1 : 0;
}

/** Each uses one core: as many at once as there are, each with its output when it has ended. */
async function staticChecks() {
  const waiting = [...STATIC_CHECKS];
  let counts = NOTHING;
  const work = async () => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      const succeeded = await staticCheck(check);
      counts = add(counts, { passed: succeeded ? 1 : 0, failed: succeeded ? 0 : 1, skipped: 0 });
    }
  };
  await Promise.all(Array.from({ length: jobCount }, work));
  return counts;
}

async function staticCheck({ name, program: [packageName, programName], args }) {
  const startMs = Date.now();
  const outcome = await promisify(execFile)(process.execPath, [packageProgram(packageName, programName), ...args], {
    cwd: repositoryRoot,
    maxBuffer: 2 ** 26,
  }).then(
    (output) => ({ ...output, succeeded: true }),
    (error) => ({ stdout: error.stdout ?? '', stderr: error.stderr || error.message, succeeded: false }),
  );
  process.stdout.write(`\n${outcome.stdout}${outcome.stderr}`);
  console.log(ending(name, outcome.succeeded, startMs));
  return outcome.succeeded;
}

function nativeTests() {
  return ctest('native tests', join(repositoryRoot, 'native', 'build'));
}

/** The native tests once more, built with the address and undefined-behaviour sanitisers. */
function sanitisedTests() {
  if (process.platform === 'win32') {
    console.log('\n— native tests with sanitisers: skipped, they need GCC or Clang');
    return { ...NOTHING, skipped: 1 };
  }
  const built = step('native build with sanitisers', process.execPath, [
    join(repositoryRoot, 'scripts', 'build-native.mjs'),
    '--sanitize',
  ]);
  if (built !== 0) return { passed: 0, failed: 1, skipped: 0 };
  return ctest('native tests with sanitisers', join(repositoryRoot, 'native', 'build-sanitize'));
}

function ctest(name, buildDir) {
  const report = join(reportDir, `${name.replaceAll(' ', '-')}.xml`);
  rmSync(report, { force: true });
  const args = [
    '--test-dir',
    buildDir,
    '--build-config',
    'Release',
    '--output-on-failure',
    '--output-junit',
    report,
    '--parallel',
    String(jobCount),
  ];
  const exitCode = step(name, 'ctest', args);
  const counts = fromJunit(report);
  return counts.failed === 0 && exitCode !== 0 ? { ...counts, failed: 1 } : counts;
}

async function realTests(patterns) {
  const { MODEL_MISSING, MODEL_WANTED } = await import('../test/real/model-path.ts');
  if (!MODEL_MISSING) return vitest('real', patterns);
  console.log(`Skipped: ${MODEL_WANTED}`);
  return { ...NOTHING, skipped: 1 };
}

function vitest(project, patterns) {
  const report = join(reportDir, `vitest-${project}.json`);
  rmSync(report, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const args = [packageProgram('vitest'), 'run', '--project', project, ...reporters, ...patterns];
  const exitCode = step(`vitest ${project}`, process.execPath, args);
  return fromVitest(report, exitCode);
}

/** Runs one program with its output passed through, says how long it took, returns its exit code. */
function step(name, program, args) {
  console.log(`\n— ${name}`);
  const startMs = Date.now();
  const { status, error } = spawnSync(program, args, { cwd: repositoryRoot, stdio: ['ignore', 'inherit', 'inherit'] });
  if (error) console.log(`${program} could not be started: ${error.message}`);
  const exitCode = status ?? 1;
  console.log(ending(name, exitCode === 0, startMs));
  return exitCode;
}

function ending(name, succeeded, startMs) {
  return `— ${name}: ${succeeded ? 'passed' : 'FAILED'} in ${((Date.now() - startMs) / 1000).toFixed(1)} s`;
}
