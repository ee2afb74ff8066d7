// What the host's events say of one run while it trains: step, reward, time left. Runs in the renderer.
import { useState } from 'react';
import type { HostEvent } from '../../contracts/host-protocol.ts';
import { useHostEvents } from './hooks.ts';

/** The estimate is the median of so many steps, and is not given before three. */
const STEPS_OF_ESTIMATE = 20;
const STEPS_BEFORE_ESTIMATE = 3;
const MOST_REWARDS = 500;

export interface LiveRun {
  runId: string;
  /** Largest step heard of; −1 before the first. */
  step: number;
  /** What its engine is at, and how far. */
  phase: { name: string; done: number } | null;
  /** Of the latest step. */
  reward: number | null;
  /** Of the steps heard of, oldest first. */
  rewards: readonly number[];
  /** When each of the latest steps ended. */
  stepEndsMs: readonly number[];
}

export interface LiveRunEstimate extends LiveRun {
  /** Median time of the latest steps; null before three. */
  stepMs: number | null;
}

function nothingHeard(runId: string): LiveRun {
  return { runId, step: -1, phase: null, reward: null, rewards: [], stepEndsMs: [] };
}

/** @param totalSteps lets the time left be estimated */
export function useLiveRun(runId: string, totalSteps?: number): LiveRunEstimate & { remainingMs: number | null } {
  const [live, setLive] = useState(() => nothingHeard(runId));
  const current = live.runId === runId ? live : nothingHeard(runId);
  useHostEvents((events) => {
    const next = events.reduce((run, event) => withEvent(run, event, Date.now()), current);
    if (next !== current) setLive(next);
  });
  const stepMs = medianStepMs(current.stepEndsMs);
  const remainingMs = stepMs === null || totalSteps === undefined ? null : stepMs * (totalSteps - current.step);
  return { ...current, stepMs, remainingMs };
}

/** `run` after one event; the same object where the event is about something else. */
export function withEvent(run: LiveRun, event: HostEvent, nowMs: number): LiveRun {
  if (event.type === 'progress' && event.runId === run.runId) {
    return { ...run, phase: { name: event.phase, done: event.done } };
  }
  if (event.type !== 'metrics' || event.runId !== run.runId) return run;
  const reward = event.values['reward/mean'] ?? null;
  return {
    ...run,
    step: Math.max(run.step, event.step),
    reward,
    rewards: reward === null ? run.rewards : [...run.rewards, reward].slice(-MOST_REWARDS),
    stepEndsMs: [...run.stepEndsMs, nowMs].slice(-STEPS_OF_ESTIMATE - 1),
  };
}

export function medianStepMs(stepEndsMs: readonly number[]): number | null {
  const durations = stepEndsMs.slice(1).map((endMs, index) => endMs - (stepEndsMs[index] ?? endMs));
  if (durations.length < STEPS_BEFORE_ESTIMATE) return null;
  durations.sort((a, b) => a - b);
  const middle = Math.floor(durations.length / 2);
  const upper = durations[middle] ?? 0;
  return durations.length % 2 === 1 ? upper : (upper + (durations[middle - 1] ?? upper)) / 2;
}
