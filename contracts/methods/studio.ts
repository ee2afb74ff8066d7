// Methods about the host itself, the machine under it and the user's preferences. Used by the host and its clients.
import { z } from 'zod';
import { Preferences, PreferencesChange } from '../preferences.ts';
import { Backup, DoctorReport, StudioStatus } from '../studio.ts';

const none = z.strictObject({});

export const STUDIO_METHODS = {
  hostInfo: {
    params: none,
    result: z.strictObject({ protocolVersion: z.int(), pid: z.int(), home: z.string(), codeVersion: z.string() }),
  },
  /** The newest sample; a new one follows as `studioStatus` every 2 s while someone is connected. */
  studioStatus: { params: none, result: StudioStatus },
  /** The last report; `again` probes the devices anew. */
  checkDevices: { params: z.strictObject({ again: z.boolean().default(false) }), result: DoctorReport },
  /** The user's word that the CPU may compute where the GPU cannot be used. Kept. */
  setCpuAllowed: { params: z.strictObject({ allowed: z.boolean() }), result: z.strictObject({ allowed: z.boolean() }) },
  /** Text for a bug report: versions, devices, probes, the end of the host's log. No token, prompt or result. */
  diagnostics: { params: none, result: z.strictObject({ text: z.string() }) },
  /** While runs go on. */
  backUpStore: { params: none, result: Backup },
  /** Newest first. */
  listBackups: { params: none, result: z.array(Backup) },
  getPreferences: { params: z.strictObject({}), result: Preferences },
  /** Changes what is named; every client hears of it. Answers with all of them. */
  setPreferences: { params: PreferencesChange, result: Preferences },
} as const;

export const STUDIO_EVENTS = [
  z.strictObject({ type: z.literal('studioStatus'), status: StudioStatus }),
  /** The devices were probed anew, by someone or after the machine slept: ask for the report again. */
  z.strictObject({ type: z.literal('devicesChecked') }),
  /** Sent when the disk gets too full to go on, and when it is well again. The queue waits meanwhile. */
  z.strictObject({ type: z.literal('lowDisk'), isLow: z.boolean(), freeBytes: z.number(), message: z.string() }),
] as const;
