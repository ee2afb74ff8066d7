// Tells that the GPU's driver compiles kernels, by the modules that it adds to its cache. Engine and tool processes.
import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { COMPILING_PHASE } from '../../contracts/engine-protocol.ts';
import type { Progress } from '../../native/binding/index.d.ts';

const LOOK_INTERVAL_MS = 1000;
/** A large module takes a driver some seconds: it still compiles when the last one came this long ago. */
const RECENT_MS = 10_000;
/** The cache's table of contents, beside its modules. */
const INDEX = 'index';

/** Where CUDA's driver keeps what it compiled, as its documentation says; null where it keeps nothing. */
export function kernelCacheFolder(
  environment: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
  home: string = homedir(),
): string | null {
  if (environment['CUDA_CACHE_DISABLE'] === '1') return null;
  const chosen = environment['CUDA_CACHE_PATH'];
  if (chosen !== undefined && chosen !== '') return chosen;
  if (platform === 'linux') return join(home, '.nv', 'ComputeCache');
  if (platform !== 'win32') return null;
  return join(environment['APPDATA'] ?? join(home, 'AppData', 'Roaming'), 'NVIDIA', 'ComputeCache');
}

/** Looks at the cache once a second from `start` to `stop`; never keeps its process alive. */
export class CompileWatch {
  readonly #folder: string | null;
  /** Modules that were there before, so that old ones which make room for new ones do not hide these. */
  #before: ReadonlySet<string> | null = null;
  #addedCount = 0;
  #addedAtMs = -Infinity;
  #isLooking = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(folder: string | null = kernelCacheFolder()) {
    this.#folder = folder;
  }

  /** Resolves once it knows what was there before. */
  async start(intervalMs = LOOK_INTERVAL_MS): Promise<void> {
    if (this.#folder === null || this.#timer !== null) return;
    this.#timer = setInterval(() => void this.#look(), intervalMs).unref();
    await this.#look();
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  /** Modules compiled since the start; null while none is being added. How many there will be nobody knows. */
  progress(nowMs = performance.now()): Progress | null {
    if (nowMs - this.#addedAtMs > RECENT_MS) return null;
    return { phase: COMPILING_PHASE, done: this.#addedCount, total: 0 };
  }

  async #look(): Promise<void> {
    if (this.#folder === null || this.#isLooking) return;
    this.#isLooking = true;
    const modules = await modulesIn(this.#folder);
    this.#isLooking = false;
    if (modules === null) return;
    const before = (this.#before ??= new Set(modules));
    const addedCount = modules.filter((name) => !before.has(name)).length;
    if (addedCount > this.#addedCount) this.#addedAtMs = performance.now();
    this.#addedCount = Math.max(this.#addedCount, addedCount);
  }
}

/** Paths of the modules' files; null where they cannot be listed now, since the driver changes the folders meanwhile. */
async function modulesIn(folder: string): Promise<string[] | null> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile() && entry.name !== INDEX)
      .map(({ parentPath, name }) => join(parentPath, name));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? [] : null;
  }
}
