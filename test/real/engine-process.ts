// An engine process as the host forks it, for the tests on the real model. Test code.
import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ENGINE_PROTOCOL_VERSION, EngineEvent, MetricsRow } from '../../contracts/engine-protocol.ts';
import type { RunConfig } from '../../contracts/run-config.ts';
import { METRICS_FILE } from '../../main/engine/run-files.ts';
import { REPOSITORY_ROOT } from './real-model.ts';

export interface EngineEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** All but heartbeats. */
  events: EngineEvent[];
}

/** Runs an engine until it ends. `onEvent` may kill it. */
export async function runEngine(
  config: RunConfig,
  runFolder: string,
  cacheFolder: string,
  onEvent: (event: EngineEvent, engine: ChildProcess) => void = () => undefined,
): Promise<EngineEnd> {
  const engine = fork(join(REPOSITORY_ROOT, 'main', 'engine', 'engine.mjs'), {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const events: EngineEvent[] = [];
  engine.on('message', (message) => {
    const event = EngineEvent.parse(message);
    if (event.type === 'heartbeat') return;
    events.push(event);
    onEvent(event, engine);
  });
  engine.send({
    type: 'start',
    protocolVersion: ENGINE_PROTOCOL_VERSION,
    runId: 'real',
    config,
    runFolder,
    cacheFolder,
  });
  const [code, signal] = (await once(engine, 'exit')) as [number | null, NodeJS.Signals | null];
  return { code, signal, events };
}

/** The record of every step, without what the clock decides. */
export function timelessMetrics(runFolder: string): MetricsRow[] {
  const lines = readFileSync(join(runFolder, METRICS_FILE), 'utf8').trimEnd().split('\n');
  return lines.map((line) => {
    const { step, values, parameters } = MetricsRow.parse(JSON.parse(line));
    const kept = Object.entries(values).filter(([name]) => !/^(time|tokensPerSecond|memory)\//.test(name));
    return { step, values: Object.fromEntries(kept), parameters };
  });
}
