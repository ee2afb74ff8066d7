// State that lives in the address, so that a link or a reload restores it. Runs in the renderer.
import { useCallback } from 'react';
import { useNavigate, useSearchParams } from 'react-router';

/** Changes of one turn are written together: two hooks must not overwrite each other's. */
const waiting = new Map<string, string | null>();

/**
 * One value in the query of the address. The default is not written, which keeps links short.
 * @returns the value, and a function that changes it without a new entry in the history
 */
export function useQueryState<Value extends string>(key: string, defaultValue: Value): [Value, (value: Value) => void] {
  const [parameters] = useSearchParams();
  const navigate = useNavigate();
  const set = useCallback(
    (value: Value) => {
      const isFirst = waiting.size === 0;
      waiting.set(key, value === defaultValue ? null : value);
      if (isFirst) queueMicrotask(() => writeQuery((search) => void navigate({ search }, { replace: true })));
    },
    [key, defaultValue, navigate],
  );
  return [(parameters.get(key) as Value | null) ?? defaultValue, set];
}

/** A list of ids in the query, as `a,b,c`. */
export function useQueryList(key: string): [string[], (values: readonly string[]) => void] {
  const [text, setText] = useQueryState<string>(key, '');
  const set = useCallback((values: readonly string[]) => setText(values.map(encodeURIComponent).join(',')), [setText]);
  return [text === '' ? [] : text.split(',').map(decodeURIComponent), set];
}

function writeQuery(write: (search: string) => void): void {
  const parameters = new URLSearchParams(window.location.search);
  for (const [key, value] of waiting) {
    if (value === null) parameters.delete(key);
    else parameters.set(key, value);
  }
  waiting.clear();
  write(parameters.toString());
}
