// Starts a tool process for one piece of native work and waits for its answer. Runs in the command line.
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { AppError } from '../../contracts/app-error.ts';
import type { ToolInput, ToolMessage, ToolName, ToolResults } from '../../contracts/tool-protocol.ts';
import { ProgressLine, warn } from './output.ts';

const ENTRY = join(import.meta.dirname, '..', 'engine', 'tool.mjs');

/**
 * Runs a tool to its end, with progress and warnings on standard error.
 * Rejects with the tool's own error, or an INTERNAL one that names the signal or exit code of a crash.
 */
export async function runTool<Name extends ToolName>(tool: Name, args: ToolInput<Name>): Promise<ToolResults[Name]> {
  const child = fork(ENTRY, { serialization: 'advanced', stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  const progress = new ProgressLine();
  let lastWords = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (lastWords = (lastWords + text).slice(-2000)));
  const interrupt = (): void => void child.kill('SIGKILL');
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    return await new Promise<ToolResults[Name]>((resolve, reject) => {
      child.on('message', (message: ToolMessage) => {
        if (message.type === 'progress') progress.update(message.phase, message.done, message.total);
        else if (message.type === 'warning') warn(message.message);
        else if (message.type === 'result') resolve(message.value as ToolResults[Name]);
        else reject(toolError(message.error));
      });
      child.once('error', (error) =>
        reject(new AppError('INTERNAL', `The tool process does not start: ${error.message}`)),
      );
      child.once('close', (code, signal) => reject(crash(tool, code, signal, lastWords)));
      child.send({ tool, args });
    });
  } finally {
    progress.clear();
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

function toolError({ code, message }: Extract<ToolMessage, { type: 'error' }>['error']): AppError {
  return new AppError(code === 'BAD_INPUT' ? 'BAD_INPUT' : 'INTERNAL', message);
}

function crash(tool: string, code: number | null, signal: NodeJS.Signals | null, lastWords: string): AppError {
  const end = signal === null ? `exit code ${code}` : `signal ${signal}`;
  const words = lastWords.trim() === '' ? '' : `; its last words: ${lastWords.trim()}`;
  return new AppError('INTERNAL', `The tool process of '${tool}' ended without an answer (${end})${words}`);
}
