// Answers about the host itself and the user's preferences. Runs in the host.
import type { STUDIO_METHODS } from '../../../contracts/methods/studio.ts';
import type { HandlerDependencies, HandlersOf } from './handlers.ts';

export function studioHandlers({ info, store, emit }: HandlerDependencies): HandlersOf<keyof typeof STUDIO_METHODS> {
  return {
    hostInfo: info,
    getPreferences: () => store.preferences.read(),
    setPreferences: (change) => {
      const preferences = store.preferences.change(change);
      emit({ type: 'preferencesChanged', preferences });
      return preferences;
    },
  };
}
