// Whether a database is whole, asked in a thread of its own: reading all of it would stop the host. Runs in the host.
import { Worker } from 'node:worker_threads';

/** What SQLite's quick check finds, or why it cannot be asked; null where the file is whole. */
export function findDamage(path: string): Promise<string | null> {
  return new Promise((resolve) => {
    const worker = new Worker(new URL('./integrity-worker.ts', import.meta.url), { workerData: { path } });
    worker.once('message', (damage: string | null) => resolve(damage));
    worker.once('error', (error) => resolve(error instanceof Error ? error.message : String(error)));
  });
}
