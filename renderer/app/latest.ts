// The value of the last render, for functions that stay the same. Runs in the renderer.
import { useLayoutEffect, useRef } from 'react';
import type { RefObject } from 'react';

/** To be read in handlers, never while rendering. */
export function useLatest<Value>(value: Value): RefObject<Value> {
  const latest = useRef(value);
  useLayoutEffect(() => {
    latest.current = value;
  });
  return latest;
}
