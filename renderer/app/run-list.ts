// Lists of run ids in the address: as they are while short, else as a saved view that the address names. Runs in the renderer.
import { useMemo } from 'react';
import { useHostQuery } from '../connection/hooks.ts';
import type { HostConnection } from '../connection/host-connection.ts';
import { useQueryState } from './query-state.ts';

/** A longer text would make an address that browsers and chats cut. */
const LONGEST_TEXT = 1500;
const VIEW_PREFIX = 'view:';

function listText(ids: Iterable<string>): string {
  return [...ids].map(encodeURIComponent).join(',');
}

/** Whether the address can hold the ids themselves. */
export function isShortList(ids: Iterable<string>): boolean {
  return listText(ids).length <= LONGEST_TEXT;
}

/** What stands for these runs in an address of `route`. Asks the host to keep a list that is too long. */
export async function runListText(connection: HostConnection, route: string, ids: Iterable<string>): Promise<string> {
  const text = listText(ids);
  if (text.length <= LONGEST_TEXT) return text;
  const { id } = await connection.call('saveView', { name: '', route, query: text });
  return VIEW_PREFIX + id;
}

export interface RunListInAddress {
  /** As it stands there. */
  text: string;
  /** Undefined until a saved list is there; null where the data folder has no such list. */
  ids: readonly string[] | undefined | null;
  setText: (text: string) => void;
}

export function useRunListInAddress(key: string): RunListInAddress {
  const [text, setText] = useQueryState<string>(key, '');
  const isSaved = text.startsWith(VIEW_PREFIX);
  const views = useHostQuery('listViews', {}, { enabled: isSaved }).data;
  const ids = useMemo(() => {
    if (!isSaved) return parseList(text);
    if (views === undefined) return undefined;
    const view = views.find(({ id }) => id === text.slice(VIEW_PREFIX.length));
    return view === undefined ? null : parseList(view.query);
  }, [text, isSaved, views]);
  return { text, ids, setText };
}

function parseList(text: string): string[] {
  return text === '' ? [] : [...new Set(text.split(',').map(decodeURIComponent))];
}
