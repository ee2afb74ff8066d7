// Lets a run with more steps go on from the checkpoint of one that is equal otherwise. Runs in the host.
import { cp, rename, rm, stat } from 'node:fs/promises';
import { hasErrorCode } from '../../contracts/app-error.ts';

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return false;
    throw error;
  }
}

/**
 * Copies checkpoints and records of the earlier run, where the later one has no folder yet. Where the earlier one's are
 * gone, the later one trains from the beginning: to the same result, since all that decides a step is equal.
 */
export async function continueRunFolder(earlierFolder: string, runFolder: string): Promise<void> {
  if ((await exists(runFolder)) || !(await exists(earlierFolder))) return;
  const partial = `${runFolder}.copying`;
  await rm(partial, { recursive: true, force: true });
  await cp(earlierFolder, partial, { recursive: true });
  // Whole or not at all: a host that dies in between copies again.
  await rename(partial, runFolder);
}
