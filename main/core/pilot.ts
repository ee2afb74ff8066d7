// Measures what a configuration costs: two steps and a short evaluation in an engine process, on a scratch folder that
// goes afterwards. Runs in the host.
import { mkdir, rm } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../../contracts/app-error.ts';
import { ENGINE_PROTOCOL_VERSION } from '../../contracts/engine-protocol.ts';
import type { EngineEvent } from '../../contracts/engine-protocol.ts';
import type { RunConfig } from '../../contracts/run-config.ts';
import type { Pilot } from '../../contracts/run-record.ts';
import type { EngineLauncher } from './engine-launcher.ts';
import { Supervisor } from './supervisor.ts';
import type { SupervisorOptions } from './supervisor.ts';

const PILOT_STEPS = 2;
/** Enough problems that one completion's time can be told, few enough that nobody waits. */
const PILOT_PROBLEMS = 16;

export interface PilotOptions extends SupervisorOptions {
  scratchFolder: string;
  cacheFolder: string;
}

/** Counts and times of what the engine says. */
class PilotRecord {
  readonly #launchedMs = performance.now();
  #startedMs = this.#launchedMs;
  #stepEnds: number[] = [];
  #evaluationMs = 0;
  #evaluated = 0;
  #evaluatedBytes = 0;
  #stepBytes = 0;
  #peakBytes: number | null = null;
  #deviceBytes: number | null;

  constructor(device: 'cpu' | 'gpu') {
    this.#deviceBytes = device === 'cpu' ? totalmem() : null;
  }

  note(event: EngineEvent): void {
    if (event.type === 'started') this.#startedMs = performance.now();
    if (event.type === 'metrics') this.#noteStep(event.values);
    if (event.type === 'evaluation') {
      const { problems, samples, mode, durationMs } = event.result;
      this.#evaluated += problems * (mode === 'greedy' ? 1 : samples);
      this.#evaluationMs += durationMs;
    }
    if (event.type === 'completions') {
      for (const row of event.rows) {
        const sizeBytes = Buffer.byteLength(JSON.stringify(row));
        if (row.phase === 'train') this.#stepBytes += sizeBytes;
        else this.#evaluatedBytes += sizeBytes;
      }
    }
  }

  #noteStep(values: Readonly<Record<string, number>>): void {
    this.#stepEnds.push(performance.now());
    this.#stepBytes += Buffer.byteLength(JSON.stringify(values));
    const used = values['memory/deviceUsedBytes'] ?? values['memory/residentBytes'];
    if (used !== undefined) this.#peakBytes = Math.max(this.#peakBytes ?? 0, used);
    this.#deviceBytes = values['memory/deviceTotalBytes'] ?? this.#deviceBytes;
  }

  /** Of the second step: the first one warms up what later ones find warm. */
  result(): Pilot {
    const [first = this.#startedMs, second = first] = this.#stepEnds;
    const evaluated = Math.max(1, this.#evaluated);
    return {
      stepMs: second - first,
      loadMs: this.#startedMs - this.#launchedMs,
      evaluationSampleMs: this.#evaluationMs / evaluated,
      peakMemoryBytes: this.#peakBytes,
      deviceMemoryBytes: this.#deviceBytes,
      // Files and database both keep it.
      stepBytes: (2 * this.#stepBytes) / Math.max(1, this.#stepEnds.length),
      evaluationSampleBytes: (2 * this.#evaluatedBytes) / evaluated,
      measuredAtMs: Date.now(),
    };
  }
}

export interface RunningPilot {
  /** Rejects with CONFLICT where it was cancelled, with the engine's words where it failed. */
  result: Promise<Pilot>;
  cancel: () => void;
}

/**
 * @param id names the process
 * @param onPhase called with what the engine is at
 */
export function startPilot(
  id: string,
  config: RunConfig,
  launcher: EngineLauncher,
  options: PilotOptions,
  onPhase: (phase: string) => void,
): RunningPilot {
  let isCancelled = false;
  let supervisor: Supervisor | null = null;
  const runFolder = join(options.scratchFolder, id);
  const measure = async (): Promise<Pilot> => {
    await rm(runFolder, { recursive: true, force: true });
    await mkdir(options.scratchFolder, { recursive: true });
    try {
      if (isCancelled) throw cancelled();
      const record = new PilotRecord(config.engine.device);
      const { cacheFolder } = options;
      const start = { type: 'start', protocolVersion: ENGINE_PROTOCOL_VERSION, runId: id } as const;
      const command = { ...start, config: pilotConfig(config), runFolder, cacheFolder };
      supervisor = new Supervisor(launcher.launch(id), command, 0, options, (event) => {
        record.note(event);
        if (event.type === 'heartbeat') onPhase(event.phase);
      });
      const end = await supervisor.end;
      if (isCancelled) throw cancelled();
      if (end.kind !== 'ended') throw new AppError('INTERNAL', end.failure.message);
      return record.result();
    } finally {
      await rm(runFolder, { recursive: true, force: true, maxRetries: 3 });
    }
  };
  const cancel = (): void => {
    isCancelled = true;
    supervisor?.kill();
  };
  return { result: measure(), cancel };
}

function cancelled(): AppError {
  return new AppError('CONFLICT', 'The measurement was cancelled.');
}

function pilotConfig(config: RunConfig): RunConfig {
  const { evaluation, steps } = config;
  const problems = Math.min(evaluation.problems ?? PILOT_PROBLEMS, PILOT_PROBLEMS);
  return { ...config, steps: Math.min(steps, PILOT_STEPS), evaluation: { ...evaluation, everySteps: 0, problems } };
}
