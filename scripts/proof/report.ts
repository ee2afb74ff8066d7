// What the proof collects: claims with measured values and bounds, and the table of them.
import { resolve } from 'node:path';

export const REPOSITORY_ROOT = resolve(import.meta.dirname, '../..');

export type Verdict = 'holds' | 'FAILS' | 'reported' | 'skipped';

export interface Claim {
  claim: string;
  measured: string;
  bound: string;
  verdict: Verdict;
}

/** Several measured quantities of one claim; each keeps its largest value, and each has a bound of its own. */
export class Quantities {
  readonly #worst = new Map<string, { value: number; bound: number; where: string }>();

  /** `where` names the case. NaN counts as infinite: it must not pass. */
  note(name: string, value: number, bound: number, where: string): void {
    const size = Number.isNaN(value) ? Infinity : value;
    const known = this.#worst.get(name);
    if (known === undefined || size > known.value) this.#worst.set(name, { value: size, bound, where });
  }

  claim(claim: string): Claim {
    const entries = [...this.#worst];
    return {
      claim,
      measured: entries
        .map(([name, { value, bound, where }]) => `${name} ${short(value)}${value <= bound ? '' : ` (${where})`}`)
        .join(', '),
      bound: entries.map(([, { bound }]) => `≤ ${short(bound)}`).join(', '),
      verdict: entries.length > 0 && entries.every(([, { value, bound }]) => value <= bound) ? 'holds' : 'FAILS',
    };
  }
}

export function atMost(claim: string, value: number, bound: number): Claim {
  return { claim, measured: short(value), bound: `≤ ${short(bound)}`, verdict: value <= bound ? 'holds' : 'FAILS' };
}

export function isTrue(claim: string, measured: string, bound: string, holds: boolean): Claim {
  return { claim, measured, bound, verdict: holds ? 'holds' : 'FAILS' };
}

export function reported(claim: string, measured: string): Claim {
  return { claim, measured, bound: '', verdict: 'reported' };
}

export function skipped(claim: string, reason: string): Claim {
  return { claim, measured: reason, bound: '', verdict: 'skipped' };
}

export function short(value: number): string {
  return value !== 0 && Math.abs(value) < 0.01 ? value.toExponential(1) : String(Number(value.toPrecision(3)));
}

const HEADING: Record<keyof Claim, string> = {
  claim: 'claim',
  measured: 'measured',
  bound: 'bound',
  verdict: 'verdict',
};

/** A Markdown table with aligned columns. */
export function formatTable(claims: Claim[]): string {
  const columns = Object.keys(HEADING) as (keyof Claim)[];
  const widths = columns.map((column) => Math.max(...[HEADING, ...claims].map((row) => [...row[column]].length)));
  const line = (cells: string[]): string =>
    `| ${cells.map((cell, index) => cell + ' '.repeat((widths[index] ?? 0) - [...cell].length)).join(' | ')} |`;
  return [
    line(columns.map((column) => HEADING[column])),
    line(widths.map((width) => '-'.repeat(width))),
    ...claims.map((row) => line(columns.map((column) => row[column]))),
  ].join('\n');
}
