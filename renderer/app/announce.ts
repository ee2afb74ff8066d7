// What screen readers are told: politely, or at once. Runs in the renderer.
import { create } from 'zustand';

interface Announcements {
  polite: string;
  assertive: string;
}

export const useAnnouncements = create<Announcements>(() => ({ polite: '', assertive: '' }));

/**
 * Says a sentence to screen readers. `assertive` is for failures alone; live values are never announced.
 * The same sentence twice is heard twice: the second one gets an invisible mark.
 */
export function announce(message: string, urgency: keyof Announcements = 'polite'): void {
  useAnnouncements.setState((now) => ({ [urgency]: now[urgency] === message ? `${message}\u200b` : message }));
}
