// Errors of the engine and tool processes. What the user can mend is one sentence: what, where and how.

/** `code` travels to the host and the command line unchanged; exit code 2 follows from BAD_INPUT. */
export class BadInputError extends Error {
  readonly code = 'BAD_INPUT';
  override readonly name = 'BadInputError';
}

/** Thrown between two native operations of a cancelled run; inside one the addon's own CANCELLED arrives. */
export class CancelledError extends Error {
  readonly code = 'CANCELLED';
  override readonly name = 'CancelledError';
}

/** The `code` of an error of the addon or of ours; INTERNAL for everything else. */
export function errorCode(error: unknown): 'BAD_INPUT' | 'CANCELLED' | 'OUT_OF_MEMORY' | 'INTERNAL' {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'BAD_INPUT' || code === 'CANCELLED' || code === 'OUT_OF_MEMORY' ? code : fileSystemCode(code);
}

/** A full disk or a folder without write permission is the user's to mend too. */
function fileSystemCode(code: unknown): 'BAD_INPUT' | 'INTERNAL' {
  return code === 'ENOSPC' || code === 'EACCES' || code === 'EROFS' || code === 'EDQUOT' ? 'BAD_INPUT' : 'INTERNAL';
}

/** What a person reads: the message, with the remedy where the system's own message has none. */
export function errorMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? error.code : undefined;
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return `${error.message}: the disk is full; free space and resume the run`;
  if (code === 'EACCES' || code === 'EROFS')
    return `${error.message}: allow writing there, or choose another data folder`;
  return error.message;
}
