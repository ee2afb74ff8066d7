// Methods about the host itself and the user's preferences. Used by the host and its clients.
import { z } from 'zod';
import { Preferences, PreferencesChange } from '../preferences.ts';

export const STUDIO_METHODS = {
  hostInfo: {
    params: z.strictObject({}),
    result: z.strictObject({ protocolVersion: z.int(), pid: z.int(), home: z.string(), codeVersion: z.string() }),
  },
  getPreferences: { params: z.strictObject({}), result: Preferences },
  /** Changes what is named; every client hears of it. Answers with all of them. */
  setPreferences: { params: PreferencesChange, result: Preferences },
} as const;
