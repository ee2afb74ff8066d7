// Numbers as the studio writes them; the rules are one place so that table, chart, tooltip and export agree. Pure.

const MINUS = '\u2212';
/** What stands where a value is missing. */
export const MISSING = '–';

function trueMinus(text: string): string {
  return text.replace('-', MINUS);
}

/** NaN and infinities are results and shown as such; `null` and `undefined` are missing. */
function special(value: number | null | undefined): string | null {
  if (value === null || value === undefined) return MISSING;
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : `${MINUS}∞`;
  return null;
}

/** Under this many observations a decimal of a rate would be noise. */
const RATE_DECIMAL_FROM_N = 200;

/** `54.1%`; `54%` where fewer than 200 observations stand behind it. @param rate 0 … 1 */
export function formatRate(rate: number | null | undefined, n: number): string {
  return special(rate) ?? `${trueMinus(((rate ?? 0) * 100).toFixed(rateDecimals(n)))}%`;
}

function rateDecimals(n: number): number {
  return n < RATE_DECIMAL_FROM_N ? 0 : 1;
}

/** `[49.8, 58.4]`, in percent. @param low 0 … 1 */
export function formatRateInterval(low: number, high: number, n: number): string {
  const end = (value: number) => special(value) ?? trueMinus((value * 100).toFixed(rateDecimals(n)));
  return `[${end(low)}, ${end(high)}]`;
}

/** `±3.9`, in percentage points. @param half half width of the interval, 0 … 1 */
export function formatRateHalfWidth(half: number, n: number): string {
  return `±${special(half) ?? (half * 100).toFixed(rateDecimals(n))}`;
}

/** `+22.8 pt`: a difference of two rates. */
export function formatDifference(difference: number | null | undefined, n: number): string {
  const word = special(difference);
  if (word !== null) return word;
  const text = ((difference ?? 0) * 100).toFixed(rateDecimals(n));
  return `${Number(text) > 0 ? '+' : ''}${trueMinus(Number(text) === 0 ? text.replace('-', '') : text)} pt`;
}

/** A setting in its shortest exact form: `0.03`, `5e-4`. Equal numbers read equal, different ones different. */
export function formatSetting(value: number): string {
  const word = special(value);
  if (word !== null) return word;
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude < 0.001 || magnitude >= 1e7)) {
    return trueMinusInFront(value.toExponential().replace('e+', 'e'));
  }
  return trueMinusInFront(String(value));
}

function trueMinusInFront(text: string): string {
  return text.startsWith('-') ? MINUS + text.slice(1) : text;
}

/** Three significant digits, an exponent under 0.001: KL, norms, losses. */
export function formatMeasure(value: number | null | undefined, digits = 3): string {
  const word = special(value);
  if (word !== null) return word;
  const number = value ?? 0;
  if (number === 0) return '0';
  const magnitude = Math.abs(number);
  if (magnitude < 0.001) return trueMinusInFront(shortMantissa(number.toExponential(digits - 1)));
  if (magnitude >= 10 ** digits) return trueMinusInFront(groupDigits(Math.round(number)));
  return trueMinusInFront(number.toPrecision(digits));
}

/** `2.10e-4` → `2.1e-4`. */
function shortMantissa(text: string): string {
  return text.replace(/\.?0+e/, 'e').replace('e+', 'e');
}

/** Made once: `toLocaleString` would make one a number, which tables feel. */
const GROUPED = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

function groupDigits(value: number): string {
  return GROUPED.format(value);
}

/** `2,442,240`. */
export function formatCount(value: number | null | undefined): string {
  return special(value) ?? trueMinusInFront(groupDigits(value ?? 0));
}

const SHORT_UNITS: readonly [number, string][] = [
  [1e9, 'B'],
  [1e6, 'M'],
  [1e3, 'k'],
];

/** For chips and axes: `840 10k 2.4M 134.5M 7.6B`. */
export function formatShortCount(value: number | null | undefined): string {
  const word = special(value);
  if (word !== null) return word;
  const number = value ?? 0;
  for (const [size, unit] of SHORT_UNITS) {
    const scaled = Math.round((Math.abs(number) / size) * 10) / 10;
    if (scaled >= 1) return `${number < 0 ? MINUS : ''}${scaled}${unit}`;
  }
  return trueMinusInFront(String(Number(number.toPrecision(3))));
}

