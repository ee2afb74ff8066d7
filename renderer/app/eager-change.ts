// Changes to a value that the address holds, one after another: the address answers a moment later, and the next change
// must start from the last one. Runs in the renderer.
import { useCallback, useLayoutEffect, useRef } from 'react';

/** @returns a function that takes how to change the latest value, whether it has been rendered yet or not */
export function useEagerChange<Value>(
  value: Value,
  set: (value: Value) => void,
): (change: (latest: Value) => Value) => void {
  const latest = useRef(value);
  useLayoutEffect(() => {
    latest.current = value;
  }, [value]);
  return useCallback(
    (change) => {
      latest.current = change(latest.current);
      set(latest.current);
    },
    [set],
  );
}
