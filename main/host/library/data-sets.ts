// The data sets of a data folder: built-in tasks and files linked from elsewhere. Runs in the host.
import { stat } from 'node:fs/promises';
import { basename, isAbsolute, join } from 'node:path';
import { AppError, badInput, errorMessage } from '../../../contracts/app-error.ts';
import type { HostEvent } from '../../../contracts/host-protocol.ts';
import type {
  DataRowView,
  DataSetEntry,
  LengthHistogram,
  PromptPreview,
  SweepUse,
} from '../../../contracts/library.ts';
import type { PromptConfig } from '../../../contracts/run-config.ts';
import { readDataRows } from '../../core/data-rows.ts';
import { BUILTIN_PREFIX } from '../../core/named-paths.ts';
import { lengthHistogram } from '../../core/length-histogram.ts';
import type { Store } from '../../core/store-types.ts';
import { TASK_PREFIX, TASKS, taskFile } from '../../core/tasks/task-files.ts';
import { SPLITS } from '../../core/tasks/task.ts';
import { runToolProcess } from '../../core/tool-process.ts';
import { fileId } from './models.ts';
import type { ModelLibrary } from './models.ts';

const DEFAULT_PROMPT: PromptConfig = { kind: 'chat', system: null, user: '{question}', date: '26 Jul 2024' };

/** Of the demo's task, whose problems are files and no program makes them. */
const DEMO_SPLITS = ['train', 'validation', 'held-out'];

export interface DataLibraryDependencies {
  store: Store;
  models: ModelLibrary;
  tasksFolder: string;
  /** Of what comes with the program. */
  resources: string;
  cacheFolder: string;
  emit: (event: HostEvent) => void;
}

/** What rows a file has, for as long as it stays as it is. */
interface CountedFile {
  sizeBytes: number;
  modifiedAtMs: number;
  rowCount: number;
}

export class DataLibrary {
  readonly #dependencies: DataLibraryDependencies;
  readonly #counted = new Map<string, CountedFile>();

  constructor(dependencies: DataLibraryDependencies) {
    this.#dependencies = dependencies;
  }

