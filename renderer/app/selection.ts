// The selected runs: one set for tables, charts, palette and address. Runs in the renderer.
import { useEffect, useEffectEvent, useRef } from 'react';
import { create } from 'zustand';
import { useHostConnection, useHostQuery } from '../connection/hooks.ts';
import { useQueryState } from './query-state.ts';

interface SelectionState {
  /** Run ids, in the order in which they were selected. */
  ids: ReadonlySet<string>;
}

export const useSelection = create<SelectionState>(() => ({ ids: new Set() }));

export function setSelection(ids: Iterable<string>): void {
  useSelection.setState({ ids: new Set(ids) });
}

export function addToSelection(ids: Iterable<string>): void {
  setSelection([...useSelection.getState().ids, ...ids]);
}

/** Takes the runs out where all of them are selected, else selects them all: a row may stand for several seeds. */
export function toggleSelected(ids: readonly string[]): void {
  const { ids: selected } = useSelection.getState();
  if (ids.every((id) => selected.has(id))) setSelection([...selected].filter((id) => !ids.includes(id)));
  else addToSelection(ids);
}

export function clearSelection(): void {
  if (useSelection.getState().ids.size > 0) setSelection([]);
}

/** A longer text would make an address that browsers and chats cut: it is kept as a saved view instead. */
const LONGEST_TEXT = 1500;
const VIEW_PREFIX = 'view:';
/** A selection that grows by key presses is saved once. */
const SAVE_AFTER_MS = 600;

/** Keeps the selection and the address' `sel` the same while a page with a selection is shown. */
export function useSelectionInAddress(route: string): void {
  const [text, setText] = useQueryState<string>('sel', '');
  const connection = useHostConnection();
  const isSaved = text.startsWith(VIEW_PREFIX);
  const views = useHostQuery('listViews', {}, { enabled: isSaved }).data;
  const known = isSaved ? views?.find(({ id }) => id === text.slice(VIEW_PREFIX.length))?.query : text;
  /** What this page wrote itself; what else stands there came from a link or the history. */
  const written = useRef<string | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);

  const write = useEffectEvent((ids: ReadonlySet<string>) => {
    if (timer.current !== null) clearTimeout(timer.current);
    const next = [...ids].map(encodeURIComponent).join(',');
    const put = (value: string) => {
      written.current = value;
      setText(value);
    };
    if (next === known) return;
    if (next.length <= LONGEST_TEXT) put(next);
    else {
      timer.current = setTimeout(() => {
        const saving = connection.call('saveView', { name: '', route, query: next });
        // Without the host the selection stays in this window, only not in its address.
        void saving.then(
          ({ id }) => put(VIEW_PREFIX + id),
          () => undefined,
        );
      }, SAVE_AFTER_MS);
    }
  });
  const adopt = useEffectEvent((value: string | undefined) => {
    if (value === undefined || text === written.current) return;
    const isFirst = written.current === null;
    written.current = text;
    if (isFirst && value === '') write(useSelection.getState().ids);
    else setSelection(value === '' ? [] : value.split(',').map(decodeURIComponent));
  });

  useEffect(() => adopt(known), [known]);
  useEffect(() => {
    const end = useSelection.subscribe(({ ids }) => write(ids));
    return () => {
      end();
      if (timer.current !== null) clearTimeout(timer.current);
    };
  }, []);
}
