// Runs the host as Electron's utility process. Runs in the desktop shell.
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { utilityProcess } from 'electron';
import type { HostProcessStarter } from '../client/attended-host.ts';
import { HOST_ENTRY } from '../client/host-launcher.ts';

/** Host and engine lie outside the archive: native code and forked processes read them by their paths. */
export function outsideArchive(path: string): string {
  return path.replace(/\bapp\.asar(?=[/\\])/, 'app.asar.unpacked');
}

export const utilityHostProcess: HostProcessStarter = (paths, args) => {
  const child = utilityProcess.fork(outsideArchive(HOST_ENTRY), args, {
    cwd: paths.home,
    env: { ...process.env, TINYLORA_HOME: paths.home },
    stdio: ['ignore', 'pipe', 'pipe'],
    serviceName: 'tinylora-studio host',
  });
  const log = createWriteStream(join(paths.logs, 'host.log'), { flags: 'a', mode: 0o600 });
  // A log that cannot be written must not end the host.
  log.on('error', () => undefined);
  for (const output of [child.stdout, child.stderr]) output?.on('data', (chunk: Buffer) => log.write(chunk));
  child.once('exit', () => log.end());
  return {
    onMessage: (listener) => void child.on('message', listener),
    onExit: (listener) => void child.once('exit', listener),
    send: (control) => child.postMessage(control),
    kill: () => void child.kill(),
  };
};
