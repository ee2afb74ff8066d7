// The host for components: questions, changes, events, the state of the connection. Runs in the renderer.
import { createContext, useContext, useEffect, useEffectEvent, useSyncExternalStore } from 'react';
import { useMutation, useQuery } from '@tanstack/react-query';
import type { UseMutationOptions, UseMutationResult, UseQueryOptions, UseQueryResult } from '@tanstack/react-query';
import type { HostEvent, HostMethod, HostParams, HostResult } from '../../contracts/host-protocol.ts';
import type { ConnectionStatus, HostConnection } from './host-connection.ts';
import { hostQueryKey } from './query-client.ts';

export const HostConnectionContext = createContext<HostConnection | null>(null);

export function useHostConnection(): HostConnection {
  const connection = useContext(HostConnectionContext);
  if (connection === null) throw new Error('There is no HostConnectionContext above this component.');
  return connection;
}

/** The host's answer to a method, cached and asked again when the host's events outdate it. */
export function useHostQuery<M extends HostMethod>(
  method: M,
  params: HostParams<M>,
  options?: Omit<UseQueryOptions<HostResult<M>>, 'queryKey' | 'queryFn'>,
): UseQueryResult<HostResult<M>> {
  const connection = useHostConnection();
  return useQuery<HostResult<M>>({
    ...options,
    queryKey: hostQueryKey(method, params),
    queryFn: ({ signal }) => connection.call(method, params, signal),
  });
}

/** A change that the host makes; `mutate(params)` asks for it. */
export function useHostMutation<M extends HostMethod, Context = unknown>(
  method: M,
  options?: Omit<UseMutationOptions<HostResult<M>, Error, HostParams<M>, Context>, 'mutationFn'>,
): UseMutationResult<HostResult<M>, Error, HostParams<M>, Context> {
  const connection = useHostConnection();
  return useMutation({ ...options, mutationFn: (params: HostParams<M>) => connection.call(method, params) });
}

/** Calls `listener` with each batch of events while the component is shown. */
export function useHostEvents(listener: (events: readonly HostEvent[]) => void): void {
  const connection = useHostConnection();
  const onEvents = useEffectEvent(listener);
  useEffect(() => connection.onEvents((events) => onEvents(events)), [connection]);
}

export function useConnectionStatus(): ConnectionStatus {
  const connection = useHostConnection();
  return useSyncExternalStore(
    (listener) => connection.onStatus(listener),
    () => connection.status,
  );
}
