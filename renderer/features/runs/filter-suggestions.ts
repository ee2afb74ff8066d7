// What the filter field offers while it is typed: column keys, then operators, then values. Pure; runs in the renderer.
import type { RunColumnChoices } from '../../../contracts/run-table.ts';
import { RunState } from '../../../contracts/run-state.ts';

export interface Suggestion {
  /** The whole filter with it. */
  filter: string;
  /** What is put in at the end. */
  text: string;
  kind: 'field' | 'accuracy' | 'setting' | 'metric' | 'value';
}

const MOST_SUGGESTIONS = 30;
/** The last term as far as it is typed: its minus, its key, its operator and the last of its values. */
const LAST_TERM = /(?:^|\s)(-?)([^\s":<>=!]*)(?:\s*(:|!=|<=|>=|<|>|=)\s*(?:[^\s",]*,)*([^\s",]*))?$/;

/** For the end of the text: keys that hold what is typed, those that start with it first; values behind an operator. */
export function filterSuggestions(filter: string, choices: RunColumnChoices | undefined): Suggestion[] {
  const [, , key = '', operator, value = ''] = LAST_TERM.exec(filter) ?? [];
  if (choices === undefined || (key === '' && operator !== undefined)) return [];
  if (operator === undefined) {
    return ranked(keys(choices), key).map(({ text, kind }) => ({ filter: ending(filter, key, text), text, kind }));
  }
  return ranked(values(key, choices), value).map(({ text, kind }) => {
    return { filter: `${ending(filter, value, text)} `, text, kind };
  });
}

interface Candidate {
  text: string;
  kind: Suggestion['kind'];
}

function keys({ fields, accuracies, settings, metrics }: RunColumnChoices): Candidate[] {
  const varied = settings.toSorted((left, right) => Number(right.distinctValues > 1) - Number(left.distinctValues > 1));
  return [
    ...fields.map((text): Candidate => ({ text, kind: 'field' })),
    ...accuracies.map((text): Candidate => ({ text, kind: 'accuracy' })),
    { text: 'lr', kind: 'setting' },
    ...varied.map(({ path }): Candidate => ({ text: path, kind: 'setting' })),
    ...metrics.map(({ name }): Candidate => ({ text: metricKey(name), kind: 'metric' })),
  ];
}

/** A metric's column: a name without a slash is told from a setting by its prefix. */
export function metricKey(name: string): string {
  return name.includes('/') ? name : `metric:${name}`;
}

function values(key: string, { tags }: RunColumnChoices): Candidate[] {
  const words: Record<string, readonly string[]> = { state: RunState.options, tag: tags, tags };
  return (words[key] ?? []).map((text) => ({ text, kind: 'value' }));
}

function ranked(candidates: readonly Candidate[], typed: string): Candidate[] {
  const wanted = typed.toLowerCase();
  const found = candidates.filter(({ text }) => text.toLowerCase().includes(wanted) && text !== typed);
  const starts = ({ text }: Candidate) => Number(text.toLowerCase().startsWith(wanted));
  return found.sort((left, right) => starts(right) - starts(left)).slice(0, MOST_SUGGESTIONS);
}

function ending(filter: string, typed: string, text: string): string {
  return filter.slice(0, filter.length - typed.length) + text;
}
