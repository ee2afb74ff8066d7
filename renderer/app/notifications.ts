// Notifications of the desktop: a sweep has ended, the queue has stopped. By the shell, or by a browser whose user allowed
// it. Runs in the renderer.
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import type { DesktopNotification } from '../../contracts/desktop-bridge.ts';
import type { HostEvent } from '../../contracts/host-protocol.ts';
import type { SweepSummary } from '../../contracts/sweep-report.ts';
import { useHostEvents } from '../connection/hooks.ts';
import { formatRate } from '../format.ts';

/** Shown once, in whichever window. */
export function useNotifications(): void {
  const { t } = useTranslation();
  const navigate = useNavigate();
  useHostEvents((events) => {
    for (const event of events) {
      const notification = notificationOf(event, t);
      if (notification !== null) show(notification, (route) => void navigate(route));
    }
  });
}

/** What an event is worth telling a user who looks elsewhere; null for most. */
export function notificationOf(event: HostEvent, t: TFunction): DesktopNotification | null {
  if (event.type === 'queueStopped') return { title: t('notifyQueueStopped'), body: event.message, route: '/' };
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
  const numbers = best.parameterCount.toLocaleString('en-US');
  return `${counts} ${t('notifyBest', { mode, accuracy, numbers })}`;
}

function show(notification: DesktopNotification, open: (route: string) => void): void {
  if (window.desktop !== undefined) {
    void window.desktop.notify(notification);
    return;
  }
  if (!('Notification' in window) || Notification.permission !== 'granted') return;
  const { title, body, route } = notification;
  // Of several windows' notifications with one tag, the last replaces the others.
  new Notification(title, { body, tag: `${title} ${body}` }).addEventListener('click', () => {
    window.focus();
    open(route);
  });
}
