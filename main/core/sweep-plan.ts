// From a recipe to cells with content keys: what a sweep consists of, before anything runs. Runs in the host.
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AppError, badInput, errorMessage } from '../../contracts/app-error.ts';
import type { RunConfig } from '../../contracts/run-config.ts';
import type { PlannedCell, SweepHeader } from '../../contracts/run-record.ts';
import { canonicalJson, sha256 } from './canonical-json.ts';
import type { FileHasher } from './file-hash.ts';
import { readGgufHeader } from './gguf-header.ts';
import type { GgufHeader } from './gguf-header.ts';
import { resolvePath, missingFileRemedy } from './named-paths.ts';
import type { NamedFolders } from './named-paths.ts';
import { parameterCount } from './parameter-count.ts';
import { RecipeFile, expandRecipe } from './recipe-file.ts';
import type { ExpandedCell } from './recipe-file.ts';

/** Hex digits of a key that make the short ids people type. */
const ID_LENGTH = 12;

/** A recipe's text, and where it comes from. */
export interface RecipeDocument {
  /** Named in messages, and kept with the sweep; its folder is where relative paths begin. */
  path: string;
  text: string;
  baseFolder: string;
}

export interface PlannedSweep extends SweepHeader {
  cells: PlannedCell[];
  duplicatesRemoved: number;
}

export interface PlanContext {
  folders: NamedFolders;
  /** Names the training code, so that other code never passes for the same cell. */
  codeVersion: string;
  hasher: FileHasher;
}

interface FileHashes {
  model: string;
  train: string;
  heldOut: string;
}

/** Content key of a cell: what is computed, not where its files lie. */
export function cellKey(config: RunConfig, codeVersion: string, hashes: FileHashes): string {
  const content = { ...config, model: hashes.model, data: { train: hashes.train, heldOut: hashes.heldOut } };
  return sha256(canonicalJson({ config: content, code: codeVersion }));
}

/**
 * Throws BAD_INPUT, naming file, line and key, for whatever of the recipe cannot run: settings, missing files, a model
 * that is no GGUF, a rank larger than a layer.
 */
export async function planSweep(document: RecipeDocument, context: PlanContext): Promise<PlannedSweep> {
  const file = new RecipeFile(document.path, document.text);
  const planner = new CellPlanner(file, document, context);
  const cells = new Map<string, PlannedCell>();
  const expanded = expandRecipe(file);
  for (const cell of expanded) {
    const planned = await planner.plan(cell);
    if (!cells.has(planned.key)) cells.set(planned.key, planned);
  }
  const { name, description } = file.recipe;
  const keys = [...cells.keys()];
  return {
    id: sha256([name, ...keys].join('\n')).slice(0, ID_LENGTH),
    name,
    description,
    recipePath: document.path,
    recipeText: document.text,
    cells: [...cells.values()],
    duplicatesRemoved: expanded.length - cells.size,
  };
}

/** Throws BAD_INPUT where the file cannot be read. */
export async function readRecipe(path: string): Promise<RecipeDocument> {
  try {
    return { path, text: await readFile(path, 'utf8'), baseFolder: dirname(path) };
  } catch (error) {
    throw badInput(`Cannot read the recipe ${path} (${errorMessage(error)}): give the path of a YAML file.`);
  }
}

/** The cell of a configuration whose paths are absolute: its key, and how many numbers it trains. */
export async function planCell(
  { label, role, config }: Pick<ExpandedCell, 'label' | 'role' | 'config'>,
  where: string,
  { codeVersion, hasher }: PlanContext,
  readHeader: (path: string) => Promise<GgufHeader> = readGgufHeader,
): Promise<PlannedCell> {
  const hashes = {
    model: await hasher.sha256(config.model),
    train: await hasher.sha256(config.data.train),
    heldOut: await hasher.sha256(config.data.heldOut),
  };
  const key = cellKey(config, codeVersion, hashes);
  return {
    key,
    runId: key.slice(0, ID_LENGTH),
    label,
    role,
    config,
    modelHash: hashes.model,
    provenance: { codeVersion, trainHash: hashes.train, heldOutHash: hashes.heldOut },
    parameterCount: parameterCount(await readHeader(config.model), config.adapter, where),
  };
}

class CellPlanner {
  readonly #file: RecipeFile;
  readonly #document: RecipeDocument;
  readonly #context: PlanContext;
  readonly #headers = new Map<string, GgufHeader>();

  constructor(file: RecipeFile, document: RecipeDocument, context: PlanContext) {
    this.#file = file;
    this.#document = document;
    this.#context = context;
  }

  async plan({ label, role, config: stated, origin }: ExpandedCell): Promise<PlannedCell> {
    const model = await this.#locate('model', stated.model);
    const train = await this.#locate('data.train', stated.data.train);
    const heldOut = await this.#locate('data.heldOut', stated.data.heldOut);
    const config = { ...stated, model, data: { train, heldOut } };
    const where = `${this.#document.path}: \`${origin}.adapter\` (${label})`;
    return planCell({ label, role, config }, where, this.#context, (path) => this.#header(path));
  }

  async #header(path: string): Promise<GgufHeader> {
    const header = this.#headers.get(path) ?? (await readGgufHeader(path));
    this.#headers.set(path, header);
    return header;
  }

  /** Path of the file that the recipe names under `key`; it can be read. */
  async #locate(key: string, stated: string): Promise<string> {
    const keyPath = ['base', ...key.split('.')];
    const path = await this.#resolve(keyPath, stated);
    try {
      await this.#context.hasher.sha256(path);
      return path;
    } catch (error) {
      const reason = errorMessage(error);
      const remedy = missingFileRemedy(stated);
      throw this.#file.error(keyPath, `names ${path}, which cannot be read (${reason}); ${remedy}.`);
    }
  }

  async #resolve(keyPath: string[], stated: string): Promise<string> {
    try {
      return await resolvePath(stated, this.#document.baseFolder, this.#context.folders);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'BAD_INPUT') throw error;
      throw this.#file.error(keyPath, `is not valid: ${error.message}`);
    }
  }
}
