// Steps taken back and done again, refused ones, and what their toasts offer. Runs under vitest.
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { useToasts } from './toasts.ts';
import { UNDO_STEPS, offerUndo, redo, undo, useUndo } from './undo.ts';

const step = (message: string) => ({ message, undo: vi.fn(async () => {}), redo: vi.fn(async () => {}) });
const messages = () => useToasts.getState().toasts.map(({ message }) => message);

beforeEach(() => {
  useUndo.setState({ done: [], undone: [] });
  useToasts.setState({ toasts: [] });
});

describe('undo', () => {
  it('takes back the latest step, redo does it again, and a new step ends that', async () => {
    const [first, second] = [step('moved'), step('removed')];
    offerUndo(first);
    offerUndo(second);
    await undo();
    expect(second.undo).toHaveBeenCalledOnce();
    expect(first.undo).not.toHaveBeenCalled();
    await redo();
    expect(second.redo).toHaveBeenCalledOnce();
    await undo();
    offerUndo(step('tagged'));
    await redo();
    expect(second.redo).toHaveBeenCalledOnce();
  });

  it('is offered by the toast, which goes when a key took the step back', async () => {
    const moved = step('moved to 2 of 9');
    offerUndo(moved);
    expect(useToasts.getState().toasts[0]?.action).not.toBeNull();
    await undo();
    expect(messages()).not.toContain('moved to 2 of 9');
    offerUndo(moved);
    useToasts
      .getState()
      .toasts.find(({ message }) => message === 'moved to 2 of 9')
      ?.action?.run();
    await vi.waitFor(() => expect(moved.undo).toHaveBeenCalledTimes(2));
  });

  it('says why it was refused, and cannot be done again then', async () => {
    const removed = { ...step('removed'), undo: vi.fn(() => Promise.reject(new Error('r12 is gone.'))) };
    offerUndo(removed);
    await undo();
    expect(useToasts.getState().toasts.at(-1)?.tone).toBe('failure');
    expect(useUndo.getState()).toEqual({ done: [], undone: [] });
  });

  it('forgets a step that the host refused, and all but the latest fifty', () => {
    offerUndo(step('refused'))();
    expect(useUndo.getState().done).toEqual([]);
    for (let index = 0; index <= UNDO_STEPS; index++) offerUndo(step(String(index)));
    expect(useUndo.getState().done).toHaveLength(UNDO_STEPS);
    expect(useUndo.getState().done[0]?.message).toBe('1');
  });
});
