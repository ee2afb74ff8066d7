// Ends engine processes that outlived their host, so that no two write to one run folder. Runs in the host.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { AppError, hasErrorCode } from '../../contracts/app-error.ts';

const POLL_MS = 20;
const PATIENCE_MS = 10_000;

/** The command line of a living process; null where there is none. */
async function commandLine(pid: number): Promise<string | null> {
  try {
    if (process.platform === 'linux') {
      // Empty for a process that has ended and waits for its parent to notice.
      const text = await readFile(`/proc/${pid}/cmdline`, 'utf8');
      return text === '' ? null : text.replaceAll('\0', ' ');
    }
    if (process.platform === 'win32') return null;
    const { stdout } = await promisify(execFile)('ps', ['-o', 'command=', '-p', String(pid)]);
    return stdout;
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT', 'ESRCH') || (error instanceof Error && 'code' in error && error.code === 1))
      return null;
    throw error;
  }
}

/**
 * Kills process `pid` if it still is the engine of run `runId` (ids of processes are used again by others) and waits
 * until it is gone. An engine leaves by itself when its host is gone, but maybe not at once.
 * Rejects with CONFLICT where it cannot be ended.
 */
export async function endOrphan(pid: number, runId: string): Promise<void> {
  const isEngine = async (): Promise<boolean> => (await commandLine(pid))?.includes(runId) ?? false;
  const deadlineMs = Date.now() + PATIENCE_MS;
  while (await isEngine()) {
    if (Date.now() > deadlineMs) {
      throw new AppError(
        'CONFLICT',
        `Process ${pid} still works on run ${runId} and does not end: end it, then start again.`,
      );
    }
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if (!hasErrorCode(error, 'ESRCH')) throw error;
    }
    await sleep(POLL_MS);
  }
}
