// Runs programs for the set-up and test scripts; built-ins only, because it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repositoryRoot = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Jobs for compilers: every core, since linking is rare and memory a few hundred megabytes a job. */
export const jobCount = availableParallelism();

/** A failure that is told in one sentence, without a stack. */
export class SetupError extends Error {}

/**
 * Runs a program to its end and returns its standard output. Output is kept back and shown only when it fails.
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, show?: boolean, input?: string }} [options] show: pass output through.
 */
export function run(program, args, options = {}) {
  const result = spawnSync(program, args, {
    cwd: options.cwd ?? repositoryRoot,
    env: options.env ?? process.env,
    input: options.input,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
    stdio: options.show ? ['ignore', 'inherit', 'inherit'] : 'pipe',
  });
  if (result.error) throw new SetupError(`${program} could not be started: ${result.error.message}.`);
  if (result.status !== 0) {
    const output = options.show ? '' : `\n${lastLines(`${result.stdout}${result.stderr}`, 60)}`;
    const ending = result.signal ? `was ended by ${result.signal}` : `failed with exit code ${result.status}`;
    throw new SetupError(`\`${program} ${args.join(' ')}\` ${ending}.${output}`);
  }
  return result.stdout ?? '';
}

/** Runs npm; on Windows its JavaScript, since Node starts no command files there without a shell. */
export function runNpm(args, options) {
  if (process.platform !== 'win32') return run('npm', args, options);
  const beside = join(dirname(process.execPath), 'node_modules', 'npm', 'bin', 'npm-cli.js');
  return run(process.execPath, [process.env['npm_execpath'] ?? beside, ...args], options);
}

/** The JavaScript of a program that an installed package brings; for the same reason. */
export function packageProgram(packageName, programName = packageName) {
  const folder = join(repositoryRoot, 'node_modules', packageName);
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return join(folder, typeof bin === 'string' ? bin : bin[programName]);
}

/** Whether a program of this name is on the path. */
export function hasProgram(name) {
  return spawnSync(name, ['--version'], { stdio: 'ignore' }).error === undefined;
}

/** Runs `work` and prints what it was and how long it took. */
export function timed(label, work) {
  process.stderr.write(`${label} …\n`);
  const startMs = Date.now();
  const value = work();
  process.stderr.write(`${label}: done in ${((Date.now() - startMs) / 1000).toFixed(1)} s\n`);
  return value;
}

/** Runs a script's main function; failures become one message and exit code 1. */
export function runMain(main) {
  try {
    main();
  } catch (error) {
    process.stderr.write(`${error instanceof SetupError ? error.message : (error.stack ?? error)}\n`);
    process.exitCode = 1;
  }
}

function lastLines(text, count) {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}
