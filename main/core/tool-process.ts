// Starts a tool process for one piece of native work and waits for its answer. Host and command line.
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { AppError } from '../../contracts/app-error.ts';
import type { ToolInput, ToolMessage, ToolName, ToolResults } from '../../contracts/tool-protocol.ts';
import { childEnvironment } from './child-environment.ts';

const ENTRY = join(import.meta.dirname, '..', 'engine', 'tool.mjs');
/** As much of the end of standard error as tells why ggml aborted. */
const LAST_WORDS_CHARACTERS = 2000;

export interface ToolListener {
  progress?: (phase: string, done: number, total: number) => void;
  warn?: (message: string) => void;
  /** Ends the process; the call then rejects with CONFLICT. */
  signal?: AbortSignal;
}

/**
 * Runs a tool to its end.
 * Rejects with the tool's own error, or an INTERNAL one that names the signal or exit code of a crash.
 */
export async function runToolProcess<Name extends ToolName>(
  tool: Name,
  args: ToolInput<Name>,
  { progress, warn, signal }: ToolListener = {},
): Promise<ToolResults[Name]> {
  const child = fork(ENTRY, {
    serialization: 'advanced',
    execArgv: [],
    env: childEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let lastWords = '';
  child.stderr
    ?.setEncoding('utf8')
    .on('data', (text: string) => (lastWords = (lastWords + text).slice(-LAST_WORDS_CHARACTERS)));
  const interrupt = (): void => void child.kill('SIGKILL');
  signal?.addEventListener('abort', interrupt, { once: true });
  try {
    return await new Promise<ToolResults[Name]>((resolve, reject) => {
      child.on('message', (message: ToolMessage) => {
        if (message.type === 'progress') progress?.(message.phase, message.done, message.total);
        else if (message.type === 'warning') warn?.(message.message);
        else if (message.type === 'result') resolve(message.value as ToolResults[Name]);
        else reject(toolError(message.error));
      });
      child.once('error', (error) =>
        reject(new AppError('INTERNAL', `The tool process does not start: ${error.message}`)),
      );
      child.once('close', (code, ending) => reject(crash(tool, code, ending, lastWords, signal?.aborted ?? false)));
      child.send({ tool, args });
    });
  } finally {
    signal?.removeEventListener('abort', interrupt);
  }
}

function toolError({ code, message }: Extract<ToolMessage, { type: 'error' }>['error']): AppError {
  return new AppError(code === 'BAD_INPUT' ? 'BAD_INPUT' : 'INTERNAL', message);
}

function crash(
  tool: string,
  code: number | null,
  signal: NodeJS.Signals | null,
  lastWords: string,
  wasStopped: boolean,
): AppError {
  if (wasStopped) return new AppError('CONFLICT', `The work of '${tool}' was stopped.`);
  const end = signal === null ? `exit code ${code}` : `signal ${signal}`;
  const words = lastWords.trim() === '' ? '' : `; its last words: ${lastWords.trim()}`;
  return new AppError('INTERNAL', `The tool process of '${tool}' ended without an answer (${end})${words}`);
}
