// Recipes that come with the program and those saved in the data folder; a recipe's text, checked and edited. Runs in
// the host.
import { mkdir, readFile, readdir, rename, stat, writeFile } from 'node:fs/promises';
import { basename, isAbsolute, join, resolve } from 'node:path';
import { isMap, isScalar, isSeq, parseDocument, stringify } from 'yaml';
import type { Document } from 'yaml';
import { AppError, errorMessage, hasErrorCode } from '../../contracts/app-error.ts';
import type { HostParams, HostResult } from '../../contracts/host-protocol.ts';
import type { RecipeSource } from '../../contracts/methods/sweeps.ts';
import { RecipeError, RecipeFile, expandRecipe } from './recipe-file.ts';
import type { RecipeProblem } from './recipe-file.ts';
import { planSweep, readRecipe } from './sweep-plan.ts';
import type { PlanContext, RecipeDocument } from './sweep-plan.ts';

/** In messages, in place of a file that there is not yet. */
const UNSAVED = 'recipe';
const PREFIXED = /^(builtin|models|task):/;
/** Keys whose values are paths. */
const PATH_KEYS = [['model'], ['data', 'train'], ['data', 'heldOut']];

export class RecipeLibrary {
  readonly #builtIn: string;
  readonly #saved: string;

  /**
   * @param resources folder of what comes with the program
   * @param saved folder of the user's recipes; made when first needed
   */
  constructor(resources: string, saved: string) {
    this.#builtIn = join(resources, 'recipes');
    this.#saved = saved;
  }

