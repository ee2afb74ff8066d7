// Whether the GPU or the CPU answers, and what to do while training holds the GPU. Runs in the renderer.
import { useState } from 'react';
import { useHostQuery } from '../../connection/hooks.ts';

export interface DeviceChoice {
  /** `ask`: training holds the GPU, and the user has not said what to do. */
  choice: 'cpu' | 'gpu' | 'ask';
  /** The run that holds the GPU; null where nobody does or there is none. */
  heldBy: string | null;
  cpuTokensPerSecond: number | null;
  hasGpu: boolean;
  setCpu: (isChosen: boolean) => void;
  /** A message is to be sent once the GPU is free. */
  isWaiting: boolean;
  setWaiting: (isWaiting: boolean) => void;
}

/** No event says that a run has let the GPU go. */
const POLL_MS = 2_000;

export function useDeviceChoice(): DeviceChoice {
  const [isCpuChosen, setCpu] = useState(false);
  const [isWaiting, setWaiting] = useState(false);
  const hasGpu = useHostQuery('studioStatus', {}).data?.device === 'gpu';
  const state = useHostQuery('playgroundState', {}, { refetchInterval: hasGpu ? POLL_MS : false }).data;
  const heldBy = hasGpu ? (state?.gpuHeldBy ?? null) : null;
  const choice = !hasGpu || isCpuChosen ? 'cpu' : heldBy === null ? 'gpu' : 'ask';
  return {
    choice,
    heldBy,
    cpuTokensPerSecond: state?.cpuTokensPerSecond ?? null,
    hasGpu,
    setCpu,
    isWaiting,
    setWaiting,
  };
}
