// The recipe being written: kept in the window's session, so that a reload, another language or another place in the
// app loses nothing. Runs in the renderer.
import { create } from 'zustand';
import { createJSONStorage, persist } from 'zustand/middleware';
import { offerUndo } from '../../app/undo.ts';
import { editText } from './recipe-text.ts';
import type { Edit } from './recipe-text.ts';

export interface Draft {
  /** Where the text came from: `recipe:demo`, `run:r128`, `file:mine.yaml`, `empty`. */
  origin: string;
  text: string;
  /** As it was loaded. */
  loadedText: string;
  /** Where relative paths begin; null: in the data folder's recipes. */
  baseFolder: string | null;
}

interface DraftState {
  draft: Draft | null;
  /** Why what the address names could not be loaded; null where it could. */
  loadError: unknown;
}

export const useDraftStore = create<DraftState>()(
  persist((): DraftState => ({ draft: null, loadError: null }), {
    name: 'tinylora-new-sweep',
    storage: createJSONStorage(() => sessionStorage),
    partialize: ({ draft }) => ({ draft }),
  }),
);

function replaceDraft(draft: Draft | null): void {
  useDraftStore.setState({ draft, loadError: null });
}

export function reportLoadError(loadError: unknown): void {
  useDraftStore.setState({ loadError });
}

export function setDraftText(text: string): void {
  useDraftStore.setState(({ draft }) => (draft === null ? {} : { draft: { ...draft, text } }));
}

export function editDraft(edits: readonly Edit[]): void {
  useDraftStore.setState(({ draft }) =>
    draft === null ? {} : { draft: { ...draft, text: editText(draft.text, edits) } },
  );
}

/** Puts a loaded recipe in the place of the draft; a draft with changes of its own can be brought back. */
export function loadDraft(loaded: Omit<Draft, 'loadedText'>, message: string): void {
  const before = useDraftStore.getState().draft;
  const draft = { ...loaded, loadedText: loaded.text };
  replaceDraft(draft);
  if (before === null || before.text === before.loadedText) return;
  offerUndo({
    message,
    undo: () => Promise.resolve(replaceDraft(before)),
    redo: () => Promise.resolve(replaceDraft(draft)),
  });
}
