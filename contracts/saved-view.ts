// A screen with its filter, columns and selection, kept under a name or behind a short link. Used by host and clients.
import { z } from 'zod';

export const SavedView = z.strictObject({
  id: z.string(),
  /** Empty: kept only because its link would be too long. */
  name: z.string().max(120),
  /** E.g. `/runs`. */
  route: z.string().startsWith('/').max(200),
  /** The query string without its question mark. */
  query: z.string().max(100_000),
  updatedAtMs: z.number(),
});
export type SavedView = z.infer<typeof SavedView>;
