// Short messages at the foot of the window, some with Undo. Runs in the renderer.
import { create } from 'zustand';
import { announce } from './announce.ts';

export const TOAST_MS = 10_000;
const MOST_TOASTS = 3;

export interface Toast {
  id: number;
  message: string;
  tone: 'neutral' | 'failure';
  action: { label: string; run: () => void } | null;
}

interface ToastState {
  toasts: readonly Toast[];
}

export const useToasts = create<ToastState>(() => ({ toasts: [] }));

let nextId = 0;

/** Shows a message for ten seconds, and tells screen readers. @returns its id, for `dismissToast` */
export function showToast(message: string, options: Partial<Pick<Toast, 'tone' | 'action'>> = {}): number {
  const toast: Toast = { id: nextId++, message, tone: options.tone ?? 'neutral', action: options.action ?? null };
  useToasts.setState(({ toasts }) => ({ toasts: [...toasts, toast].slice(-MOST_TOASTS) }));
  announce(message, toast.tone === 'failure' ? 'assertive' : 'polite');
  return toast.id;
}

export function dismissToast(id: number): void {
  useToasts.setState(({ toasts }) => ({ toasts: toasts.filter((toast) => toast.id !== id) }));
}