const FILE_UNITS = ['KB', 'MB', 'GB', 'TB'] as const;
const MEMORY_UNITS = ['KiB', 'MiB', 'GiB', 'TiB'] as const;

function formatBytes(bytes: number, base: number, units: readonly string[]): string {
  const word = special(bytes);
  if (word !== null) return word;
  if (bytes < base) return `${bytes} ${bytes === 1 ? 'byte' : 'bytes'}`;
  let value = bytes / base;
  let unit = 0;
  // 999.95 would round to "1000.0".
  while (value >= base - 0.05 && unit < units.length - 1) {
    value /= base;
    unit += 1;
  }
  return `${value < 100 ? value.toFixed(1) : value.toFixed(0)} ${units[unit] ?? ''}`;
}

/** Decimal, as disks and downloads are sold: `4.7 GB`; `52 bytes`. */
export function formatFileSize(sizeBytes: number): string {
  return formatBytes(sizeBytes, 1000, FILE_UNITS);
}

/** Binary, as memory is: `7.1 GiB`. */
export function formatMemory(sizeBytes: number): string {
  return formatBytes(sizeBytes, 1024, MEMORY_UNITS);
}

/** `7.1/24.0 GiB`: both in the unit of the total. */
export function formatMemoryOf(usedBytes: number, totalBytes: number): string {
  const total = formatMemory(totalBytes);
  const unit = MEMORY_UNITS.findIndex((name) => total.endsWith(` ${name}`));
  if (special(usedBytes) !== null || unit === -1) return `${formatMemory(usedBytes)} / ${total}`;
  return `${(usedBytes / 1024 ** (unit + 1)).toFixed(1)}/${total}`;
}

/** `4.3 s`, `3 min 44 s`, `1 h 05 min`, `2 d 03 h`. */
export function formatDuration(durationMs: number | null | undefined): string {
  const word = special(durationMs);
  if (word !== null) return word;
  const ms = Math.max(0, durationMs ?? 0);
  if (ms < 995) return `${Math.round(ms)} ms`;
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${pad(seconds % 60)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
  const hours = Math.round(minutes / 60);
  return `${Math.floor(hours / 24)} d ${pad(hours % 24)} h`;
}

/** An estimate says so: `~41 min`; rounded, since its last digits would be made up. */
export function formatEstimate(durationMs: number | null | undefined): string {
  const word = special(durationMs);
  if (word !== null) return word;
  const seconds = (durationMs ?? 0) / 1000;
  if (seconds < 60) return `~${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 600) {
    const rounded = Math.round(seconds / 10) * 10;
    const rest = rounded % 60;
    return `~${Math.floor(rounded / 60)} min${rest === 0 ? '' : ` ${pad(rest)} s`}`;
  }
  if (seconds < 3600) return `~${Math.round(seconds / 60)} min`;
  return `~${formatDuration(Math.round(seconds / 60) * 60_000)}`;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}

const DAY_MS = 24 * 3600 * 1000;
const RELATIVE_UNITS: readonly [number, Intl.RelativeTimeFormatUnit][] = [
  [3600_000, 'hour'],
  [60_000, 'minute'],
  [1000, 'second'],
];

/** `2 hours ago` under a day, then `12 Nov 14:02`, with the year where it is another one. */
export function formatTime(atMs: number | null | undefined, nowMs: number, language: string): string {
  const word = special(atMs);
  if (word !== null) return word;
  const elapsedMs = nowMs - (atMs ?? 0);
  if (elapsedMs >= 0 && elapsedMs < DAY_MS) {
    const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'short' });
    for (const [sizeMs, unit] of RELATIVE_UNITS) {
      if (elapsedMs >= sizeMs) return relative.format(-Math.floor(elapsedMs / sizeMs), unit);
    }
    return relative.format(0, 'second');
  }
  const date = new Date(atMs ?? 0);
  const isThisYear = date.getFullYear() === new Date(nowMs).getFullYear();
  const day = new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, {
    day: 'numeric',
    month: 'short',
    ...(isThisYear ? {} : { year: 'numeric' }),
  }).format(date);
  return `${day} ${formatClock(date.getTime())}`;
}

/** `14:02`, in the user's time zone. */
export function formatClock(atMs: number): string {
  const date = new Date(atMs);
  return `${pad(date.getHours())}:${pad(date.getMinutes())}`;
}

/** All digits, for copying; parses back to the same number. */
export function fullPrecision(value: number | null | undefined): string {
  return value === null || value === undefined ? '' : String(value);
}
