// Answers that take long are asked for again without starving. Runs under vitest.
import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { LateRefresh } from './late-refresh.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('waits for the answer under way, then asks once for all changes meanwhile', async () => {
  const client = new QueryClient();
  let asked = 0;
  const queryFn = async () => {
    asked += 1;
    await new Promise((resolve) => setTimeout(resolve, 2500));
    return asked;
  };
  const end = new QueryObserver(client, { queryKey: ['pareto', {}], queryFn, staleTime: Infinity }).subscribe(() => {});
  const refresh = new LateRefresh(client);
  for (let elapsedMs = 0; elapsedMs < 2400; elapsedMs += 100) {
    refresh.add('pareto');
    await vi.advanceTimersByTimeAsync(100);
  }
  expect(asked).toBe(1);
  await vi.advanceTimersByTimeAsync(1200);
  expect(asked).toBe(2);
  await vi.advanceTimersByTimeAsync(10_000);
  expect([asked, client.getQueryData(['pareto', {}])]).toEqual([2, 2]);
  refresh.end();
  end();
  client.clear();
});
