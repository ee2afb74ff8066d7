// From a recipe to cells with content keys: what a sweep consists of, before anything runs. Runs in the host.
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { badInput, errorMessage } from '../../contracts/app-error.ts';
import type { RunConfig } from '../../contracts/run-config.ts';
import type { PlannedCell, SweepHeader } from '../../contracts/run-record.ts';
import { canonicalJson, sha256 } from './canonical-json.ts';
import type { FileHasher } from './file-hash.ts';
import { readGgufHeader } from './gguf-header.ts';
import type { GgufHeader } from './gguf-header.ts';
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
  resourcesFolder: string;
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
  const folders = { recipeFolder: dirname(recipePath), resourcesFolder: context.resourcesFolder };
  const planner = new CellPlanner(file, recipePath, context);
  const cells = new Map<string, PlannedCell>();
  const expanded = expandRecipe(file, folders);
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

  async plan({ label, role, config, origin }: ExpandedCell): Promise<PlannedCell> {
    const hashes = {
      model: await this.#hash('model', config.model),
      train: await this.#hash('data.train', config.data.train),
      heldOut: await this.#hash('data.heldOut', config.data.heldOut),
    };
    const header = this.#headers.get(config.model) ?? (await readGgufHeader(config.model));
    this.#headers.set(config.model, header);
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

  async #hash(key: string, path: string): Promise<string> {
    try {
      return await this.#context.hasher.sha256(path);
    } catch (error) {
      const reason = errorMessage(error);
      const remedy = 'give a path relative to the recipe, an absolute one, or builtin: and a path below resources.';
      throw this.#file.error(['base', ...key.split('.')], `names ${path}, which cannot be read (${reason}); ${remedy}`);
    }
  }
}
