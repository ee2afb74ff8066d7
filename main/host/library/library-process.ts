// Starts a library process for one inspection or download and waits for its answer. Runs in the host.
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { LibraryMessage } from '../../../contracts/library-protocol.ts';
import type { DownloadProgress, LibraryRequest } from '../../../contracts/library-protocol.ts';
import type { DownloadFailureCode } from '../../../contracts/library.ts';
import { childEnvironment } from '../../core/child-environment.ts';

const ENTRY = join(import.meta.dirname, '..', '..', 'library', 'library.mjs');
const LAST_WORDS_CHARACTERS = 1000;

type Answer = Extract<LibraryMessage, { type: 'inspected' | 'downloaded' }>;

export class LibraryFailure extends Error {
  readonly code: DownloadFailureCode;

  constructor(code: DownloadFailureCode, message: string) {
    super(message);
    this.name = 'LibraryFailure';
    this.code = code;
  }
}

export interface LibraryListener {
  progress?: (progress: DownloadProgress) => void;
  /** Ends the process; bytes that arrived stay. */
  signal?: AbortSignal;
}

/** Rejects with LibraryFailure, also where the process dies. */
export async function runLibraryProcess<Type extends Answer['type']>(
  request: LibraryRequest,
  answerType: Type,
  { progress, signal }: LibraryListener = {},
): Promise<Extract<Answer, { type: Type }>> {
  const child = fork(ENTRY, { execArgv: [], env: childEnvironment(), stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  let lastWords = '';
  child.stderr
    ?.setEncoding('utf8')
    .on('data', (text: string) => (lastWords = (lastWords + text).slice(-LAST_WORDS_CHARACTERS)));
  const end = (): void => void child.kill('SIGKILL');
  if (signal?.aborted === true) end();
  signal?.addEventListener('abort', end, { once: true });
  try {
    return await new Promise((resolve, reject) => {
      child.on('message', (raw) => {
        const message = LibraryMessage.parse(raw);
        if (message.type === 'progress') progress?.(message.progress);
        else if (message.type === 'failed') reject(new LibraryFailure(message.code, message.message));
        else if (isAnswer(message, answerType)) resolve(message);
      });
      child.once('error', (error) => reject(new LibraryFailure('internal', error.message)));
      child.once('close', (code, ending) => {
        const how = ending ?? `exit code ${code}`;
        reject(
          new LibraryFailure('internal', `The library process ended without an answer (${how}). ${lastWords}`.trim()),
        );
      });
      child.send(request, () => undefined);
    });
  } finally {
    signal?.removeEventListener('abort', end);
  }
}

function isAnswer<Type extends Answer['type']>(
  message: LibraryMessage,
  type: Type,
): message is Extract<Answer, { type: Type }> {
  return message.type === type;
}
