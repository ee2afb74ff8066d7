// @vitest-environment happy-dom
// Values in the address: set together, restored by a link, left out where they are the default. Runs under vitest.
import { act } from 'react';
import { cleanup, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createBrowserRouter } from 'react-router';
import { RouterProvider } from 'react-router/dom';
import { useQueryList, useQueryState } from './query-state.ts';

function Probe() {
  const [tab, setTab] = useQueryState<'cells' | 'front'>('tab', 'cells');
  const [selected, setSelected] = useQueryList('sel');
  return (
    <>
      <output>{`${tab} ${selected.join('|')}`}</output>
      <button
        onClick={() => {
          setTab('front');
          setSelected(['a,b', 'c']);
        }}
      >
        both
      </button>
      <button onClick={() => setTab('cells')}>default</button>
    </>
  );
}

async function open(address: string): Promise<void> {
  window.history.replaceState(null, '', address);
  const router = createBrowserRouter([{ path: '*', Component: Probe }]);
  await act(async () => render(<RouterProvider router={router} />));
}

beforeEach(() => {
  window.history.replaceState(null, '', '/');
});
afterEach(cleanup);

it('writes values that change together, and reads them back', async () => {
  await open('/sweeps/s1?keep=1');
  await userEvent.click(screen.getByText('both'));
  expect(screen.getByRole('status').textContent).toBe('front a,b|c');
  expect(new URLSearchParams(window.location.search).get('keep')).toBe('1');
  const link = window.location.pathname + window.location.search;
  cleanup();
  await open(link);
  expect(screen.getByRole('status').textContent).toBe('front a,b|c');
});

it('leaves the default out of the address', async () => {
  await open('/sweeps/s1?tab=front');
  await userEvent.click(screen.getByText('default'));
  expect(window.location.search).toBe('');
});
