// The one error type that reaches clients: a code and a sentence. Used by every process.
import type { HostErrorCode } from './host-protocol.ts';

export class AppError extends Error {
  readonly code: HostErrorCode;

  /**
   * @param code who has to act on it
   * @param message one sentence: what, where, how to mend
   */
  constructor(code: HostErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'AppError';
    this.code = code;
  }
}

export function badInput(message: string): AppError {
  return new AppError('BAD_INPUT', message);
}

export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** True for errors of the operating system with this code, e.g. ENOENT. */
export function hasErrorCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code);
}

/** What a client is told of any error: full disks and missing permissions are the user's to mend, the rest is internal. */
export function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (hasErrorCode(error, 'ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM')) {
    const remedy = 'free disk space and check that the folder is writable, then try again';
    return new AppError('STORAGE', `${errorMessage(error)}: ${remedy}.`, { cause: error });
  }
  return new AppError('INTERNAL', errorMessage(error), { cause: error });
}