  async list(): Promise<DataSetEntry[]> {
    const { library } = this.#dependencies.store;
    const uses = library.sweepsByFile();
    const builtIn = TASKS.flatMap(({ name, description }) =>
      SPLITS.map(async (split) => {
        const path = await taskFile(`${TASK_PREFIX}${name}/${split}`, this.#dependencies.tasksFolder);
        const what = { name: `${name}, ${split}`, description, task: name, split };
        return this.#entry(path, `${TASK_PREFIX}${name}/${split}`, 'built-in', what, uses);
      }),
    );
    const { resources } = this.#dependencies;
    const demo = DEMO_SPLITS.map((split) => {
      const below = `tasks/chain/${split}.jsonl`;
      const description = 'chains of two sums, for the built-in model';
      const what = { name: `chain, ${split}`, description, task: null, split };
      return this.#entry(join(resources, below), `${BUILTIN_PREFIX}${below}`, 'built-in', what, uses);
    });
    const added = library.files('data').map((path) => {
      const what = { name: basename(path), description: '', task: null, split: null };
      return this.#entry(path, path, 'added', what, uses);
    });
    return Promise.all([...builtIn, ...demo, ...added]);
  }

  /** By id, reference or path. Throws NOT_FOUND. */
  async find(name: string): Promise<DataSetEntry & { path: string }> {
    const found = (await this.list()).find((entry) => [entry.id, entry.reference, entry.path].includes(name));
    if (typeof found?.path !== 'string') {
      throw new AppError('NOT_FOUND', `There is no data set ${name} in the library: add it under Models and data.`);
    }
    return { ...found, path: found.path };
  }

  /** Throws BAD_INPUT where it is no JSON Lines file. */
  async add(path: string): Promise<DataSetEntry> {
    if (!isAbsolute(path)) throw badInput(`${path} is no absolute path: give the whole path of a .jsonl file.`);
    for await (const { problem } of readDataRows(path)) {
      if (problem?.kind === 'not-json') {
        throw badInput(`${path}, line 1: ${problem.message}. Give a file with one JSON object a line.`);
      }
      break;
    }
    if ((await stat(path)).size === 0) throw badInput(`${path} is empty: give at least one problem a line.`);
    this.#dependencies.store.library.addFile(path, 'data');
    this.#announce();
    return this.find(path);
  }

  async remove(id: string): Promise<void> {
    const { path, source, name } = await this.find(id);
    if (source === 'built-in') throw badInput(`${name} is built in and stays.`);
    this.#dependencies.store.library.removeFile(path);
    this.#announce();
  }

  async rows(id: string, offset: number, limit: number): Promise<{ total: number; rows: DataRowView[] }> {
    const { path } = await this.find(id);
    const rows: DataRowView[] = [];
    let total = 0;
    for await (const row of readDataRows(path)) {
      if (total >= offset && rows.length < limit) rows.push(row);
      total += 1;
    }
    return { total, rows };
  }

  /** In tokens where a model is given and can tokenise them; else in characters, with the reason. */
  async lengths(id: string, model: string | null, prompt: PromptConfig | null): Promise<LengthHistogram> {
    const { path } = await this.find(id);
    if (model === null) return this.#characters(path, 'No model is chosen, so characters are counted.');
    try {
      const { path: modelPath } = await this.#dependencies.models.find(model);
      const { lengths, skippedRows } = await runToolProcess('lengths', {
        session: { modelPath, cacheFolder: this.#dependencies.cacheFolder },
        dataPath: path,
        prompt: prompt ?? DEFAULT_PROMPT,
      });
      return { unit: 'tokens', reason: null, rows: lengths.length, skippedRows, ...lengthHistogram(lengths) };
    } catch (error) {
      return this.#characters(path, `Characters are counted, since tokens cannot be: ${errorMessage(error)}`);
    }
  }

  async preview(id: string, line: number, model: string, prompt: PromptConfig): Promise<PromptPreview> {
    const { path } = await this.find(id);
    const { path: modelPath } = await this.#dependencies.models.find(model);
    const row = await rowAt(path, line);
    if (row.problem !== null) throw badInput(`${path}, line ${line}: ${row.problem.message}.`);
    const { question, messages } = row;
    const session = { modelPath, cacheFolder: this.#dependencies.cacheFolder };
    return runToolProcess('prompt', { session, prompt, problem: { question, messages } });
  }

  async #characters(path: string, reason: string): Promise<LengthHistogram> {
    const lengths: number[] = [];
    let skippedRows = 0;
    for await (const { question, messages, problem } of readDataRows(path)) {
      if (problem === null) lengths.push((question ?? (messages ?? []).map(({ content }) => content).join('')).length);
      else skippedRows += 1;
    }
    return { unit: 'characters', reason, rows: lengths.length, skippedRows, ...lengthHistogram(lengths) };
  }

  async #entry(
    path: string,
    reference: string,
    source: DataSetEntry['source'],
    what: Pick<DataSetEntry, 'name' | 'description' | 'task' | 'split'>,
    uses: ReadonlyMap<string, SweepUse[]>,
  ): Promise<DataSetEntry> {
    const common = { id: fileId(reference), reference, source, ...what, path, usedBy: uses.get(path) ?? [] };
    try {
      const { sizeBytes, rowCount } = await this.#count(path);
      return { ...common, sizeBytes, rowCount, failure: null };
    } catch (error) {
      const failure = `${errorMessage(error)} Put the file back, or remove it from the list.`;
      return { ...common, sizeBytes: null, rowCount: null, failure };
    }
  }

  async #count(path: string): Promise<CountedFile> {
    const file = await stat(path).catch(() => {
      throw badInput(`${path} is gone.`);
    });
    const known = this.#counted.get(path);
    if (known?.sizeBytes === file.size && known.modifiedAtMs === file.mtimeMs) return known;
    let rowCount = 0;
    for await (const row of readDataRows(path)) rowCount = row.line;
    const counted = { sizeBytes: file.size, modifiedAtMs: file.mtimeMs, rowCount };
    this.#counted.set(path, counted);
    return counted;
  }

  #announce(): void {
    this.#dependencies.emit({ type: 'libraryChanged', part: 'data' });
  }
}

/** Throws NOT_FOUND where the file ends before that line. */
export async function rowAt(path: string, line: number): Promise<DataRowView> {
  for await (const row of readDataRows(path)) if (row.line === line) return row;
  throw new AppError('NOT_FOUND', `${path} has no line ${line}.`);
}
