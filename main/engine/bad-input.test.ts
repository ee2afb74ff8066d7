// What errors say to the host and to people.
import { expect, it } from 'vitest';
import { BadInputError, CancelledError, errorCode, errorMessage } from './bad-input.ts';

const systemError = (code: string) => Object.assign(new Error(`${code}: write failed`), { code });

it('keeps the codes of the engine and the addon', () => {
  expect(errorCode(new BadInputError('x'))).toBe('BAD_INPUT');
  expect(errorCode(new CancelledError('x'))).toBe('CANCELLED');
  expect(errorCode(systemError('OUT_OF_MEMORY'))).toBe('OUT_OF_MEMORY');
  expect(errorCode(new TypeError('x'))).toBe('INTERNAL');
  expect(errorCode('x')).toBe('INTERNAL');
});

it('calls a full disk and a folder without permission bad input, with the remedy', () => {
  expect(errorCode(systemError('ENOSPC'))).toBe('BAD_INPUT');
  expect(errorMessage(systemError('ENOSPC'))).toMatch(/disk is full; free space/);
  expect(errorCode(systemError('EACCES'))).toBe('BAD_INPUT');
  expect(errorMessage(systemError('EROFS'))).toMatch(/choose another data folder/);
});
