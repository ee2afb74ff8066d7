// What ended, failed or stopped while this window was open; the bell lists it. Runs in the renderer.
import { create } from 'zustand';
import type { HostEvent } from '../../contracts/host-protocol.ts';
import { shownState } from '../../contracts/run-state.ts';
import type { ShownState } from '../../contracts/run-state.ts';
import { useHostEvents } from '../connection/hooks.ts';

const MOST_NEWS = 50;

export type NewsEvent = Extract<HostEvent, { type: 'sweepEnded' | 'runChanged' | 'queueStopped' | 'lowDisk' }>;

export interface NewsItem {
  id: number;
  atMs: number;
  event: NewsEvent;
}

interface NewsState {
  /** Newest first. */
  items: readonly NewsItem[];
  /** Since the list was last opened. */
  unseen: number;
  nextId: number;
}

export const useNews = create<NewsState>(() => ({ items: [], unseen: 0, nextId: 0 }));

/** A failure is told once, though more is told of the run later. */
function isNews(event: HostEvent, known: readonly NewsItem[]): event is NewsEvent {
  switch (event.type) {
    case 'sweepEnded':
    case 'queueStopped':
      return true;
    case 'lowDisk':
      return event.isLow;
    case 'runChanged': {
      const { id, state, endedAtMs } = event.run;
      const isKnown = known.some(
        ({ event: other }) => other.type === 'runChanged' && other.run.id === id && other.run.endedAtMs === endedAtMs,
      );
      return state === 'failed' && !isKnown;
    }
    default:
      return false;
  }
}

export function withEvents(state: NewsState, events: readonly HostEvent[], nowMs: number): NewsState {
  return events.reduce((now, event) => {
    if (!isNews(event, now.items)) return now;
    const item = { event, id: now.nextId, atMs: nowMs };
    return { items: [item, ...now.items].slice(0, MOST_NEWS), unseen: now.unseen + 1, nextId: now.nextId + 1 };
  }, state);
}

/** Listens for as long as the window is open; for the shell alone. */
export function useNewsCollection(): void {
  useHostEvents((events) => useNews.setState((state) => withEvents(state, events, Date.now())));
}

/** The state that the list shows beside it. */
export function newsState(event: NewsEvent): ShownState {
  if (event.type === 'runChanged') return shownState(event.run);
  if (event.type === 'sweepEnded') return (event.sweep.cellsByState.failed ?? 0) > 0 ? 'failed' : 'done';
  return 'paused';
}
