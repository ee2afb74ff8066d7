// What a planned sweep exceeds, and how to mend it. Never forbids anything. Pure.
import type { PreflightWarning } from '../../contracts/preflight.ts';
import type { RunConfig } from '../../contracts/run-config.ts';

const GIB = 2 ** 30;
const GB = 1e9;

/** E.g. `Needs 26.4 of 24 GiB.` Null where it fits, or where either is unknown. */
export function memoryWarning(
  peakBytes: number | null,
  deviceBytes: number | null,
  config: RunConfig,
): PreflightWarning | null {
  if (peakBytes === null || deviceBytes === null || peakBytes <= deviceBytes) return null;
  return {
    kind: 'memory',
    message: `Needs ${(peakBytes / GIB).toFixed(1)} of ${(deviceBytes / GIB).toFixed(1)} GiB.`,
    ...memoryRemedy(config),
  };
}

/** Fewer sequences at once take less cache, and give the same samples. */
export function memoryRemedy(config: RunConfig): Pick<PreflightWarning, 'remedy' | 'changes'> {
  const now = config.engine.maxSequences || config.promptsPerStep * config.samplesPerPrompt;
  const fewer = Math.max(1, Math.floor(now / 2));
  return {
    remedy: `Sample ${fewer} sequences side by side instead of ${now}, then measure again.`,
    changes: { 'engine.maxSequences': fewer },
  };
}

export function diskWarning(neededBytes: number | null, freeBytes: number | null): PreflightWarning | null {
  if (neededBytes === null || freeBytes === null || neededBytes <= freeBytes) return null;
  return {
    kind: 'disk',
    message: `Needs ${(neededBytes / GB).toFixed(1)} GB of disk; ${(freeBytes / GB).toFixed(1)} GB are free.`,
    remedy: 'Free disk space, or keep fewer completions: evaluate fewer problems or less often.',
    changes: null,
  };
}

/** Paper §1: with rank r a module has r² directions, so more numbers than that add none. */
export function directionWarnings(configs: readonly RunConfig[]): PreflightWarning[] {
  const messages = new Map<string, number>();
  for (const { adapter } of configs) {
    if (adapter.kind !== 'tinylora' || adapter.u <= adapter.rank ** 2) continue;
    const directions = adapter.rank ** 2;
    messages.set(`u ${adapter.u} with r ${adapter.rank}: only ${directions} directions exist per module.`, directions);
  }
  return [...messages].map(([message, directions]) => ({
    kind: 'directions',
    message,
    remedy: `Give u at most ${directions}, or raise r.`,
    changes: null,
  }));
}
