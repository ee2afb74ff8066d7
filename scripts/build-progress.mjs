// Runs a long build of ninja or make with its output in a file, and says now and then how far it is. A program of its own,
// because the set-up scripts wait for what they start and can do nothing meanwhile.
//
//   node scripts/build-progress.mjs LABEL LOG-FILE PROGRAM [ARGUMENT ...]
import { spawn } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { clearInterval, setInterval } from 'node:timers';

const REPORT_EVERY_MS = 30_000;

const [label, logFile, program, ...args] = process.argv.slice(2);
const log = openSync(logFile, 'w');
const child = spawn(program, args, { stdio: ['ignore', log, log] });
let first = null;
const timer = setInterval(report, REPORT_EVERY_MS);
child.on('error', (error) => {
  clearInterval(timer);
  process.stderr.write(`${program} could not be started: ${error.message}.\n`);
  process.exitCode = 1;
});
child.on('exit', (code) => {
  clearInterval(timer);
  process.exitCode = code ?? 1;
});

/** The rate is counted from the first report on, since make begins a build that it resumes above zero. */
function report() {
  const done = doneFraction(readFileSync(logFile, 'utf8'));
  if (done === null) return;
  first ??= { done, atMs: Date.now() };
  const leftMs = ((1 - done) / (done - first.done)) * (Date.now() - first.atMs);
  const estimate = done > first.done ? `, about ${Math.ceil(leftMs / 60_000)} min left` : '';
  process.stderr.write(`${label}: ${Math.floor(done * 100)} %${estimate}\n`);
}

/** Of the last line such as `[42/155] Building …` (ninja) or `[ 27%] Building …` (make); null before there is one. */
function doneFraction(text) {
  const last = [...text.matchAll(/^\[ *(\d+)(?:\/(\d+)|%)\]/gm)].at(-1);
  return last ? Number(last[1]) / Number(last[2] ?? 100) : null;
}
