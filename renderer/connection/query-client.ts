// The cache of what the host answered, kept fresh by the host's events. Runs in the renderer.
import { QueryClient } from '@tanstack/react-query';
import type { HostEvent, HostMethod, HostParams, HostResult } from '../../contracts/host-protocol.ts';
import type { HostConnection } from './host-connection.ts';
import { LateRefresh } from './late-refresh.ts';

/** The key of an answer in the cache; without parameters, of all answers of that method. */
export function hostQueryKey<M extends HostMethod>(method: M, params?: HostParams<M>): readonly unknown[] {
  return params === undefined ? [method] : [method, params];
}

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      // Events say when an answer is outdated; old data stays readable while there is no connection.
      queries: {
        staleTime: Infinity,
        gcTime: 10 * 60_000,
        retry: false,
        refetchOnWindowFocus: false,
        networkMode: 'always',
      },
      mutations: { retry: false, networkMode: 'always' },
    },
  });
}

/** What is worked out from the states and results of many cells: asked for again after a while, see LateRefresh. */
const OF_CELLS: readonly HostMethod[] = ['sweepGrid', 'pareto', 'settingImportance'];

/** What each kind of event outdates, whatever its parameters. */
const OUTDATED_BY: Record<HostEvent['type'], readonly HostMethod[]> = {
  runChanged: ['openRun', ...OF_CELLS, 'planSweep', 'listQueue', 'listSweeps'],
  runsRemoved: [...OF_CELLS, 'planSweep', 'listQueue', 'listSweeps', 'listRemoved', 'listTags'],
  queueChanged: ['listQueue'],
  queueStopped: ['listQueue'],
  sweepsChanged: [...OF_CELLS, 'listSweeps', 'planSweep', 'listRemoved'],
  sweepEnded: ['listSweeps'],
  viewsChanged: ['listViews'],
  preflightProgress: [],
  progress: [],
  metrics: [],
  preferencesChanged: [],
  storageFailed: [],
  studioStatus: [],
  devicesChecked: ['checkDevices'],
  lowDisk: ['diskUse'],
  libraryChanged: ['listModels', 'listStarterModels', 'listDataSets', 'listDownloads', 'diskUse'],
  downloadChanged: [],
  playgroundTokens: [],
  playgroundChanged: [],
};

/** Connects the cache to the host. @returns a function that ends it */
export function followHost(client: QueryClient, connection: HostConnection): () => void {
  const late = new LateRefresh(client);
  const endEvents = connection.onEvents((events) => applyEvents(client, events, late.add));
  let wasLost = false;
  const endStatus = connection.onStatus(() => {
    if (connection.status.kind === 'lost') wasLost = true;
    // What happened meanwhile was not heard.
    if (connection.status.kind === 'open' && wasLost) {
      wasLost = false;
      void client.invalidateQueries();
    }
  });
  return () => {
    endEvents();
    endStatus();
    late.end();
  };
}

/**
 * One batch: answers that events carry are written, what they only outdate is asked again once.
 * @param askLater for answers that take long
 */
export function applyEvents(
  client: QueryClient,
  events: readonly HostEvent[],
  askLater: (method: HostMethod) => void,
): void {
  const outdated = new Set<HostMethod>();
  for (const event of events) {
    for (const method of OUTDATED_BY[event.type]) outdated.add(method);
    if (event.type === 'preferencesChanged') {
      client.setQueryData(hostQueryKey('getPreferences', {}), event.preferences);
    } else if (event.type === 'runChanged') {
      replaceRun(client, event.run);
    } else if (event.type === 'studioStatus') {
      client.setQueryData(hostQueryKey('studioStatus', {}), event.status);
    } else if (event.type === 'downloadChanged') {
      replaceDownload(client, event.download);
    } else if (event.type === 'playgroundChanged') {
      client.setQueryData(hostQueryKey('playgroundState', {}), event.state);
    } else if (event.type === 'runsRemoved') {
      client.setQueryData<HostResult<'listRuns'>>(hostQueryKey('listRuns', {}), (runs) =>
        runs?.filter(({ id }) => !event.ids.includes(id)),
      );
    }
  }
  for (const method of outdated) {
    if (OF_CELLS.includes(method)) askLater(method);
    else void client.invalidateQueries({ queryKey: hostQueryKey(method) });
  }
}

function replaceDownload(client: QueryClient, download: HostResult<'listDownloads'>[number]): void {
  client.setQueryData<HostResult<'listDownloads'>>(hostQueryKey('listDownloads', {}), (downloads) => {
    if (downloads === undefined) return undefined;
    const isKnown = downloads.some(({ id }) => id === download.id);
    return isKnown ? downloads.map((known) => (known.id === download.id ? download : known)) : [download, ...downloads];
  });
}

function replaceRun(client: QueryClient, run: HostResult<'listRuns'>[number]): void {
  client.setQueryData<HostResult<'listRuns'>>(hostQueryKey('listRuns', {}), (runs) => {
    if (runs === undefined) return undefined;
    const index = runs.findIndex(({ id }) => id === run.id);
    return index === -1 ? [...runs, run] : runs.with(index, run);
  });
  void client.invalidateQueries({
    predicate: ({ queryKey: [method, params] }) =>
      method === 'showRun' && (params as HostParams<'showRun'> | undefined)?.id === run.id,
  });
}
