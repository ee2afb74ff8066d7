// What the command line shows: progress with the time left, tables, errors and their exit codes. Runs in the command line.
import { AppError, errorMessage } from '../../contracts/app-error.ts';
import { COMPILING_PHASE } from '../../contracts/engine-protocol.ts';

const REDRAW_MS = 200;
/** A guess from less time than this jumps about. */
const LEAST_ELAPSED_MS = 2000;
const CLEAR_LINE = '\r\u001b[K';

/** 2: the caller can mend it; 1: internal. */
export function exitCodeOf(error: unknown): 1 | 2 {
  return error instanceof AppError && error.code !== 'INTERNAL' ? 2 : 1;
}

export function reportError(error: unknown): void {
  process.stderr.write(`tinylora: ${errorMessage(error)}\n`);
}

export function warn(message: string): void {
  say(`Warning: ${message}`);
}

/** A line on standard error, in the place of a progress line. */
export function say(text: string): void {
  process.stderr.write(`${process.stderr.isTTY ? CLEAR_LINE : ''}${text}\n`);
}

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

export function printLine(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** Columns are as wide as their widest entry; numbers (see `right`) are aligned to the right. */
export function printTable(header: string[], rows: string[][], right: readonly number[] = []): void {
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (cells: string[]): string =>
    cells
      .map((cell, column) =>
        right.includes(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  printLine(line(header));
  printLine(widths.map((width) => '─'.repeat(width)).join('  '));
  for (const row of rows) printLine(line(row));
}

export function formatDuration(durationMs: number): string {
  const seconds = Math.round(durationMs / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function formatBytes(sizeBytes: number): string {
  if (sizeBytes >= 2 ** 30) return `${(sizeBytes / 2 ** 30).toFixed(1)} GiB`;
  return `${(sizeBytes / 2 ** 20).toFixed(sizeBytes < 2 ** 20 ? 2 : 0)} MiB`;
}

/** One line on standard error, redrawn in place; silent where that is not a terminal. */
export class ProgressLine {
  readonly #stream: NodeJS.WriteStream;
  #phase = '';
  #phaseStartMs = 0;
  #phaseStartDone = 0;
  #drawnMs = 0;

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.#stream = stream;
  }

  update(phase: string, done: number, total: number): void {
    if (!this.#stream.isTTY) return;
    const nowMs = performance.now();
    if (phase !== this.#phase) {
      this.#phase = phase;
      this.#phaseStartMs = nowMs;
      this.#phaseStartDone = done;
    } else if (nowMs - this.#drawnMs < REDRAW_MS) return;
    this.#drawnMs = nowMs;
    const text = progressText(phase, done, total, done - this.#phaseStartDone, nowMs - this.#phaseStartMs);
    this.#stream.write(`${CLEAR_LINE}${text.slice(0, (this.#stream.columns || 80) - 1)}`);
  }

  clear(): void {
    if (this.#stream.isTTY && this.#drawnMs > 0) this.#stream.write(CLEAR_LINE);
  }
}

/** E.g. `scoring 12/100`. */
export function phaseText(phase: string, done: number, total: number): string {
  if (phase === COMPILING_PHASE) return `compiling kernels for this GPU (first use, ${done} so far)`;
  return total > 0 ? `${phase} ${done}/${total}` : phase;
}

/** E.g. `scoring 12/100 (12 %), about 40 s left`. */
export function progressText(phase: string, done: number, total: number, doneSince: number, elapsedMs: number): string {
  if (total <= 0) return phaseText(phase, done, total);
  const text = `${phaseText(phase, done, total)} (${Math.floor((100 * done) / total)} %)`;
  if (elapsedMs < LEAST_ELAPSED_MS || doneSince <= 0) return text;
  return `${text}, about ${formatDuration((elapsedMs / doneSince) * (total - done))} left`;
}
