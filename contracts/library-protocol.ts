// What the host and a library process say to each other over the child process' channel: one request, then progress, then
// one result or one error. Parsed by the receiving side.
import { z } from 'zod';
import { DownloadFailureCode, ModelInspection } from './library.ts';

/** Paths are absolute. */
export const LibraryRequest = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('inspect'), path: z.string() }),
  z.strictObject({
    type: z.literal('download'),
    address: z.string(),
    /** Where the file goes in the end. */
    folder: z.string(),
    /** Where its bytes gather until they are whole and right. */
    partPath: z.string(),
    expectedSha256: z.string().nullable(),
    /** Connections without a new byte that are tried again before it fails. */
    maximumRetries: z.int().min(0),
    /** Wait before the first of them; doubled for each further one, at most 30 s. */
    retryDelayMs: z.number().min(0),
  }),
]);
export type LibraryRequest = z.infer<typeof LibraryRequest>;
export type DownloadRequest = Extract<LibraryRequest, { type: 'download' }>;

export const DownloadProgress = z.strictObject({
  fileName: z.string(),
  totalBytes: z.number().nullable(),
  receivedBytes: z.number(),
  bytesPerSecond: z.number().nullable(),
  retries: z.int(),
  expectedSha256: z.string().nullable(),
  checksumSource: z.enum(['given', 'hub']).nullable(),
  isVerifying: z.boolean(),
});
export type DownloadProgress = z.infer<typeof DownloadProgress>;

export const LibraryMessage = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('inspected'), inspection: ModelInspection }),
  z.strictObject({ type: z.literal('progress'), progress: DownloadProgress }),
  z.strictObject({ type: z.literal('downloaded'), path: z.string(), sha256: z.string() }),
  z.strictObject({ type: z.literal('failed'), code: DownloadFailureCode, message: z.string() }),
]);
export type LibraryMessage = z.infer<typeof LibraryMessage>;
