// The models of a data folder: built-in, in its models folder, and linked from elsewhere. Runs in the host.
import { readdir, rm, stat } from 'node:fs/promises';
import { basename, isAbsolute, join } from 'node:path';
import { AppError, badInput, errorMessage } from '../../../contracts/app-error.ts';
import type { HostEvent } from '../../../contracts/host-protocol.ts';
import type { MemoryFit, ModelEntry, ModelInspection, StarterModel } from '../../../contracts/library.ts';
import { sha256 } from '../../core/canonical-json.ts';
import type { FileHasher } from '../../core/file-hash.ts';
import type { NamedFolders } from '../../core/named-paths.ts';
import { STARTER_MODELS } from '../../core/starter-models.ts';
import type { Store } from '../../core/store-types.ts';
import { runLibraryProcess } from './library-process.ts';

const ID_LENGTH = 12;

export interface DeviceMemory {
  device: string;
  memoryBytes: number;
}

export interface ModelLibraryDependencies {
  store: Store;
  hasher: FileHasher;
  folders: NamedFolders;
  emit: (event: HostEvent) => void;
  deviceMemory: () => DeviceMemory[];
}

interface FoundModel {
  path: string;
  reference: string;
  source: ModelEntry['source'];
}

/** Short and stable for a path. */
export function fileId(path: string): string {
  return sha256(path).slice(0, ID_LENGTH);
}

export class ModelLibrary {
  readonly #dependencies: ModelLibraryDependencies;
  /** Paths whose inspection or hash is under way. */
  readonly #underWay = new Set<string>();
  /** One after another: hashing reads whole files. */
  #work: Promise<void> = Promise.resolve();

  constructor(dependencies: ModelLibraryDependencies) {
    this.#dependencies = dependencies;
  }

  /** What is not known yet is found out in the background and announced. */
  async list(): Promise<ModelEntry[]> {
    const uses = this.#dependencies.store.library.sweepsByFile();
    const entries = (await this.#find()).map(async (found) => this.#entry(found, uses.get(found.path) ?? []));
    return Promise.all(entries);
  }

  /** By id, reference or path. Throws NOT_FOUND. */
  async find(name: string): Promise<ModelEntry> {
    const found = (await this.#find()).find(
      ({ path, reference }) => path === name || reference === name || fileId(path) === name,
    );
    if (found === undefined) {
      throw new AppError('NOT_FOUND', `There is no model ${name} in the library: add it under Models and data.`);
    }
    return this.#entry(found, this.#dependencies.store.library.sweepsByFile().get(found.path) ?? []);
  }

  /** The model whose file has this hash; null where none is known to. */
  async findByHash(hash: string): Promise<ModelEntry | null> {
    for (const { path } of await this.#find()) {
      if ((await this.hashOf(path).catch(() => null)) === hash) return this.find(path);
    }
    return null;
  }

  hashOf(path: string): Promise<string> {
    return this.#dependencies.hasher.sha256(path);
  }

  /** Inspected before it is added, so that nothing but a model gets in. Throws BAD_INPUT. */
  async add(path: string): Promise<ModelEntry> {
    if (!isAbsolute(path)) throw badInput(`${path} is no absolute path: give the whole path of a .gguf file.`);
    const { inspection, failure } = await this.#inspect(path);
    if (inspection === null) throw badInput(failure ?? `${path} cannot be read: choose a .gguf file.`);
    const known = (await this.#find()).some((found) => found.path === path);
    if (!known) this.#dependencies.store.library.addFile(path, 'model');
    this.announce();
    return this.find(path);
  }

  /** @returns bytes that this freed. Throws NOT_FOUND, CONFLICT, BAD_INPUT. */
  async remove(id: string, deleteFile: boolean): Promise<number> {
    const { path, source, fileName, sizeBytes } = await this.find(id);
    if (source === 'built-in') throw badInput(`${fileName} is built in and stays.`);
    if (source === 'added') {
      this.#dependencies.store.library.removeFile(path);
      this.announce();
      return 0;
    }
    if (!deleteFile) {
      throw badInput(
        `${fileName} lies in the data folder: removing it deletes the file. Say so, or move it away by hand.`,
      );
    }
    this.#requireUnused(path, fileName);
    await rm(path);
    this.announce();
    return sizeBytes ?? 0;
  }

  async starters(): Promise<StarterModel[]> {
    const found = await this.#find();
    return STARTER_MODELS.map((starter) => {
      const here = found.find(({ path }) => basename(path) === starter.fileName);
      return { ...starter, modelId: here === undefined ? null : fileId(here.path) };
    });
  }

  announce(): void {
    this.#dependencies.emit({ type: 'libraryChanged', part: 'models' });
  }

  async #find(): Promise<FoundModel[]> {
    const { folders, store } = this.#dependencies;
    const builtInFolder = join(folders.resources, 'models');
    const builtIn = (await ggufFiles(builtInFolder)).map((name): FoundModel => ({
      path: join(builtInFolder, name),
      reference: `builtin:models/${name}`,
      source: 'built-in',
    }));
    const own = (await ggufFiles(folders.models)).map((name): FoundModel => ({
      path: join(folders.models, name),
      reference: `models:${name}`,
      source: 'models-folder',
    }));
    const added = store.library.files('model').map((path): FoundModel => ({ path, reference: path, source: 'added' }));
    return [...builtIn, ...own, ...added];
  }

  async #entry(found: FoundModel, usedBy: ModelEntry['usedBy']): Promise<ModelEntry> {
    const { path } = found;
    const common = { id: fileId(path), ...found, fileName: basename(path), usedBy };
    const file = await stat(path).catch(() => null);
    if (file === null) {
      const failure = `${path} is gone. Put it back, or remove it from the list.`;
      return { ...common, sizeBytes: null, sha256: null, inspection: null, failure, fits: [] };
    }
    const stored = this.#dependencies.store.library.inspection(path);
    const fresh = stored?.sizeBytes === file.size && stored.modifiedAtMs === file.mtimeMs ? stored : null;
    const hash = await this.#dependencies.hasher.known(path);
    if (fresh === null || hash === null) this.#findOut(path, fresh === null);
    const inspection = fresh?.inspection ?? null;
    return {
      ...common,
      sizeBytes: file.size,
      sha256: hash,
      inspection,
      failure: fresh?.failure ?? null,
      fits: inspection === null ? [] : this.#fits(inspection),
    };
  }

