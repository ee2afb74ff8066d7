// Settings of the host process that come from its environment. Runs in the host.
import { z } from 'zod';
import { badInput } from '../../contracts/app-error.ts';
import { DEFAULT_SUPERVISOR_OPTIONS } from '../core/supervisor.ts';
import type { SupervisorOptions } from '../core/supervisor.ts';

export interface HostSettings extends SupervisorOptions {
  /** How long the host stays without work and clients. */
  idleGraceMs: number;
  /** The module that is forked as engine process; null = our own. Tests put theirs in its place. */
  engineEntry: string | null;
}

const DEFAULT_IDLE_GRACE_MS = 5000;

/**
 * TINYLORA_START_TIMEOUT_MS, TINYLORA_HEARTBEAT_TIMEOUT_MS, TINYLORA_PROGRESS_TIMEOUT_MS, TINYLORA_EXIT_GRACE_MS,
 * TINYLORA_IDLE_GRACE_MS, TINYLORA_ENGINE_ENTRY. Throws BAD_INPUT naming the variable.
 */
export function hostSettings(environment: NodeJS.ProcessEnv): HostSettings {
  const duration = (name: string, defaultMs: number): number => {
    const text = environment[name];
    if (text === undefined || text === '') return defaultMs;
    const parsed = z.coerce.number().int().min(1).safeParse(text);
    if (!parsed.success) throw badInput(`${name} is ${text}: it must be a whole number of milliseconds above 0.`);
    return parsed.data;
  };
  return {
    startTimeoutMs: duration('TINYLORA_START_TIMEOUT_MS', DEFAULT_SUPERVISOR_OPTIONS.startTimeoutMs),
    heartbeatTimeoutMs: duration('TINYLORA_HEARTBEAT_TIMEOUT_MS', DEFAULT_SUPERVISOR_OPTIONS.heartbeatTimeoutMs),
    progressTimeoutMs: duration('TINYLORA_PROGRESS_TIMEOUT_MS', DEFAULT_SUPERVISOR_OPTIONS.progressTimeoutMs),
    exitGraceMs: duration('TINYLORA_EXIT_GRACE_MS', DEFAULT_SUPERVISOR_OPTIONS.exitGraceMs),
    idleGraceMs: duration('TINYLORA_IDLE_GRACE_MS', DEFAULT_IDLE_GRACE_MS),
    engineEntry: environment['TINYLORA_ENGINE_ENTRY'] ?? null,
  };
}
