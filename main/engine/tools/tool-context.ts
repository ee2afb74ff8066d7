// What every tool shares: an opened model, its adapter, progress and warnings. Tool process.
import { join } from 'node:path';
import type { ToolSession } from '../../../contracts/tool-protocol.ts';
import type { ModelInfo, Progress, Session } from '../../../native/binding/index.d.ts';
import { CompileWatch } from '../compile-watch.ts';
import { modelHash } from '../model-hash.ts';
import { openSession } from '../native.ts';

const POLL_MS = 200;

export interface ToolContext {
  progress(phase: string, done: number, total: number): void;
  /** One sentence for the user that does not stop the work. */
  warn(message: string): void;
}

export interface OpenedModel {
  session: Session;
  info: ModelInfo;
  path: string;
  hash: string;
}

/** Opens the model, runs `work`, and closes the model whatever comes. */
export async function withModel<Result>(
  options: ToolSession,
  work: (model: OpenedModel) => Promise<Result>,
): Promise<Result> {
  const { modelPath: path, cacheFolder, device, threads, numerics } = options;
  const hash = await modelHash(path, cacheFolder);
  const session = await openSession({
    modelPath: path,
    modelHash: hash,
    device,
    numerics,
    threads,
    workers: 0,
    basesDir: join(cacheFolder, 'bases'),
  });
  try {
    return await work({ session, info: session.info(), path, hash });
  } finally {
    await session.dispose();
  }
}

/**
 * Reports the session's own progress while `work` runs, and that the GPU's driver compiles kernels while it does.
 * @param own what to report instead of the session's
 */
export async function withNativeProgress<Result>(
  session: Pick<Session, 'info' | 'progress'>,
  context: ToolContext,
  work: () => Promise<Result>,
  own: () => Progress = () => session.progress(),
): Promise<Result> {
  const compileWatch = new CompileWatch();
  if (session.info().backend.startsWith('CUDA')) await compileWatch.start();
  const timer = setInterval(() => {
    const { phase, done, total } = compileWatch.progress() ?? own();
    context.progress(phase, done, total);
  }, POLL_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    compileWatch.stop();
  }
}
