// The selected runs: one set for tables, charts, palette and address. Runs in the renderer.
import { useEffect, useEffectEvent, useRef } from 'react';
import { create } from 'zustand';
import { errorMessage } from '../../contracts/app-error.ts';
import { useHostConnection } from '../connection/hooks.ts';
import { isShortList, runListText, useRunListInAddress } from './run-list.ts';
import { showToast } from './toasts.ts';

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

/** A selection that grows by key presses is saved once. */
const SAVE_AFTER_MS = 600;

/** Keeps the selection and the address' `sel` the same while a page with a selection is shown. */
export function useSelectionInAddress(route: string): void {
  const { text, ids: known, setText } = useRunListInAddress('sel');
  const connection = useHostConnection();
  /** What this page wrote itself; what else stands there came from a link or the history. */
  const written = useRef<string | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);

  const put = async (ids: ReadonlySet<string>) => {
    try {
      written.current = await runListText(connection, route, ids);
      setText(written.current);
    } catch (error) {
      // The selection stays in this window, only not in its address.
      showToast(errorMessage(error), { tone: 'failure' });
    }
  };
  const write = useEffectEvent((ids: ReadonlySet<string>) => {
    if (timer.current !== null) clearTimeout(timer.current);
    if (known?.length === ids.size && known.every((id) => ids.has(id))) return;
    if (isShortList(ids)) void put(ids);
    else timer.current = setTimeout(() => void put(ids), SAVE_AFTER_MS);
  });
  const adopt = useEffectEvent((ids: readonly string[]) => {
    if (text === written.current) return;
    const isFirst = written.current === null;
    written.current = text;
    if (isFirst && ids.length === 0) write(useSelection.getState().ids);
    else setSelection(ids);
  });

  useEffect(() => {
    if (known) adopt(known);
  }, [known]);
  useEffect(() => {
    const end = useSelection.subscribe(({ ids }) => write(ids));
    return () => {
      end();
      if (timer.current !== null) clearTimeout(timer.current);
    };
  }, []);
}
