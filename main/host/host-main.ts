// Main module of the host process: owns a data folder until there is neither work nor client.
import { asAppError } from '../../contracts/app-error.ts';
import type { HostStartup } from '../../contracts/host-protocol.ts';
import { dataFolder } from '../core/data-folder.ts';
import { Host } from './host.ts';
import { hostSettings, listenSettings } from './host-settings.ts';
import { starter as findStarter } from './starter.ts';

const starter = findStarter();

function failure(error: unknown): HostStartup {
  const { code, message } = asAppError(error);
  // Whoever attends to it shows what is reported.
  if (!process.argv.includes('--attended')) process.stderr.write(`${message}\n`);
  process.exitCode = code === 'INTERNAL' ? 1 : 2;
  return { type: 'failed', code: code === 'INTERNAL' ? 'INTERNAL' : 'BAD_INPUT', message };
}

async function run(): Promise<void> {
  const listen = listenSettings(process.argv.slice(2));
  const isAttended = (): boolean => listen.attended && starter.isPresent;
  const host = await Host.start(dataFolder(), hostSettings(process.env), listen, isAttended);
  if (host === null) return starter.report({ type: 'occupied' });
  const stop = (): void => void host.stop();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop);
  // Closing the terminal that happened to start it must not end the work.
  process.on('SIGHUP', () => undefined);
  await starter.report({ type: 'ready' });
  // Whoever does not attend to it is let go: the channel would keep both processes tied together.
  if (listen.attended) starter.onStop(stop);
  else starter.leave();
  await host.stopped;
}

try {
  await run();
} catch (error) {
  await starter.report(failure(error));
}
starter.leave();
