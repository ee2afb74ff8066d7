// Answers about the host itself and the machine under it. Runs in the host.
import type { STUDIO_METHODS } from '../../../contracts/methods/studio.ts';
import type { HandlerDependencies, HandlersOf } from './handlers.ts';

export function studioHandlers({ info, studio }: HandlerDependencies): HandlersOf<keyof typeof STUDIO_METHODS> {
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
  };
}
