// What a run's events make of what the window shows of it. Runs under vitest.
import { expect, it } from 'vitest';
import type { LiveRun } from './live-run.ts';
import { withEvent } from './live-run.ts';

const RUN: LiveRun = { runId: 'a', step: -1, phase: null, reward: null, rewards: [], stepEndsMs: [] };

it('takes phase and count from the progress of its own run alone', () => {
  const event = { type: 'progress', runId: 'a', phase: 'sample', done: 3, total: 4, step: 1 } as const;
  expect(withEvent(RUN, event, 0).phase).toEqual({ name: 'sample', done: 3 });
  expect(withEvent(RUN, { ...event, runId: 'b' }, 0)).toBe(RUN);
});
