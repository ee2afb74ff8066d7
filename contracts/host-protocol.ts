// What clients and the host of a data folder say to each other over one WebSocket. Parsed by the receiving side.
import { z } from 'zod';
import { MetricsRow } from './engine-protocol.ts';
import { LIBRARY_EVENTS, LIBRARY_METHODS } from './methods/library.ts';
import { PLAYGROUND_EVENTS, PLAYGROUND_METHODS } from './methods/playground.ts';
import { ORGANISING_METHODS } from './methods/organising.ts';
import { QUERY_METHODS } from './methods/queries.ts';
import { QUEUE_METHODS } from './methods/queue.ts';
import { RUN_METHODS } from './methods/runs.ts';
import { STUDIO_EVENTS, STUDIO_METHODS } from './methods/studio.ts';
import { SWEEP_METHODS } from './methods/sweeps.ts';
import { PreflightProgress } from './preflight.ts';
import { QueueStatus } from './queue.ts';
import { Preferences } from './preferences.ts';
import { RunSummary } from './run-state.ts';
import { SweepSummary } from './sweep-report.ts';

export const HOST_PROTOCOL_VERSION = 1;

/** The token travels as a WebSocket subprotocol behind this prefix, never in an address. */
export const HOST_TOKEN_PREFIX = 'tinylora.token.';
/** The subprotocol that the host answers with. */
export const HOST_SUBPROTOCOL = 'tinylora.v1';

/** `host.json` in the data folder, readable by its owner alone: where the host listens, and the secret it asks for. */
export const HostAddress = z.strictObject({
  protocolVersion: z.int(),
  pid: z.int(),
  /** Where clients on this machine connect to. */
  host: z.string(),
  port: z.int().min(1).max(65535),
  /** 192 random bits in hex. */
  token: z.string().regex(/^[0-9a-f]{48}$/),
  startedAtMs: z.number(),
});
export type HostAddress = z.infer<typeof HostAddress>;

/** First message of a newly started host process to the process that started it. */
export const HostStartup = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready') }),
  /** Another process owns the folder: connect to that one. */
  z.strictObject({ type: z.literal('occupied') }),
  z.strictObject({ type: z.literal('failed'), code: z.enum(['BAD_INPUT', 'INTERNAL']), message: z.string() }),
]);
export type HostStartup = z.infer<typeof HostStartup>;

/** From the process that started a host, and attends to it, to that host. */
export const HostControl = z.strictObject({ type: z.literal('stop') });
export type HostControl = z.infer<typeof HostControl>;

/** BAD_INPUT: the caller's (exit code 2); NOT_FOUND and CONFLICT too; STORAGE: disk full or data folder not writable. */
export const HostErrorCode = z.enum(['BAD_INPUT', 'NOT_FOUND', 'CONFLICT', 'STORAGE', 'INTERNAL']);
export type HostErrorCode = z.infer<typeof HostErrorCode>;

/** Each method once: what goes in, what comes out. Both ends derive their types from here; one file an area in methods/. */
export const HOST_METHODS = {
  ...STUDIO_METHODS,
  ...SWEEP_METHODS,
  ...RUN_METHODS,
  ...LIBRARY_METHODS,
  ...PLAYGROUND_METHODS,
  ...QUEUE_METHODS,
  ...ORGANISING_METHODS,
  ...QUERY_METHODS,
} as const;
export type HostMethod = keyof typeof HOST_METHODS;
export type HostParams<M extends HostMethod> = z.infer<(typeof HOST_METHODS)[M]['params']>;
export type HostResult<M extends HostMethod> = z.infer<(typeof HOST_METHODS)[M]['result']>;

export const HostRequest = z.strictObject({ id: z.int().min(0), method: z.string(), params: z.unknown() });
export type HostRequest = z.infer<typeof HostRequest>;

export const HostEvent = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('runChanged'), run: RunSummary }),
  z.strictObject({
    type: z.literal('progress'),
    runId: z.string(),
    phase: z.string(),
    done: z.number(),
    total: z.number(),
    step: z.int(),
  }),
  MetricsRow.extend({ type: z.literal('metrics'), runId: z.string() }),
  /** Runs that are in no list any more; `runChanged` brings them back. */
  z.strictObject({ type: z.literal('runsRemoved'), ids: z.array(z.string()) }),
  /** Order, hold or settings of the queue changed: ask for it again. */
  z.strictObject({ type: z.literal('queueChanged'), status: QueueStatus }),
  /** Nothing new is started, and why; for a notification. */
  z.strictObject({ type: z.literal('queueStopped'), status: QueueStatus, message: z.string() }),
  /** Cells or settings of sweeps changed, sweeps came or went: ask for them again. */
  z.strictObject({ type: z.literal('sweepsChanged'), sweepIds: z.array(z.string()) }),
  /** Its last cell has settled; for a notification. */
  z.strictObject({ type: z.literal('sweepEnded'), sweep: SweepSummary }),
  z.strictObject({ type: z.literal('viewsChanged') }),
  PreflightProgress.extend({ type: z.literal('preflightProgress') }),
  z.strictObject({ type: z.literal('preferencesChanged'), preferences: Preferences }),
  /** The data folder can no longer be written; the queue has stopped. */
  z.strictObject({ type: z.literal('storageFailed'), message: z.string() }),
  ...STUDIO_EVENTS,
  ...LIBRARY_EVENTS,
  ...PLAYGROUND_EVENTS,
]);
export type HostEvent = z.infer<typeof HostEvent>;

export const HostMessage = z.union([
  z.strictObject({ id: z.int(), ok: z.literal(true), value: z.unknown() }),
  z.strictObject({
    id: z.int(),
    ok: z.literal(false),
    error: z.strictObject({ code: HostErrorCode, message: z.string() }),
  }),
  z.strictObject({ event: HostEvent }),
]);
export type HostMessage = z.infer<typeof HostMessage>;
