import { expect, test } from 'vitest';
import { AppError } from '../../contracts/app-error.ts';
import { COMPILING_PHASE } from '../../contracts/engine-protocol.ts';
import { exitCodeOf, formatBytes, formatDuration, progressText } from './output.ts';

test('progress says how long it will take once there is something to go by', () => {
  expect(progressText('scoring', 12, 100, 12, 500)).toBe('scoring 12/100 (12 %)');
  expect(progressText('scoring', 20, 100, 10, 5000)).toBe('scoring 20/100 (20 %), about 40 s left');
  expect(progressText('loading', 0, 0, 0, 9000)).toBe('loading');
  const compiling = 'compiling kernels for this GPU (first use, 12 so far)';
  expect(progressText(COMPILING_PHASE, 12, 0, 12, 9000)).toBe(compiling);
});

test('durations and sizes', () => {
  expect(formatDuration(59_400)).toBe('59 s');
  expect(formatDuration(125_000)).toBe('2 min 5 s');
  expect(formatDuration(3_720_000)).toBe('1 h 2 min');
  expect(formatBytes(3 * 2 ** 29)).toBe('1.5 GiB');
});

test('exit code 2 is for what the caller can mend', () => {
  expect(exitCodeOf(new AppError('BAD_INPUT', 'x'))).toBe(2);
  expect(exitCodeOf(new AppError('STORAGE', 'x'))).toBe(2);
  expect(exitCodeOf(new AppError('INTERNAL', 'x'))).toBe(1);
  expect(exitCodeOf(new Error('x'))).toBe(1);
});
