// @vitest-environment happy-dom
// A chart by the keyboard: one Tab stop, arrows through its points, T, S, 0, L and Enter. Runs under vitest.
import { useState } from 'react';
import { cleanup, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { QueryClientProvider } from '@tanstack/react-query';
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { Preferences } from '../../contracts/preferences.ts';
import { useAnnouncements } from '../app/announce.ts';
import { HostConnectionContext } from '../connection/hooks.ts';
import { createQueryClient } from '../connection/query-client.ts';
import { ScriptedHost } from '../connection/scripted-host.ts';
import { startTranslation } from '../i18n/i18n.ts';
import { runMark } from '../theme/tokens.ts';
import { LineChart } from './LineChart.tsx';
import type { LineSeries } from './line-series.ts';

const lines: LineSeries[] = [
  {
    ...{ id: 'a', name: 'strict', kind: 'line', mark: runMark(0, 'light') },
    points: [
      { x: 1, y: 0.25, low: 0.2, high: 0.3, n: 3 },
      { x: 2, y: NaN },
      { x: 3, y: 0.5 },
    ],
  },
  { id: 'b', name: 'lenient', kind: 'line', mark: runMark(1, 'light'), points: [{ x: 1, y: 0.75 }] },
];

const onZoom = vi.fn();
const onOpenPoint = vi.fn();

function Chart() {
  const [isLog, setLog] = useState(false);
  return (
    <LineChart
      title="Accuracy"
      summary="Accuracy 0.25 to 0.5 in 3 steps; 1 NaN."
      fileName="accuracy"
      xName="step"
      totalPoints={4}
      logY={{ isLog, onChange: setLog }}
      {...{ lines, onZoom, onOpenPoint }}
    />
  );
}

const said = () => useAnnouncements.getState().polite;
const chart = () => screen.getByRole('group', { name: 'Accuracy' });

beforeAll(startTranslation);
beforeEach(() => {
  vi.clearAllMocks();
  useAnnouncements.setState({ polite: '', assertive: '' });
  const { connection } = new ScriptedHost({ getPreferences: () => Preferences.parse({}) });
  render(
    <HostConnectionContext value={connection}>
      <QueryClientProvider client={createQueryClient()}>
        <Chart />
      </QueryClientProvider>
    </HostConnectionContext>,
  );
});
afterEach(cleanup);

it('has a name, its summary as description, and one Tab stop after its buttons', async () => {
  const names: string[] = [];
  for (let presses = 0; presses < 8; presses++) {
    await userEvent.tab();
    if (document.activeElement === document.body) break;
    names.push(document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '');
  }
  expect(names).toHaveLength(5);
  expect(chart().getAttribute('tabindex')).toBe('0');
  const description = document.getElementById(chart().getAttribute('aria-describedby') ?? '');
  expect(description?.textContent).toBe('Accuracy 0.25 to 0.5 in 3 steps; 1 NaN.');
});

it('says each point, NaN too, and stays inside', async () => {
  chart().focus();
  await userEvent.keyboard('{ArrowRight}');
  expect(said()).toBe('strict: step 1: 0.250 [0.200, 0.300], n 3');
  await userEvent.keyboard('{ArrowRight}');
  expect(said()).toBe('strict: step 2: NaN');
  await userEvent.keyboard('{ArrowRight}{ArrowRight}{ArrowRight}');
  expect(said().replace('\u200b', '')).toBe('strict: step 3: 0.500');
  await userEvent.keyboard('{ArrowDown}');
  expect(said()).toBe('lenient: step 1: 0.750');
  await userEvent.keyboard('{Enter}');
  expect(onOpenPoint).toHaveBeenCalledExactlyOnceWith(1, 0);
});

it('turns into its table and back by T, with the focus in it', async () => {
  chart().focus();
  await userEvent.keyboard('t');
  const table = screen.getByRole('table', { name: 'Accuracy' });
  expect(document.activeElement).toBe(table);
  await userEvent.keyboard('t');
  expect(document.activeElement).toBe(chart());
});

it('says its summary by S, shows all of x by 0, changes y by L', async () => {
  chart().focus();
  await userEvent.keyboard('s');
  expect(said()).toBe('Accuracy 0.25 to 0.5 in 3 steps; 1 NaN.');
  await userEvent.keyboard('0');
  expect(onZoom).toHaveBeenCalledExactlyOnceWith(null);
  const logY = screen.getByRole('button', { name: 'Log y' });
  await userEvent.keyboard('l');
  expect(logY.getAttribute('aria-pressed')).toBe('true');
  await userEvent.keyboard('{Control>}l{/Control}');
  expect(logY.getAttribute('aria-pressed')).toBe('true');
});
