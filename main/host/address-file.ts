// host.json: how clients find the host of a data folder. Written by the host, read by clients.
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { HostAddress } from '../../contracts/host-protocol.ts';

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

/**
 * What a host that died left behind; null after one that ended well. Whoever comes after it takes over its secret and, if
 * it is free, its port: the pages that are still open find it again.
 */
export async function leftAddress(path: string): Promise<HostAddress | null> {
  try {
    const address = HostAddress.safeParse(JSON.parse(await readFile(path, 'utf8')));
    return address.success ? address.data : null;
  } catch {
    return null;
  }
}
