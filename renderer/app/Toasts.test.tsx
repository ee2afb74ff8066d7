// @vitest-environment happy-dom
// Toasts as they are shown: Undo that takes a step back, a clock that waits for pointer and focus. Runs under vitest.
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { startTranslation } from '../i18n/i18n.ts';
import { useAnnouncements } from './announce.ts';
import { Toasts } from './Toasts.tsx';
import { TOAST_MS, showToast, useToasts } from './toasts.ts';
import { offerUndo, redo, useUndo } from './undo.ts';

beforeAll(startTranslation);
beforeEach(() => {
  vi.useFakeTimers();
  useToasts.setState({ toasts: [] });
  useUndo.setState({ done: [], undone: [] });
  render(<Toasts />);
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

const removed = () => ({
  message: 'r12 removed',
  undo: vi.fn(() => Promise.resolve()),
  redo: vi.fn(() => Promise.resolve()),
});

it('take a step back by their button, say so, and do it again by key', async () => {
  const step = removed();
  act(() => void offerUndo(step));
  await act(async () => fireEvent.click(screen.getByRole('button', { name: 'Undo' })));
  expect(step.undo).toHaveBeenCalledOnce();
  expect(screen.queryByText('r12 removed')).toBeNull();
  expect(useAnnouncements.getState().polite).toContain('r12 removed');
  expect(screen.queryByRole('button', { name: 'Undo' })).toBeNull();
  await act(async () => redo());
  expect(step.redo).toHaveBeenCalledOnce();
});

it('go after ten seconds, but not from under the pointer or the focus', () => {
  act(() => void showToast('s1-cells.csv exported'));
  const toast = () => screen.queryByText('s1-cells.csv exported');
  const paper = toast()?.parentElement;
  if (!paper) throw new Error('The toast is not shown.');
  act(() => void vi.advanceTimersByTime(TOAST_MS - 1));
  act(() => void fireEvent.focus(paper));
  act(() => void vi.advanceTimersByTime(10 * TOAST_MS));
  expect(toast()).not.toBeNull();
  act(() => void fireEvent.blur(paper));
  act(() => void vi.advanceTimersByTime(TOAST_MS - 1));
  expect(toast()).not.toBeNull();
  act(() => void vi.advanceTimersByTime(1));
  expect(toast()).toBeNull();
});

it('are three at most, the newest kept, and each can be dismissed', () => {
  for (const name of ['a', 'b', 'c', 'd']) act(() => void showToast(`message ${name}`));
  expect(screen.queryByText('message a')).toBeNull();
  const dismiss = screen.getAllByRole('button', { name: /dismiss/i });
  expect(dismiss).toHaveLength(3);
  act(() => void fireEvent.click(dismiss[0] as HTMLElement));
  expect(screen.queryByText('message b')).toBeNull();
  expect(screen.getByText('message d')).toBeDefined();
});

it('tell failures to screen readers at once', () => {
  act(() => void showToast('r131 was not removed: it runs.', { tone: 'failure' }));
  expect(useAnnouncements.getState().assertive).toContain('r131 was not removed');
});
