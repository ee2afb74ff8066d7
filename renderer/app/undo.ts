// Steps that can be taken back and done again: remove, reorder, edit, tag, note, cancel, enqueue. Runs in the renderer.
import i18next from 'i18next';
import { create } from 'zustand';
import { errorMessage } from '../../contracts/app-error.ts';
import { dismissToast, showToast } from './toasts.ts';

export const UNDO_STEPS = 50;

export interface UndoStep {
  /** What was done, as the toast says it: "Stopped at step 62". */
  message: string;
  undo: () => Promise<unknown>;
  redo: () => Promise<unknown>;
}

interface UndoState {
  done: readonly UndoStep[];
  undone: readonly UndoStep[];
}

export const useUndo = create<UndoState>(() => ({ done: [], undone: [] }));

/**
 * Remembers a step that was just taken, and offers Undo in a toast. A new step ends what could be done again.
 * @returns forgets the step: for one that was shown at once and then refused
 */
export function offerUndo(step: UndoStep): () => void {
  useUndo.setState(({ done }) => ({ done: [...done, step].slice(-UNDO_STEPS), undone: [] }));
  const toast = showToast(step.message, {
    action: { label: i18next.t('undo'), run: () => void takeBack(step) },
  });
  // Undone by key: its toast has nothing to offer any more.
  const end = useUndo.subscribe(({ done }) => {
    if (done.includes(step)) return;
    dismissToast(toast);
    end();
  });
  return () => useUndo.setState(({ done }) => ({ done: without(done, step) }));
}

/** Takes back the latest step. */
export async function undo(): Promise<void> {
  const step = useUndo.getState().done.at(-1);
  if (step === undefined) showToast(i18next.t('nothingToUndo'));
  else await takeBack(step);
}

/** Does again what was taken back last. */
export async function redo(): Promise<void> {
  const step = useUndo.getState().undone.at(-1);
  if (step === undefined) {
    showToast(i18next.t('nothingToRedo'));
    return;
  }
  useUndo.setState(({ done, undone }) => ({ done: [...done, step], undone: without(undone, step) }));
  try {
    await step.redo();
    showToast(i18next.t('redone', { what: step.message }));
  } catch (error) {
    useUndo.setState(({ done }) => ({ done: without(done, step) }));
    showToast(errorMessage(error), { tone: 'failure' });
  }
}

async function takeBack(step: UndoStep): Promise<void> {
  if (!useUndo.getState().done.includes(step)) return;
  useUndo.setState(({ done, undone }) => ({ done: without(done, step), undone: [...undone, step] }));
  try {
    await step.undo();
    showToast(i18next.t('undone', { what: step.message }));
  } catch (error) {
    useUndo.setState(({ undone }) => ({ undone: without(undone, step) }));
    showToast(i18next.t('undoFailed', { reason: errorMessage(error) }), { tone: 'failure' });
  }
}

function without(steps: readonly UndoStep[], step: UndoStep): readonly UndoStep[] {
  return steps.filter((other) => other !== step);
}
