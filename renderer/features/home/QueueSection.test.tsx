// @vitest-environment happy-dom
// The queue under keys and menus: order shown at once, kept against late answers, taken back where the host refuses.
// Runs under vitest.
import { QueryClientProvider } from '@tanstack/react-query';
import type { QueryClient } from '@tanstack/react-query';
import { act, cleanup, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MemoryRouter } from 'react-router';
import type { Queue, QueueEntry } from '../../../contracts/queue.ts';
import { useToasts } from '../../app/toasts.ts';
import { Toasts } from '../../app/Toasts.tsx';
import { useUndo } from '../../app/undo.ts';
import { movedEntries, useQueueActions } from '../../components/queue/queue-actions.ts';
import { QUEUE_PARAMETERS, useQueue, withKnownEntries } from '../../components/queue/use-queue.ts';
import { HostConnectionContext } from '../../connection/hooks.ts';
import { createQueryClient, followHost, hostQueryKey } from '../../connection/query-client.ts';
import { ScriptedHost } from '../../connection/scripted-host.ts';
import { startTranslation } from '../../i18n/i18n.ts';
import { QueueSection } from './QueueSection.tsx';

function entry(number: number): QueueEntry {
  return {
    run: {
      ...{ id: `id-${number}`, number, cellKey: `key-${number}`, label: `run ${number}`, state: 'queued', seed: 0 },
      ...{ parameterCount: 13, lastStep: 0, totalSteps: 60, attempts: 0, createdAtMs: 0, startedAtMs: null },
      ...{ endedAtMs: null, failure: null, tags: [], notes: '' },
    },
    ...{ sweeps: [], estimate: null, pending: null },
  };
}

/** A host that keeps an order, as the real one does. */
class QueueHost {
  order = [1, 2, 3].map(entry);
  /** Where it is set, the host refuses to move anything and says so. */
  refusal: string | null = null;
  readonly #late: (() => void)[] = [];
  isLate = false;

  readonly host = new ScriptedHost({
    listQueue: () => this.#answer(this.queue()),
    moveInQueue: ({ ids: [id = ''], position }) => {
      if (this.refusal !== null) throw new Error(this.refusal);
      this.order = movedEntries(this.order, id, position);
      return { position, waitingCount: this.order.length };
    },
    removeRuns: ({ ids }) => {
      this.order = this.order.filter(({ run }) => !ids.includes(run.id));
      return { runs: ids.length, sweeps: 0 };
    },
  });

  queue(): Queue {
    return {
      ...{ status: { hold: null, continueAfterFailure: true, storageFailure: null }, running: [], waiting: this.order },
      ...{ waitingCount: this.order.length, failures: [], remainingMs: null, withoutEstimate: 3 },
    };
  }

  /** As of now, but on its way until `arrive`. */
  #answer(queue: Queue): Queue | Promise<Queue> {
    if (!this.isLate) return queue;
    return new Promise((resolve) => this.#late.push(() => resolve(queue)));
  }

