// Methods about the host itself. Used by the host and its clients.
import { z } from 'zod';

export const STUDIO_METHODS = {
  hostInfo: {
    params: z.strictObject({}),
    result: z.strictObject({ protocolVersion: z.int(), pid: z.int(), home: z.string(), codeVersion: z.string() }),
  },
} as const;