  /** Built-in ones first, each part by name. */
  async list(): Promise<HostResult<'listRecipes'>> {
    const parts = [
      { folder: this.#builtIn, origin: 'built-in' },
      { folder: this.#saved, origin: 'saved' },
    ] as const;
    const lists = parts.map(async ({ folder, origin }) => {
      const names = (await namesIn(folder)).filter((name) => /\.ya?ml$/i.test(name)).sort();
      return Promise.all(names.map((name) => describeRecipe(join(folder, name), origin)));
    });
    return (await Promise.all(lists)).flat();
  }

  /** The text of a source, as nothing is saved yet. Throws BAD_INPUT where a file cannot be read. */
  async document(source: RecipeSource): Promise<RecipeDocument> {
    if ('recipePath' in source) return readRecipe(source.recipePath);
    const text = 'recipeText' in source ? source.recipeText : stringify(source.recipe);
    return { path: UNSAVED, text, baseFolder: source.baseFolder ?? this.#saved };
  }

  /**
   * The document as a file: a source that is none is saved under its recipe's name, with another ending where that is
   * taken by another recipe. Throws BAD_INPUT for text that is no recipe.
   */
  async keep(source: RecipeSource): Promise<RecipeDocument> {
    const document = await this.document(source);
    if ('recipePath' in source) return document;
    const { name } = new RecipeFile(UNSAVED, document.text).recipe;
    const text = withAbsolutePaths(document, this.#saved);
    for (let ending = 1; ; ending++) {
      const path = join(this.#saved, `${name}${ending === 1 ? '' : `-${ending}`}.yaml`);
      const known = await textOf(path);
      if (known === null) await this.#write(path, text);
      if (known === null || known === text) return { path, text, baseFolder: this.#saved };
    }
  }

  /** Throws BAD_INPUT for text that is no recipe, CONFLICT where another recipe has its name. */
  async save({ text, baseFolder, overwrite }: HostParams<'saveRecipe'>): Promise<{ path: string }> {
    const { name } = new RecipeFile(UNSAVED, text).recipe;
    const path = join(this.#saved, `${name}.yaml`);
    const saved = withAbsolutePaths({ path, text, baseFolder: baseFolder ?? this.#saved }, this.#saved);
    const known = await textOf(path);
    if (known !== null && known !== saved && !overwrite) {
      throw new AppError('CONFLICT', `A recipe ${name} is saved already (${path}): give this one another \`name\`.`);
    }
    if (known !== saved) await this.#write(path, saved);
    return { path };
  }

  /** Whole or not at all. */
  async #write(path: string, text: string): Promise<void> {
    await mkdir(this.#saved, { recursive: true, mode: 0o700 });
    const temporary = `${path}.new`;
    await writeFile(temporary, text, { mode: 0o600 });
    await rename(temporary, path);
  }

  /** Everything that is wrong: syntax, settings, and what planning its cells finds, such as missing files. */
  async check(source: RecipeSource, context: PlanContext): Promise<HostResult<'checkRecipe'>> {
    const document = await this.document(source);
    const content = recordOf(parseDocument(document.text));
    const problems = RecipeFile.problemsIn(document.path, document.text);
    if (problems.length > 0) return { recipe: content, problems: distinct(problems) };
    try {
      const file = new RecipeFile(document.path, document.text);
      const found: RecipeProblem[] = [];
      expandRecipe(file, (problem) => found.push(problem));
      if (found.length > 0) return { recipe: content, problems: distinct(found) };
      await planSweep(document, context);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'BAD_INPUT') throw error;
      const problem = error instanceof RecipeError ? error.problem : { line: null, key: '', message: error.message };
      return { recipe: content, problems: [problem] };
    }
    return { recipe: content, problems: [] };
  }
}

function distinct(problems: readonly RecipeProblem[]): RecipeProblem[] {
  return [...new Map(problems.map((problem) => [`${problem.key}\n${problem.message}`, problem])).values()];
}

function recordOf(document: Document): Record<string, unknown> | null {
  const content: unknown = document.errors.length > 0 ? null : document.toJS();
  const isRecord = typeof content === 'object' && content !== null && !Array.isArray(content);
  return isRecord ? (content as Record<string, unknown>) : null;
}

/**
 * The text with values at paths replaced, or taken away where no value is given. Comments and order stay.
 * Throws BAD_INPUT for text that is not YAML.
 */
export function editRecipe({ text, edits }: HostParams<'editRecipe'>): string {
  const document = parseDocument(text);
  const broken = document.errors[0];
  if (broken !== undefined) {
    throw new AppError(
      'BAD_INPUT',
      `The recipe is not valid YAML: ${broken.message.split('\n')[0] ?? ''}; mend it first.`,
    );
  }
  for (const { path, value } of edits) {
    if (value === undefined) document.deleteIn(path);
    else document.setIn(path, document.createNode(value));
  }
  return document.toString({ lineWidth: 0 });
}

/** Relative paths would mean other files once the recipe lies elsewhere. */
function withAbsolutePaths({ text, baseFolder }: RecipeDocument, folder: string): string {
  if (baseFolder === folder) return text;
  const document = parseDocument(text);
  let changed = false;
  const settle = (path: (string | number)[]): void => {
    const value = document.getIn(path);
    if (typeof value !== 'string' || isAbsolute(value) || PREFIXED.test(value)) return;
    document.setIn(path, resolve(baseFolder, value));
    changed = true;
  };
  const places: (string | number)[][] = [['base'], ...indices(document, 'cells'), ...indices(document, 'baselines')];
  for (const place of places) for (const key of PATH_KEYS) settle([...place, ...key]);
  for (const axis of ['model', 'data.train', 'data.heldOut']) {
    const values = document.getIn(['grid', axis]);
    if (isSeq(values)) values.items.forEach((_, index) => settle(['grid', axis, index]));
  }
  const data = document.getIn(['grid', 'data']);
  if (isSeq(data)) {
    data.items.forEach((_, index) => ['train', 'heldOut'].forEach((key) => settle(['grid', 'data', index, key])));
  }
  return changed ? document.toString({ lineWidth: 0 }) : text;
}

function indices(document: Document, key: string): (string | number)[][] {
  const list = document.get(key);
  return isSeq(list) ? list.items.flatMap((item, index) => (isMap(item) ? [[key, index]] : [])) : [];
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return [];
    throw error;
  }
}

async function textOf(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return null;
    throw error;
  }
}

async function describeRecipe(path: string, origin: 'built-in' | 'saved'): Promise<HostResult<'listRecipes'>[number]> {
  const { mtimeMs: modifiedAtMs } = await stat(path);
  const text = (await textOf(path)) ?? '';
  try {
    const { name, description } = new RecipeFile(path, text).recipe;
    return { path, name, description, origin, modifiedAtMs, problem: null };
  } catch (error) {
    const stated = parseDocument(text).get('name', true);
    const name = isScalar(stated) && typeof stated.value === 'string' ? stated.value : basename(path);
    return { path, name, description: '', origin, modifiedAtMs, problem: errorMessage(error) };
  }
}
