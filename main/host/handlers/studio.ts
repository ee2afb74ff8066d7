// Answers about the host itself, the machine under it and the user's preferences. Runs in the host.
import type { STUDIO_METHODS } from '../../../contracts/methods/studio.ts';
import type { HandlerDependencies, HandlersOf } from './handler-types.ts';

export function studioHandlers(dependencies: HandlerDependencies): HandlersOf<keyof typeof STUDIO_METHODS> {
  const { info, store, studio, emit } = dependencies;
  return {
    hostInfo: info,
    studioStatus: () => studio.sampler.status(),
    checkDevices: ({ again }) => studio.doctor.report(again),
    setCpuAllowed: async ({ allowed }) => {
      await studio.allowCpu(allowed);
      return { allowed: studio.cpuAllowed };
    },
    diagnostics: async () => ({ text: await studio.doctor.diagnostics((await info()).codeVersion) }),
    backUpStore: () => studio.backups.backUp(),
    listBackups: () => studio.backups.list(),
    getPreferences: () => store.preferences.read(),
    setPreferences: (change) => {
      const preferences = store.preferences.change(change);
      emit({ type: 'preferencesChanged', preferences });
      return preferences;
    },
  };
}
