// What is news, and what is not. Runs under vitest.
import { describe, expect, it } from 'vitest';
import type { HostEvent } from '../../contracts/host-protocol.ts';
import type { RunSummary } from '../../contracts/run-state.ts';
import { newsState, withEvents } from './news.ts';

const NONE = { items: [], unseen: 0, nextId: 0 };
const run: RunSummary = {
  id: 'a',
  number: 131,
  cellKey: 'a',
  label: '13 numbers',
  state: 'failed',
  seed: 1,
  parameterCount: 13,
  lastStep: 40,
  totalSteps: 114,
  attempts: 1,
  createdAtMs: 0,
  startedAtMs: 1,
  endedAtMs: 2,
  failure: { code: 'INTERNAL', message: 'the loss became NaN', exitCode: null, signal: null, lastStep: 40 },
  tags: [],
  notes: '',
};

describe('news', () => {
  it('tells a failure once, and again where the run failed anew', () => {
    const failed: HostEvent = { type: 'runChanged', run };
    const tagged: HostEvent = { type: 'runChanged', run: { ...run, tags: ['seen'] } };
    const again: HostEvent = { type: 'runChanged', run: { ...run, endedAtMs: 9 } };
    const state = withEvents(NONE, [failed, tagged, again], 5);
    expect(state.items.map(({ id }) => id)).toEqual([1, 0]);
    expect(state.unseen).toBe(2);
  });

  it('leaves out what goes its way', () => {
    const events: HostEvent[] = [
      { type: 'runChanged', run: { ...run, state: 'done' } },
      { type: 'lowDisk', isLow: false, freeBytes: 1, message: '' },
      { type: 'viewsChanged' },
    ];
    expect(withEvents(NONE, events, 5)).toBe(NONE);
  });

  it('shows a crash as lost, a stop as paused', () => {
    const crash = { code: 'CRASHED' as const, message: '', exitCode: null, signal: 'SIGSEGV', lastStep: 40 };
    expect(newsState({ type: 'runChanged', run: { ...run, failure: crash } })).toBe('lost');
    const status = { hold: null, continueAfterFailure: false, storageFailure: null };
    expect(newsState({ type: 'queueStopped', status, message: '' })).toBe('paused');
  });
});
