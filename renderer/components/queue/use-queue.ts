// The queue with its waiting runs. Runs in the renderer.
import { replaceEqualDeep } from '@tanstack/react-query';
import type { Queue, QueueEntry } from '../../../contracts/queue.ts';
import { useHostQuery } from '../../connection/hooks.ts';

export const QUEUE_PARAMETERS = { limit: 200 };

export function useQueue() {
  return useHostQuery('listQueue', QUEUE_PARAMETERS, {
    structuralSharing: (before, now) => withKnownEntries(before as Queue | undefined, now as Queue),
  });
}

/**
 * The same queue, in which an entry that did not change is the same object, wherever it stands now: when the first run
 * starts, all others move up, and none need be drawn again.
 */
export function withKnownEntries(before: Queue | undefined, now: Queue): Queue {
  if (before === undefined) return now;
  const known = new Map(before.waiting.map((entry) => [entry.run.id, entry]));
  const waiting = now.waiting.map((entry): QueueEntry => replaceEqualDeep(known.get(entry.run.id), entry));
  const isSame = waiting.length === before.waiting.length && waiting.every((entry, at) => entry === before.waiting[at]);
  const { waiting: _, ...rest } = now;
  const { waiting: __, ...restBefore } = before;
  return { ...replaceEqualDeep(restBefore, rest), waiting: isSame ? before.waiting : waiting };
}
