// The filter language of the table of runs (contracts/run-table.ts). Pure; runs in the host's query thread.
import { badInput } from '../../../contracts/app-error.ts';

export type Operator = ':' | '=' | '!=' | '<' | '<=' | '>' | '>=';
export type FilterValue = number | string | boolean | readonly string[] | null;

export type FilterTerm =
  | { kind: 'text'; text: string; negated: boolean; source: string }
  | { kind: 'compare'; key: string; operator: Operator; values: string[]; negated: boolean; source: string };

// [-] then: "quoted text" | key operator value | word
const TERM =
  /\s*(-)?(?:"([^"]*)"|((?:metric:)?[^\s":<>=!]+)\s*(:|!=|<=|>=|<|>|=)\s*((?:"[^"]*"|[^\s",]+)(?:,(?:"[^"]*"|[^\s",]+))*)|([^\s"]+))/y;
const VALUE = /"([^"]*)"|[^",]+/g;

/** Throws BAD_INPUT naming the place that cannot be read. */
export function parseFilter(filter: string): FilterTerm[] {
  const terms: FilterTerm[] = [];
  const text = filter.trim();
  TERM.lastIndex = 0;
  while (TERM.lastIndex < text.length) {
    const start = TERM.lastIndex;
    const match = TERM.exec(text);
    if (match === null) {
      throw badInput(`The filter cannot be read from \`${text.slice(start).trim()}\` on; close its quotes.`);
    }
    terms.push(toTerm(match));
  }
  return terms;
}

function toTerm(match: RegExpExecArray): FilterTerm {
  const [source, minus, quoted, key, operator, value, word] = match;
  const negated = minus !== undefined;
  if (key !== undefined && operator !== undefined && value !== undefined) {
    const values = Array.from(value.matchAll(VALUE), ([whole, inner]) => inner ?? whole);
    return { kind: 'compare', key, operator: operator as Operator, values, negated, source: source.trim() };
  }
  const text = quoted ?? word ?? '';
  if (quoted === undefined && /[:<>=]$/.test(text)) {
    throw badInput(`The filter's \`${text}\` has no value: write e.g. \`lr > 0.01\` or \`state:done\`.`);
  }
  return { kind: 'text', text: text.toLowerCase(), negated, source: source.trim() };
}

/** Whether a value passes a comparison. Missing values pass `!=` alone. Throws BAD_INPUT for `<` with a text. */
export function compare(term: Extract<FilterTerm, { kind: 'compare' }>, value: FilterValue): boolean {
  const { operator, values } = term;
  if (operator === ':' || operator === '=') return values.some((wanted) => equals(value, wanted, operator === ':'));
  if (operator === '!=') return !values.some((wanted) => equals(value, wanted, false));
  const limit = Number(values[0]);
  if (values.length > 1 || Number.isNaN(limit)) {
    throw badInput(`The filter's \`${term.source}\` needs one number behind ${operator}, e.g. \`lr > 0.01\`.`);
  }
  if (typeof value !== 'number') return false;
  switch (operator) {
    case '<':
      return value < limit;
    case '<=':
      return value <= limit;
    case '>':
      return value > limit;
    case '>=':
      return value >= limit;
  }
}

function equals(value: FilterValue, wanted: string, byPart: boolean): boolean {
  if (value === null) return false;
  if (typeof value === 'number') return wanted.trim() !== '' && Number(wanted) === value;
  if (typeof value === 'boolean') return String(value) === wanted.toLowerCase();
  if (typeof value !== 'string') return value.some((entry) => entry.toLowerCase() === wanted.toLowerCase());
  const [text, part] = [value.toLowerCase(), wanted.toLowerCase()];
  return byPart ? text.includes(part) : text === part;
}
