// Main module of the host process: owns a data folder until there is neither work nor client.
import { asAppError } from '../../contracts/app-error.ts';
import { HostStartup } from '../../contracts/host-protocol.ts';
import { dataFolder } from '../core/data-folder.ts';
import { Host } from './host.ts';
import { hostSettings } from './host-settings.ts';

/** Tells the process that started this one, where there is one and it still listens. */
function report(startup: HostStartup): void {
  if (process.send === undefined || !process.connected) return;
  process.send(HostStartup.parse(startup), () => {
    // The channel would keep this process and its starter tied together.
    if (process.connected) process.disconnect();
  });
}

function fail(error: unknown): void {
  const { code, message } = asAppError(error);
  process.stderr.write(`${message}\n`);
  report({ type: 'failed', code: code === 'INTERNAL' ? 'INTERNAL' : 'BAD_INPUT', message });
  process.exitCode = code === 'INTERNAL' ? 1 : 2;
}

try {
  const host = await Host.start(dataFolder(), hostSettings(process.env));
  if (host === null) {
    report({ type: 'occupied' });
  } else {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void host.stop());
    // Closing the terminal that happened to start it must not end the work.
    process.on('SIGHUP', () => undefined);
    report({ type: 'ready' });
    await host.stopped;
  }
} catch (error) {
  fail(error);
}
