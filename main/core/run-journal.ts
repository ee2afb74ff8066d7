// Takes over what an engine wrote into its run folder while no host was there to listen. Runs in the host.
import { join } from 'node:path';
import { CompletionRow, EvaluationResult, MetricsRow } from '../../contracts/engine-protocol.ts';
import { readRows } from './json-lines.ts';
import type { JsonLine } from './json-lines.ts';
import type { Store } from './store-types.ts';

/** Rows written to the database in one transaction. */
const BATCH_ROWS = 500;

async function ingest<Row>(rows: AsyncGenerator<JsonLine<Row>>, store: Store, keep: (row: Row) => void): Promise<void> {
  let batch: Row[] = [];
  const flush = (): void => {
    const full = batch;
    batch = [];
    store.transaction(() => full.forEach(keep));
  };
  for await (const { row } of rows) {
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
  const { metrics, parameters, completions, evaluations } = store;
  const storedMetrics = metrics.lastStep(runId);
  const storedCompletions = completions.lastStep(runId);
  await ingest(readRows(join(runFolder, 'completions.jsonl'), CompletionRow), store, (row) => {
    if (row.step >= storedCompletions) completions.append(runId, [row]);
  });
  await ingest(readRows(join(runFolder, 'evaluations.jsonl'), EvaluationResult), store, (result) => {
    evaluations.save(runId, result);
  });
  await ingest(readRows(join(runFolder, 'metrics.jsonl'), MetricsRow), store, (row) => {
    if (row.step < storedMetrics) return;
    metrics.append(runId, row.step, row.values);
    if (row.parameters !== null) parameters.save(runId, row.step, row.parameters);
  });
}
