// Answers that grow while a run trains: asked again every so often, as long as something is heard of it. Runs in the renderer.
import { useEffect, useRef } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import type { HostMethod } from '../../contracts/host-protocol.ts';
import { useHostEvents } from './hooks.ts';
import { hostQueryKey } from './query-client.ts';

const EVERY_MS = 3_000;

/**
 * Invalidates the methods' answers at most every three seconds while events of the run arrive, and once after the last.
 * @param runs one run's id, or those of several
 */
export function useRefreshWhileLive(
  runs: string | null | ReadonlySet<string>,
  methods: readonly HostMethod[],
  everyMs = EVERY_MS,
): void {
  const client = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  useHostEvents((events) => {
    const isMeant = (id: string) => (typeof runs === 'object' ? runs?.has(id) === true : id === runs);
    const isAboutRun = events.some((event) =>
      event.type === 'runChanged'
        ? isMeant(event.run.id)
        : (event.type === 'metrics' || event.type === 'progress') && isMeant(event.runId),
    );
    if (!isAboutRun || timer.current !== null) return;
    timer.current = setTimeout(() => {
      timer.current = null;
      for (const method of methods) void client.invalidateQueries({ queryKey: hostQueryKey(method) });
    }, everyMs);
  });
  useEffect(
    () => () => {
      if (timer.current !== null) clearTimeout(timer.current);
      timer.current = null;
    },
    [],
  );
}
