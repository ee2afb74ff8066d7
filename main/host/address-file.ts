// host.json: how clients find the host of a data folder. Written by the host, read by clients.
import { rename, rm, writeFile } from 'node:fs/promises';
import type { HostAddress } from '../../contracts/host-protocol.ts';

/** Readable by the owner alone: whoever has the token may do everything that the host can. */
const OWNER_ONLY = 0o600;

/** Appears whole or not at all. */
export async function writeAddress(path: string, address: HostAddress): Promise<void> {
  const temporary = `${path}.${process.pid}`;
  await rm(temporary, { force: true });
  await writeFile(temporary, JSON.stringify(address), { mode: OWNER_ONLY });
  await rename(temporary, path);
}

export async function removeAddress(path: string): Promise<void> {
  await rm(path, { force: true });
}
