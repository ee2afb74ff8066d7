// Settings of the host process that come from its environment and its command line. Runs in the host.
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { badInput } from '../../contracts/app-error.ts';
import { DEFAULT_LOW_DISK_BYTES } from './devices/status-sampler.ts';
import { DEFAULT_SUPERVISOR_OPTIONS } from '../core/supervisor.ts';
import type { SupervisorOptions } from '../core/supervisor.ts';

export interface HostSettings extends SupervisorOptions {
  /** How long the host stays without work and clients. */
  idleGraceMs: number;
  /** The module that is forked as engine process; null = our own. Tests put theirs in its place. */
  engineEntry: string | null;
  /** Below so many free bytes on the data folder's disk the queue waits. */
  lowDiskBytes: number;
}

const DEFAULT_IDLE_GRACE_MS = 5000;
const LOOPBACK = '127.0.0.1';

/** Where the host listens, and for whom. */
export interface ListenSettings {
  listenHost: string;
  /** Null: the last one where that is free, else one that the system chooses. */
  port: number | null;
  /** Whether others than this machine may connect. */
  remote: boolean;
  /** Stays, whether there is work or not, for as long as the process that started it. */
  attended: boolean;
}

/** --listen HOST, --port N, --allow-remote, --attended. Throws BAD_INPUT naming the option. */
export function listenSettings(commandLine: string[]): ListenSettings {
  const { values } = parseArgs({
    args: commandLine,
    options: {
      listen: { type: 'string', default: LOOPBACK },
      port: { type: 'string' },
      'allow-remote': { type: 'boolean', default: false },
      attended: { type: 'boolean', default: false },
    },
  });
  const remote = values['allow-remote'];
  if (!remote && !isLoopback(values.listen)) {
    throw badInput(
      `${values.listen} can be reached by other machines: add --allow-remote if they may, or leave out --host and use an SSH tunnel.`,
    );
  }
  const port = values.port === undefined ? null : Number(values.port);
  if (port !== null && !(Number.isInteger(port) && port >= 0 && port <= 65_535)) {
    throw badInput(`--port is ${values.port}: it must be a whole number from 0 to 65535.`);
  }
  return { listenHost: values.listen, port, remote, attended: values.attended };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/**
 * TINYLORA_START_TIMEOUT_MS, TINYLORA_HEARTBEAT_TIMEOUT_MS, TINYLORA_PROGRESS_TIMEOUT_MS, TINYLORA_EXIT_GRACE_MS,
 * TINYLORA_IDLE_GRACE_MS, TINYLORA_LOW_DISK_BYTES, TINYLORA_ENGINE_ENTRY. Throws BAD_INPUT naming the variable.
 */
export function hostSettings(environment: NodeJS.ProcessEnv): HostSettings {
  const whole = (name: string, unit: string, otherwise: number): number => {
    const text = environment[name];
    if (text === undefined || text === '') return otherwise;
    const parsed = z.coerce.number().int().min(1).safeParse(text);
    if (!parsed.success) throw badInput(`${name} is ${text}: it must be a whole number of ${unit} above 0.`);
    return parsed.data;
  };
  const duration = (name: string, defaultMs: number): number => whole(name, 'milliseconds', defaultMs);
  return {
    startTimeoutMs: duration('TINYLORA_START_TIMEOUT_MS', DEFAULT_SUPERVISOR_OPTIONS.startTimeoutMs),
    heartbeatTimeoutMs: duration('TINYLORA_HEARTBEAT_TIMEOUT_MS', DEFAULT_SUPERVISOR_OPTIONS.heartbeatTimeoutMs),
    progressTimeoutMs: duration('TINYLORA_PROGRESS_TIMEOUT_MS', DEFAULT_SUPERVISOR_OPTIONS.progressTimeoutMs),
    exitGraceMs: duration('TINYLORA_EXIT_GRACE_MS', DEFAULT_SUPERVISOR_OPTIONS.exitGraceMs),
    idleGraceMs: duration('TINYLORA_IDLE_GRACE_MS', DEFAULT_IDLE_GRACE_MS),
    lowDiskBytes: whole('TINYLORA_LOW_DISK_BYTES', 'bytes', DEFAULT_LOW_DISK_BYTES),
    engineEntry: environment['TINYLORA_ENGINE_ENTRY'] ?? null,
  };
}
