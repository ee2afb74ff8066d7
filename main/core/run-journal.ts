// Takes over what an engine wrote into its run folder while no host was there to listen. Runs in the host.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { z } from 'zod';
import { CompletionRow, EvaluationResult, MetricsRow } from '../../contracts/engine-protocol.ts';
import type { Store } from './store-types.ts';

/** Rows written to the database in one transaction. */
const BATCH_ROWS = 500;

/** Whole rows of a JSON Lines file; a torn last one ends it. None where the file is missing. */
async function* readRows<Row>(path: string, schema: z.ZodType<Row>): AsyncGenerator<Row> {
  const exists = await stat(path).then(
    () => true,
    () => false,
  );
  if (!exists) return;
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    const row = schema.safeParse(parseJson(line));
    if (!row.success) return;
    yield row.data;
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

async function ingest<Row>(rows: AsyncGenerator<Row>, store: Store, keep: (row: Row) => void): Promise<void> {
  let batch: Row[] = [];
  const flush = (): void => {
    const full = batch;
    batch = [];
    store.transaction(() => full.forEach(keep));
  };
  for await (const row of rows) {
    batch.push(row);
    if (batch.length >= BATCH_ROWS) flush();
  }
  flush();
}

/**
 * Stores the rows of a run folder from the last stored step on. Rows already stored are replaced by themselves, so it
 * may run before every attempt. What lies beyond the engine's checkpoint is removed again when the engine says from
 * which step it resumes.
 */
export async function ingestRunFolder(runFolder: string, runId: string, store: Store): Promise<void> {
  const { metrics, completions, evaluations } = store;
  const storedMetrics = metrics.lastStep(runId);
  const storedCompletions = completions.lastStep(runId);
  await ingest(readRows(join(runFolder, 'completions.jsonl'), CompletionRow), store, (row) => {
    if (row.step >= storedCompletions) completions.append(runId, [row]);
  });
  await ingest(readRows(join(runFolder, 'evaluations.jsonl'), EvaluationResult), store, (result) => {
    evaluations.save(runId, result);
  });
  await ingest(readRows(join(runFolder, 'metrics.jsonl'), MetricsRow), store, ({ step, values }) => {
    if (step >= storedMetrics) metrics.append(runId, step, values);
  });
}
