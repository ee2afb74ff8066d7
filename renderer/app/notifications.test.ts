// What notifications say, in both languages. Runs under vitest.
import i18next from 'i18next';
import { describe, expect, it } from 'vitest';
import type { SweepSummary } from '../../contracts/sweep-report.ts';
import { en } from '../i18n/en/index.ts';
import { zh } from '../i18n/zh/index.ts';
import { notificationOf } from './notifications.ts';

const interval = { low: 0.92, high: 0.97, intervalKind: 'wilson', problems: 512, samples: 1, seeds: 1 } as const;
const SWEEP: SweepSummary = {
  id: 'abc',
  number: 12,
  name: 'smallest',
  description: '',
  recipePath: '/smallest.yaml',
  createdAtMs: 0,
  queuedAtMs: 0,
  startedAtMs: 0,
  endedAtMs: 1,
  cells: 24,
  cellsByState: { done: 23, failed: 1 },
  best: {
    label: '210 numbers',
    parameterCount: 210,
    runIds: ['r'],
    sampled: { accuracy: 0.951, ...interval },
    greedy: { accuracy: 0.97, ...interval },
  },
};

async function translation(lng: 'en' | 'zh') {
  const instance = i18next.createInstance();
  return instance.init({ resources: { en, zh }, lng, defaultNS: 'shell', interpolation: { escapeValue: false } });
}

describe('a notification', () => {
  it('of a sweep counts its cells, names its best and leads to it', async () => {
    const notification = notificationOf({ type: 'sweepEnded', sweep: SWEEP }, await translation('en'));
    expect(notification).toEqual({
      title: 's12 smallest',
      body: '23 done, 1 failed. Best sampled 95.1% with 210 numbers.',
      route: '/sweeps/abc',
    });
    const chinese = notificationOf({ type: 'sweepEnded', sweep: SWEEP }, await translation('zh'));
    expect(chinese?.body).toBe('23 个已完成，1 个失败。 最佳 sampled 95.1%，210 个参数。');
  });

  it('of a sweep names no best where there is none, and greedy where nothing was sampled', async () => {
    const t = await translation('en');
    const without = { ...SWEEP, cellsByState: { failed: 2 }, best: null };
    expect(notificationOf({ type: 'sweepEnded', sweep: without }, t)?.body).toBe('0 done, 2 failed.');
    const greedy = { ...SWEEP, cellsByState: { done: 1 }, best: { ...SWEEP.best!, sampled: null } };
    expect(notificationOf({ type: 'sweepEnded', sweep: greedy }, t)?.body).toBe(
      '1 done. Best greedy 97.0% with 210 numbers.',
    );
  });

  it('comes of a queue that has stopped and of a disk that gets full, and of nothing else', async () => {
    const t = await translation('en');
    const status = { hold: null, continueAfterFailure: false, storageFailure: null };
    const stopped = notificationOf({ type: 'queueStopped', status, message: 'r131 failed.' }, t);
    expect(stopped).toEqual({ title: 'The queue has stopped', body: 'r131 failed.', route: '/' });
    const disk = { type: 'lowDisk' as const, freeBytes: 4e8, message: '0.4 GB left.' };
    expect(notificationOf({ ...disk, isLow: true }, t)).toEqual({
      title: 'Low disk',
      body: '0.4 GB left.',
      route: '/disk',
    });
    expect(notificationOf({ ...disk, isLow: false }, t)).toBeNull();
    expect(notificationOf({ type: 'queueChanged', status }, t)).toBeNull();
  });
});
