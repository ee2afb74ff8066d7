// Tells the user what ended or stopped: by the shell or a browser that allows it while the window is behind others, else by
// a toast. Runs in the renderer.
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import type { DesktopNotification } from '../../contracts/desktop-bridge.ts';
import type { HostEvent } from '../../contracts/host-protocol.ts';
import type { SweepSummary } from '../../contracts/sweep-report.ts';
import { useHostEvents } from '../connection/hooks.ts';
import { usePreferences } from '../connection/preferences.ts';
import { formatCount, formatRate } from '../format.ts';
import { showToast } from './toasts.ts';

export type NotificationAccess = NotificationPermission | 'missing';

/** Whether the browser lets this page notify; the desktop always does. */
export function notificationAccess(): NotificationAccess {
  if (window.desktop !== undefined) return 'granted';
  return 'Notification' in window ? Notification.permission : 'missing';
}

/** Asks the user by the browser's own question, where it has not been answered yet. */
export async function requestNotifications(): Promise<NotificationAccess> {
  return notificationAccess() === 'default' ? Notification.requestPermission() : notificationAccess();
}

/** Shown once, in whichever window; for the shell alone. */
export function useNotifications(): void {
  const { t } = useTranslation();
  const isWanted = usePreferences().notifications;
  const navigate = useNavigate();
  useHostEvents((events) => {
    for (const event of events) {
      const notification = notificationOf(event, t);
      if (notification === null) continue;
      const open = () => void navigate(notification.route);
      const isBehind = !document.hasFocus();
      if (isBehind && isWanted && notificationAccess() === 'granted') show(notification, open);
      else showToast(`${notification.title}: ${notification.body}`, { action: { label: t('open'), run: open } });
    }
  });
}

/** What an event is worth telling a user who looks elsewhere; null for most. */
export function notificationOf(event: HostEvent, t: TFunction): DesktopNotification | null {
  if (event.type === 'queueStopped') return { title: t('notifyQueueStopped'), body: event.message, route: '/' };
  if (event.type === 'lowDisk' && event.isLow)
    return { title: t('notifyLowDisk'), body: event.message, route: '/disk' };
  if (event.type !== 'sweepEnded') return null;
  const { id, number, name } = event.sweep;
  return { title: `s${number} ${name}`, body: sweepText(event.sweep, t), route: `/sweeps/${id}` };
}

/** `23 done, 1 failed. Best sampled 95.1% with 210 numbers.` */
function sweepText({ cellsByState, best }: SweepSummary, t: TFunction): string {
  const { done = 0, failed = 0 } = cellsByState;
  const counts = failed === 0 ? t('notifyDone', { done }) : t('notifyDoneAndFailed', { done, failed });
  const mode = best?.sampled ? 'sampled' : 'greedy';
  const score = best?.[mode] ?? null;
  if (best === null || score === null || best.parameterCount === null) return counts;
  const accuracy = formatRate(score.accuracy, score.problems * score.samples * score.seeds);
  const numbers = formatCount(best.parameterCount);
  return `${counts} ${t('notifyBest', { mode, accuracy, numbers })}`;
}

function show(notification: DesktopNotification, open: () => void): void {
  if (window.desktop !== undefined) {
    void window.desktop.notify(notification);
    return;
  }
  const { title, body } = notification;
  // Of several windows' notifications with one tag, the last replaces the others.
  new Notification(title, { body, tag: `${title} ${body}` }).addEventListener('click', () => {
    window.focus();
    open();
  });
}
