// The user's preferences, as the host keeps them for all windows. Runs in the renderer.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Preferences, changedPreferences } from '../../contracts/preferences.ts';
import type { PreferencesChange } from '../../contracts/preferences.ts';
import { useHostConnection, useHostQuery } from './hooks.ts';
import { hostQueryKey } from './query-client.ts';

const DEFAULTS = Preferences.parse({});
const KEY = hostQueryKey('getPreferences', {});

/** The defaults until the host has answered. */
export function usePreferences(): Preferences {
  return useHostQuery('getPreferences', {}).data ?? DEFAULTS;
}

/** Shows the change at once and takes it back where the host cannot keep it. */
export function useSetPreferences(): (change: PreferencesChange) => void {
  const client = useQueryClient();
  const connection = useHostConnection();
  const { mutate } = useMutation({
    mutationFn: (change: PreferencesChange) => connection.call('setPreferences', change),
    onMutate: async (change) => {
      // An answer on its way would show the old choice once more.
      await client.cancelQueries({ queryKey: KEY });
      const before = client.getQueryData<Preferences>(KEY);
      client.setQueryData(KEY, changedPreferences(before ?? DEFAULTS, change));
      return { before };
    },
    onError: (_error, _change, context) => client.setQueryData(KEY, context?.before),
    onSuccess: (preferences) => client.setQueryData(KEY, preferences),
  });
  return mutate;
}