  arrive(): void {
    this.isLate = false;
    for (const resolve of this.#late.splice(0)) resolve();
  }
}

function Screen() {
  const queue = useQueue().data;
  const actions = useQueueActions();
  return queue === undefined ? null : <QueueSection queue={queue} actions={actions} />;
}

let queueHost: QueueHost;
let client: QueryClient;
let endFollowing: () => void;

beforeAll(startTranslation);
beforeEach(async () => {
  useToasts.setState({ toasts: [] });
  useUndo.setState({ done: [], undone: [] });
  queueHost = new QueueHost();
  client = createQueryClient();
  const { connection } = queueHost.host;
  endFollowing = followHost(client, connection);
  render(
    <HostConnectionContext value={connection}>
      <QueryClientProvider client={client}>
        <MemoryRouter>
          <Screen />
          <Toasts />
        </MemoryRouter>
      </QueryClientProvider>
    </HostConnectionContext>,
  );
  await screen.findByText('run 1 · s0');
});
afterEach(() => {
  endFollowing();
  cleanup();
  client.clear();
});

const shownOrder = () => screen.getAllByRole('listitem').map((row) => within(row).getByRole('link').textContent);
const handles = () => screen.getAllByRole('listitem').map((row) => within(row).getAllByRole('button')[0]);

describe('by keys', () => {
  it('moves a run with Alt and an arrow, says where to, and takes it back', async () => {
    handles()[1]?.focus();
    await userEvent.keyboard('{Alt>}{ArrowUp}{/Alt}');
    expect(shownOrder()).toEqual(['run 2 · s0', 'run 1 · s0', 'run 3 · s0']);
    await screen.findByText('moved to 1 of 3');
    expect(queueHost.host.callsOf('moveInQueue')).toEqual([{ ids: ['id-2'], position: 0 }]);
    await userEvent.click(screen.getByRole('button', { name: 'Undo' }));
    await waitFor(() => expect(shownOrder()).toEqual(['run 1 · s0', 'run 2 · s0', 'run 3 · s0']));
    expect(queueHost.order.map(({ run }) => run.label)).toEqual(['run 1', 'run 2', 'run 3']);
  });

  it('moves to the top with Alt and Home, and stays where there is nowhere to go', async () => {
    handles()[2]?.focus();
    await userEvent.keyboard('{Alt>}{Home}{/Alt}');
    expect(shownOrder()).toEqual(['run 3 · s0', 'run 1 · s0', 'run 2 · s0']);
    handles()[0]?.focus();
    await userEvent.keyboard('{Alt>}{ArrowUp}{/Alt}');
    expect(queueHost.host.callsOf('moveInQueue')).toHaveLength(1);
  });

  it('goes from row to row, and removes with the next one in focus', async () => {
    handles()[0]?.focus();
    await userEvent.keyboard('j');
    expect(document.activeElement).toBe(handles()[1]);
    await userEvent.keyboard('{ArrowDown}k');
    expect(document.activeElement).toBe(handles()[1]);
    await userEvent.keyboard('{Delete}');
    expect(queueHost.host.callsOf('removeRuns')).toEqual([{ ids: ['id-2'] }]);
    expect(document.activeElement).toBe(handles()[2]);
    await screen.findByText(/run 2 · s0 removed/);
  });
});

describe('an order that is shown before the host has answered', () => {
  it('is not overwritten by an answer that was under way', async () => {
    queueHost.isLate = true;
    // Asked while the old order holds; its answer arrives after the move.
    act(() => queueHost.host.tell({ type: 'queueChanged', status: queueHost.queue().status }));
    await waitFor(() => expect(queueHost.host.callsOf('listQueue')).toHaveLength(2));
    handles()[2]?.focus();
    await userEvent.keyboard('{Alt>}{Home}{/Alt}');
    await waitFor(() => expect(shownOrder()).toEqual(['run 3 · s0', 'run 1 · s0', 'run 2 · s0']));
    await act(async () => {
      queueHost.arrive();
      // The cache tells of an answer in a later turn.
      await new Promise((resolve) => setTimeout(resolve, 50));
    });
    expect(shownOrder()).toEqual(['run 3 · s0', 'run 1 · s0', 'run 2 · s0']);
    expect(client.getQueryState(hostQueryKey('listQueue', QUEUE_PARAMETERS))?.fetchStatus).toBe('idle');
  });

  it('is taken back with the reason where the host refuses, and cannot be undone then', async () => {
    queueHost.refusal = 'run 3 has just started.';
    handles()[2]?.focus();
    await userEvent.keyboard('{Alt>}{Home}{/Alt}');
    await screen.findByText('run 3 has just started.');
    expect(shownOrder()).toEqual(['run 1 · s0', 'run 2 · s0', 'run 3 · s0']);
    expect(useUndo.getState().done).toEqual([]);
    expect(screen.queryByRole('button', { name: 'Undo' })).toBeNull();
  });
});

it('keeps the entries that only moved up, and none that changed', () => {
  const host = new QueueHost();
  const before = host.queue();
  const [, second, third] = before.waiting;
  const again = structuredClone(before);
  expect(withKnownEntries(before, again).waiting).toBe(before.waiting);
  const moved = withKnownEntries(before, { ...again, waiting: again.waiting.slice(1) });
  expect(moved.waiting[0]).toBe(second);
  expect(moved.waiting[1]).toBe(third);
  const paused = { ...again, waiting: again.waiting.map((item) => ({ ...item, pending: 'pausing' as const })) };
  expect(withKnownEntries(before, paused).waiting).toEqual(paused.waiting);
});

it('offers in its menu what the keys do, and keys in the menu do not move the row', async () => {
  await userEvent.click(screen.getByRole('button', { name: 'More for run 3 · s0' }));
  const items = (await screen.findAllByRole('menuitem')).map((item) => item.textContent);
  expect(items).toEqual(['Move to top', 'Edit', 'Pause', 'Cancel', 'Remove']);
  await userEvent.keyboard('{Alt>}{ArrowUp}{/Alt}');
  expect(queueHost.host.callsOf('moveInQueue')).toEqual([]);
  await userEvent.click(screen.getByRole('menuitem', { name: 'Move to top' }));
  await waitFor(() => expect(shownOrder()).toEqual(['run 3 · s0', 'run 1 · s0', 'run 2 · s0']));
});
