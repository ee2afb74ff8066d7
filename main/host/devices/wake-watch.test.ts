// A sleep of the machine, told from a late timer.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { WakeWatch } from './wake-watch.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it('tells of each sleep once, of a late timer never, and of nothing after its end', () => {
  const onWake = vi.fn();
  const watch = new WakeWatch(onWake);
  watch.start();
  vi.advanceTimersByTime(60_000);
  // A busy machine: half a minute late.
  vi.setSystemTime(Date.now() + 30_000);
  vi.advanceTimersByTime(20_000);
  expect(onWake).not.toHaveBeenCalled();
  vi.setSystemTime(Date.now() + 3_600_000);
  vi.advanceTimersByTime(10_000);
  expect(onWake).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(60_000);
  expect(onWake).toHaveBeenCalledTimes(1);
  watch.stop();
  vi.setSystemTime(Date.now() + 3_600_000);
  vi.advanceTimersByTime(60_000);
  expect(onWake).toHaveBeenCalledTimes(1);
});
