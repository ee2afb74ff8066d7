// Counts of passed, failed and skipped tests, and how they are read from each runner's report.
import { existsSync, readFileSync } from 'node:fs';

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/** @returns {Counts} */
export function add(a, b) {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

/** @type {Counts} */
export const NOTHING = { passed: 0, failed: 0, skipped: 0 };

/** The closing line of `npm test`. */
export function closingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/**
 * Counts of a ctest JUnit file. A missing file, or one without a test, is a failure: nothing was shown to work.
 * @returns {Counts}
 */
export function fromJunit(path) {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const suite = /<testsuite\b[^>]*>/.exec(text)?.[0] ?? '';
  const number = (name) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
  const total = number('tests');
  if (total === 0) return { passed: 0, failed: 1, skipped: 0 };
  const failed = number('failures');
  const skipped = number('skipped') + number('disabled');
  return { passed: total - failed - skipped, failed, skipped };
}

/**
 * Counts of vitest's JSON report. A file that could not be loaded, and an unhandled error, count as one failure each.
 * @param {string} path
 * @param {number} exitCode vitest's own
 * @returns {Counts}
 */
export function fromVitest(path, exitCode) {
  if (!existsSync(path)) return { passed: 0, failed: 1, skipped: 0 };
  const report = JSON.parse(readFileSync(path, 'utf8'));
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length;
  const failed = report.numFailedTests + brokenFiles;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && exitCode !== 0 ? 1 : failed,
    skipped: report.numPendingTests + (report.numTodoTests ?? 0),
  };
}
