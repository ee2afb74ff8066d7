// Metrics of the steps that ended since the page was opened, as the host's events told them. Runs in the renderer.
import { useEffect, useRef, useState } from 'react';
import { useHostEvents } from '../../connection/hooks.ts';
import type { LiveStep } from './curves.ts';

/** Charts redraw four times a second at most, so that more would be in vain. */
const SHOW_EVERY_MS = 250;
/** After so many steps the stored points are asked for again; so many more are kept until they have arrived. */
const STEPS_UNTIL_REFRESH = 200;
const STEPS_KEPT = 1000;

interface Gathered {
  runId: string;
  steps: readonly LiveStep[];
  sinceRefresh: number;
}

/** @param onMany called whenever many have gathered */
export function useLiveSteps(runId: string, onMany: () => void): readonly LiveStep[] {
  const gathered = useRef<Gathered>({ runId, steps: NOTHING, sinceRefresh: 0 });
  const [shown, setShown] = useState<Gathered>({ runId, steps: NOTHING, sinceRefresh: 0 });
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  useHostEvents((events) => {
    const added = events.flatMap((event) =>
      event.type === 'metrics' && event.runId === runId ? [{ step: event.step, values: event.values }] : [],
    );
    if (added.length === 0) return;
    const before = gathered.current.runId === runId ? gathered.current : { steps: NOTHING, sinceRefresh: 0 };
    const since = before.sinceRefresh + added.length;
    const isMany = since >= STEPS_UNTIL_REFRESH;
    const steps = [...before.steps, ...added].slice(-STEPS_KEPT);
    gathered.current = { runId, steps, sinceRefresh: isMany ? 0 : since };
    if (isMany) onMany();
    timer.current ??= setTimeout(() => {
      timer.current = null;
      setShown(gathered.current);
    }, SHOW_EVERY_MS);
  });
  useEffect(
    () => () => {
      if (timer.current !== null) clearTimeout(timer.current);
      timer.current = null;
    },
    [],
  );
  return shown.runId === runId ? shown.steps : NOTHING;
}

const NOTHING: readonly LiveStep[] = [];
