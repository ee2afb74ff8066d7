// What the line of a followed sweep says while kernels are compiled, and of the time left afterwards.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { COMPILING_PHASE } from '../../contracts/engine-protocol.ts';
import type { HostEvent } from '../../contracts/host-protocol.ts';
import type { SweepPlan } from '../../contracts/sweep-report.ts';
import type { HostClient } from '../client/host-client.ts';
import { SweepWatch } from './sweep-watch.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('says that kernels are compiled, whose time the time left does not count', async () => {
  const run = { id: 'a', state: 'running', label: 'cell', seed: 1, lastStep: 0, totalSteps: 10, failure: null };
  let tell: (event: HostEvent) => void = () => undefined;
  const client = {
    onEvent: (listener: typeof tell) => {
      tell = listener;
      return () => undefined;
    },
    call: () => Promise.resolve([run]),
    closed: new Promise(() => undefined),
  };
  let line = '';
  const output = { isTerminal: true, columns: 200, write: (text: string) => void (line = text) };
  void new SweepWatch({ cells: [{ runId: 'a' }] } as SweepPlan, output).follow(client as unknown as HostClient);
  await vi.advanceTimersByTimeAsync(0);

  vi.advanceTimersByTime(300_000);
  tell({ type: 'progress', runId: 'a', phase: COMPILING_PHASE, done: 7, total: 0, step: 1 });
  expect(line).toContain('compiling kernels for this GPU (first use, 7 so far)');
  vi.advanceTimersByTime(10_000);
  tell({ type: 'progress', runId: 'a', phase: 'sample', done: 3, total: 4, step: 1 });
  expect(line).toContain('sample 3/4');
  vi.advanceTimersByTime(10_000);
  tell({ type: 'metrics', runId: 'a', step: 1, values: {}, parameters: null });
  // A tenth took 20 s since the last module.
  expect(line).toContain('about 3 min 0 s left');
});