  #fits({ trainingMemoryBytes }: ModelInspection): MemoryFit[] {
    return this.#dependencies.deviceMemory().map(({ device, memoryBytes }) => ({
      device,
      memoryBytes,
      shortByBytes: trainingMemoryBytes === null ? null : Math.max(0, trainingMemoryBytes - memoryBytes),
    }));
  }

  #findOut(path: string, inspects: boolean): void {
    if (this.#underWay.has(path)) return;
    this.#underWay.add(path);
    this.#work = this.#work
      .then(async () => {
        if (inspects) await this.#inspect(path);
        this.announce();
        await this.hashOf(path);
        this.announce();
      })
      // A file that vanished meanwhile shows as gone.
      .catch(() => undefined)
      .finally(() => this.#underWay.delete(path));
  }

  async #inspect(path: string): Promise<{ inspection: ModelInspection | null; failure: string | null }> {
    const file = await stat(path).catch((error: unknown) => {
      throw badInput(`${path} cannot be read (${errorMessage(error)}): give the path of a .gguf file.`);
    });
    const result = await runLibraryProcess({ type: 'inspect', path }, 'inspected').then(
      ({ inspection }) => ({ inspection, failure: null }),
      (error: unknown) => ({
        inspection: null,
        failure: `${basename(path)} is no model that can be read (${errorMessage(error)}). Choose a whole .gguf file.`,
      }),
    );
    this.#dependencies.store.library.saveInspection({
      path,
      sizeBytes: file.size,
      modifiedAtMs: file.mtimeMs,
      ...result,
    });
    return result;
  }

  #requireUnused(path: string, fileName: string): void {
    const { runs } = this.#dependencies.store;
    const unfinished = [...runs.withState('running'), ...runs.withState('queued'), ...runs.withState('interrupted')];
    const user = unfinished.find(({ config }) => config.model === path);
    if (user !== undefined) {
      throw new AppError(
        'CONFLICT',
        `Run ${user.id} still needs ${fileName}: cancel it or wait, then remove the model.`,
      );
    }
  }
}

async function ggufFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((): string[] => []);
  return names.filter((name) => name.toLowerCase().endsWith('.gguf') && !name.startsWith('.')).sort();
}
