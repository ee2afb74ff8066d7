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
export async function planSweep(recipePath: string, context: PlanContext): Promise<PlannedSweep> {
  const file = new RecipeFile(recipePath, await readRecipe(recipePath));
  const planner = new CellPlanner(file, recipePath, context);
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
    recipePath,
    cells: [...cells.values()],
    duplicatesRemoved: expanded.length - cells.size,
  };
}

async function readRecipe(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw badInput(`Cannot read the recipe ${path} (${errorMessage(error)}): give the path of a YAML file.`);
  }
}

class CellPlanner {
  readonly #file: RecipeFile;
  readonly #recipePath: string;
  readonly #context: PlanContext;
  readonly #headers = new Map<string, GgufHeader>();

  constructor(file: RecipeFile, recipePath: string, context: PlanContext) {
    this.#file = file;
    this.#recipePath = recipePath;
    this.#context = context;
  }

  async plan({ label, role, config: stated, origin }: ExpandedCell): Promise<PlannedCell> {
    const model = await this.#locate('model', stated.model);
    const train = await this.#locate('data.train', stated.data.train);
    const heldOut = await this.#locate('data.heldOut', stated.data.heldOut);
    const config = { ...stated, model: model.path, data: { train: train.path, heldOut: heldOut.path } };
    const header = this.#headers.get(config.model) ?? (await readGgufHeader(config.model));
    this.#headers.set(config.model, header);
    const hashes = { model: model.sha256, train: train.sha256, heldOut: heldOut.sha256 };
    const key = cellKey(config, this.#context.codeVersion, hashes);
    const where = `${this.#recipePath}: \`${origin}.adapter\` (${label})`;
    return {
      key,
      runId: key.slice(0, ID_LENGTH),
      label,
      role,
      config,
      modelHash: hashes.model,
      parameterCount: parameterCount(header, config.adapter, where),
    };
  }

  /** The file that the recipe names under `key`, with its hash. */
  async #locate(key: string, stated: string): Promise<{ path: string; sha256: string }> {
    const keyPath = ['base', ...key.split('.')];
    const path = await this.#resolve(keyPath, stated);
    try {
      return { path, sha256: await this.#context.hasher.sha256(path) };
    } catch (error) {
      const reason = errorMessage(error);
      const remedy = missingFileRemedy(stated);
      throw this.#file.error(keyPath, `names ${path}, which cannot be read (${reason}); ${remedy}.`);
    }
  }

  async #resolve(keyPath: string[], stated: string): Promise<string> {
    try {
      return await resolvePath(stated, dirname(this.#recipePath), this.#context.folders);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'BAD_INPUT') throw error;
      throw this.#file.error(keyPath, `is not valid: ${error.message}`);
    }
  }
}
