// `npm run demo` and `npm run demo:full`: trains the built-in sweep, then prints its table and draws its Pareto front.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { repositoryRoot } from './lib/process.mjs';

const COMMAND = join(repositoryRoot, 'main', 'cli', 'tinylora.mjs');

/**
 * Runs a tinylora command; its progress goes to the terminal.
 * @param {string[]} args
 * @param {'inherit' | 'ignore'} output where its results go
 * @returns {number} exit code
 */
function tinylora(args, output) {
  const { status, error } = spawnSync(process.execPath, [COMMAND, ...args], { stdio: ['inherit', output, 'inherit'] });
  if (error) process.stderr.write(`tinylora could not be started: ${error.message}.\n`);
  return status ?? 1;
}

/** @returns {number} exit code: 0 only where every cell is trained and both pictures are drawn */
function main() {
  const { values } = parseArgs({ options: { full: { type: 'boolean', default: false } } });
  const name = values.full ? 'demo-full' : 'demo';
  const recipe = join(repositoryRoot, 'resources', 'recipes', `${name}.yaml`);
  const folder = join(repositoryRoot, 'build', 'demo');
  mkdirSync(folder, { recursive: true });
  const pictures = ['svg', 'png', 'json'].map((type) => join(folder, `${name}.${type}`));
  const startMs = Date.now();
  // The sweep's own table has no paired differences; the front's, printed next, has.
  const sweepStatus = tinylora(['sweep', 'run', recipe], 'ignore');
  process.stderr.write(`Trained and evaluated in ${((Date.now() - startMs) / 1000).toFixed(0)} s.\n`);
  const frontStatus = tinylora(['pareto', recipe, ...pictures.flatMap((path) => ['--out', path])], 'inherit');
  if (frontStatus === 0) process.stdout.write(`The Pareto front: ${pictures.slice(0, 2).join(' and ')}\n`);
  return sweepStatus || frontStatus;
}

process.exitCode = main();
