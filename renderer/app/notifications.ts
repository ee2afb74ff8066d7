// Tells the user what ended or stopped: by the desktop or the browser while the window is behind others, else by a toast.
// Runs in the renderer.
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import type { HostEvent } from '../../contracts/host-protocol.ts';
import { useHostEvents } from '../connection/hooks.ts';
import { usePreferences } from '../connection/preferences.ts';
import { formatCount, formatRate } from '../format.ts';
import { showToast } from './toasts.ts';

export interface Notice {
  title: string;
  body: string;
  /** Opened by a click. */
  route: string;
  /** Several windows that notify about the same thing show it once. */
  tag: string;
}

export type NoticePermission = NotificationPermission | 'missing';

/** Whether the browser lets this page notify; a desktop always does. */
export function notificationPermission(): NoticePermission {
  if (window.desktop !== undefined) return 'granted';
  return 'Notification' in window ? Notification.permission : 'missing';
}

/** Asks the user, by the browser's own question. */
export async function requestNotifications(): Promise<NoticePermission> {
  return notificationPermission() === 'default' ? Notification.requestPermission() : notificationPermission();
}

/** For the shell alone. */
export function useNotifications(): void {
  const { t } = useTranslation('settings');
  const navigate = useNavigate();
  const { notifications } = usePreferences();
  useHostEvents((events) => {
    for (const event of events) {
      const notice = noticeOf(event, t);
      if (notice !== null) tell(notice, notifications, t('notices.open'), (route) => void navigate(route));
    }
  });
}

type Translate = ReturnType<typeof useTranslation<'settings'>>['t'];

/** Null for events that nobody needs to be called for. */
export function noticeOf(event: HostEvent, t: Translate): Notice | null {
  if (event.type === 'sweepEnded') return sweepNotice(event.sweep, t);
  if (event.type === 'queueStopped') {
    return { title: t('notices.queueTitle'), body: event.message, route: '/', tag: 'queue' };
  }
  if (event.type === 'lowDisk' && event.isLow) {
    return { title: t('notices.diskTitle'), body: event.message, route: '/disk', tag: 'disk' };
  }
  return null;
}

/** "s12 smallest: 23 done, 1 failed. Best sampled 95.1% with 210 numbers." */
function sweepNotice(sweep: Extract<HostEvent, { type: 'sweepEnded' }>['sweep'], t: Translate): Notice {
  const { number, name, cellsByState, best } = sweep;
  const failed = cellsByState.failed ?? 0;
  const sentences = [
    t('notices.sweepEnded', {
      name: `s${number} ${name}`,
      done: formatCount(cellsByState.done ?? 0),
      failed: formatCount(failed),
    }),
  ];
  const mode = best?.sampled ? 'sampled' : 'greedy';
  const score = best?.[mode] ?? null;
  if (best !== null && score !== null) {
    sentences.push(
      t('notices.best', {
        mode: t(`notices.modes.${mode}`),
        rate: formatRate(score.accuracy, score.problems * score.samples),
        numbers: formatCount(best.parameterCount),
      }),
    );
  }
  return {
    title: t(failed > 0 ? 'notices.sweepFailedTitle' : 'notices.sweepTitle'),
    body: sentences.join(' '),
    route: `/sweeps/s${number}`,
    tag: `sweep-${number}`,
  };
}

function tell(notice: Notice, isAllowed: boolean, openLabel: string, open: (route: string) => void): void {
  const { title, body, route, tag } = notice;
  if (document.hasFocus() || !isAllowed || notificationPermission() !== 'granted') {
    showToast(`${title}: ${body}`, { action: { label: openLabel, run: () => open(route) } });
    return;
  }
  if (window.desktop !== undefined) {
    void window.desktop.notify({ title, body, route });
    return;
  }
  const shown = new Notification(title, { body, tag });
  shown.addEventListener('click', () => {
    window.focus();
    open(route);
    shown.close();
  });
}
