// Reads the JSON Lines of a run's record, which a crash may have torn. Used by engine and host.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { z } from 'zod';

export interface JsonLine<Row> {
  row: Row;
  /** With the line feed. */
  sizeBytes: number;
}

/** Whole rows up to the first that is torn or wrong; none where the file is missing. */
export async function* readRows<Row>(path: string, schema: z.ZodType<Row>): AsyncGenerator<JsonLine<Row>> {
  const exists = await stat(path).then(
    () => true,
    () => false,
  );
  if (!exists) return;
  for await (const line of linesOf(path)) {
    const row = schema.safeParse(parseJson(line.toString('utf8')));
    if (!row.success) return;
    yield { row: row.data, sizeBytes: line.length + 1 };
  }
}

/**
 * Lines that end with a line feed, without it; a last one without was being written and is left out. Not readline's lines:
 * it also breaks at U+2028, which JSON leaves as it is.
 */
async function* linesOf(path: string): AsyncGenerator<Buffer> {
  const LINE_FEED = 10;
  let rest = Buffer.alloc(0);
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    let start = 0;
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
      yield bytes.subarray(start, end);
      start = end + 1;
    }
    rest = Buffer.from(bytes.subarray(start));
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
