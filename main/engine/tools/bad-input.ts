// The error for what the user gave and can mend. Engine and tool processes.

/** Its message is one sentence: what is wrong, where (file, line or key), how to mend it. */
export class BadInputError extends Error {
  readonly code = 'BAD_INPUT';

  constructor(message: string) {
    super(message);
    this.name = 'BadInputError';
  }
}
