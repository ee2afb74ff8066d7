// The thread that checks a database and answers with what it finds. Runs in the host.
import { parentPort, workerData } from 'node:worker_threads';
import SqliteDatabase from 'better-sqlite3';

const SHOWN_FINDINGS = 5;
const { path } = workerData as { path: string };
const database = new SqliteDatabase(path, { readonly: true });
try {
  const rows = database.pragma('quick_check') as { quick_check: string }[];
  const findings = rows.map((row) => row.quick_check).filter((finding) => finding !== 'ok');
  parentPort?.postMessage(findings.length === 0 ? null : findings.slice(0, SHOWN_FINDINGS).join('; '));
} finally {
  database.close();
}
