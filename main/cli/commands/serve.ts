// tinylora serve: the host in the foreground, for the app in a browser. Runs in the command line.
import { networkInterfaces } from 'node:os';
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { AppError } from '../../../contracts/app-error.ts';
import type { HostAddress } from '../../../contracts/host-protocol.ts';
import { AttendedHost, nodeHostProcess } from '../../client/attended-host.ts';
import { HostClient, hostUrl } from '../../client/host-client.ts';
import { printLine, warn } from '../output.ts';

/** What dies this often within a minute dies again. */
const MAXIMUM_RESTARTS_A_MINUTE = 3;
const MINUTE_MS = 60_000;

interface ServeFlags {
  port?: number;
  host?: string;
  allowRemote?: boolean;
}

export function register(program: Command): void {
  program
    .command('serve')
    .description(
      'the app for a browser: runs the host until Ctrl-C, or joins the one that runs, and prints its address',
    )
    .option('--port <n>', 'port to listen on (default: one that is free)', portNumber)
    .option('--host <address>', 'address to listen on (default: this machine only)')
    .option('--allow-remote', 'let other machines connect; what is sent is not encrypted, an SSH tunnel is better')
    .action(serve);
}

async function serve(flags: ServeFlags): Promise<void> {
  const host = new AttendedHost(
    nodeHostProcess(process.execPath, () => ['ignore', 'inherit', 'inherit', 'ipc']),
    hostArguments(flags),
  );
  const interrupted = new Promise<'interrupted'>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve('interrupted'));
  });
  const restartsMs: number[] = [];
  let printed = '';
  for (;;) {
    const client = await HostClient.connect(undefined, host);
    if (!host.isOwner) refuseOtherAddress(flags, client.address);
    const text = addressText(client.address, flags);
    if (text !== printed) printLine(text);
    printed = text;
    const end = await Promise.race([interrupted, client.closed]);
    if (end === 'interrupted') {
      client.close();
      await host.stop();
      return;
    }
    restartsMs.push(Date.now());
    if (restartsMs.filter((atMs) => atMs > Date.now() - MINUTE_MS).length > MAXIMUM_RESTARTS_A_MINUTE) {
      throw new AppError('INTERNAL', 'The host ended again and again; what it said is above.');
    }
    warn('the host ended. It is started again; runs go on from their last checkpoint.');
  }
}

function hostArguments({ port, host, allowRemote }: ServeFlags): string[] {
  return [
    ...(port === undefined ? [] : ['--port', String(port)]),
    ...(host === undefined ? [] : ['--listen', host]),
    ...(allowRemote ? ['--allow-remote'] : []),
  ];
}

/** A host that already runs keeps its address. */
function refuseOtherAddress({ port, host }: ServeFlags, address: HostAddress): void {
  if ((port === undefined || port === address.port) && (host === undefined || host === address.host)) return;
  const remedy = `leave out --port and --host, or end process ${address.pid} first`;
  throw new AppError('CONFLICT', `The data folder's host already listens on ${hostUrl('http', address)}: ${remedy}.`);
}

/** The token is in the fragment, which browsers send to nobody. */
function addressText(address: HostAddress, { host, allowRemote }: ServeFlags): string {
  const addresses = allowRemote && (host === '0.0.0.0' || host === '::') ? outsideAddresses() : [address.host];
  const lines = addresses.map((name) => `  ${hostUrl('http', { ...address, host: name })}/#token=${address.token}`);
  return `The studio is open at\n${lines.join('\n')}\nWhoever has this address can do everything in it. Ctrl-C ends it.`;
}

function outsideAddresses(): string[] {
  const outside = Object.values(networkInterfaces()).flatMap((list) =>
    (list ?? []).filter(({ internal }) => !internal),
  );
  return ['127.0.0.1', ...outside.filter(({ family }) => family === 'IPv4').map(({ address }) => address)];
}

function portNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > 65_535)
    throw new InvalidArgumentError('Give a whole number from 1 to 65535.');
  return value;
}
