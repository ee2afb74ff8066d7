// Loads what the address names into the draft: a recipe, or the settings of a run. Runs in the renderer.
import { useCallback, useEffect, useEffectEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'react-router';
import type { HostResult } from '../../../contracts/host-protocol.ts';
import { useQueryState } from '../../app/query-state.ts';
import type { HostConnection } from '../../connection/host-connection.ts';
import { useHostConnection } from '../../connection/hooks.ts';
import { loadDraft, reportLoadError, useDraftStore } from './draft.ts';
import type { Draft } from './draft.ts';
import type { DroppedRecipe } from '../../components/library/add-files.ts';
import { baseOfConfig } from './recipe-content.ts';
import { recipeText } from './recipe-text.ts';

/** What a new user's form begins with; it comes with the program. */
const FIRST_RECIPE = 'first-sweep';

export type RecipeEntry = HostResult<'listRecipes'>[number];

/** How the address names a recipe: by its name where only one has it. */
export function recipeReference(recipe: RecipeEntry, recipes: readonly RecipeEntry[]): string {
  return recipes.filter(({ name }) => name === recipe.name).length === 1 ? recipe.name : recipe.path;
}

type Loaded = Omit<Draft, 'loadedText'>;

async function loadRecipe(connection: HostConnection, reference: string): Promise<Loaded> {
  const recipes = await connection.call('listRecipes', {});
  const found = recipes.find(({ path, name }) => path === reference || name === reference);
  const { text, baseFolder } = await connection.call('readRecipe', { path: found?.path ?? reference });
  return { origin: `recipe:${reference}`, text, baseFolder };
}

/** A sweep of one cell, the run's own; a grid makes it more. */
async function loadRun(connection: HostConnection, id: string): Promise<Loaded> {
  const [{ run, config }, models, dataSets] = await Promise.all([
    connection.call('showRun', { id, completions: 0 }),
    connection.call('listModels', {}),
    connection.call('listDataSets', {}),
  ]);
  const data = (path: string) => dataSets.find((entry) => entry.path === path)?.reference ?? path;
  const base = baseOfConfig({
    ...config,
    model: models.find(({ path }) => path === config.model)?.reference ?? config.model,
    data: { train: data(config.data.train), heldOut: data(config.data.heldOut) },
  });
  const text = recipeText({ name: `from-r${run.number}`, base, seeds: [config.seed] });
  return { origin: `run:${id}`, text, baseFolder: null };
}

export interface DraftLoading {
  error: unknown;
  /** Loads a recipe by name or path; the address follows. */
  chooseRecipe: (reference: string) => void;
  /** A text of the user's own: a dropped file, or an empty recipe. */
  chooseText: (loaded: Loaded, name: string) => void;
  retry: () => void;
}

/** Keeps draft and address together: the address wins where it names something that the draft did not come from. */
export function useDraftLoading(): DraftLoading {
  const { t } = useTranslation('newSweep');
  const connection = useHostConnection();
  const [recipe, setRecipe] = useQueryState<string>('recipe', '');
  const [from, setFrom] = useQueryState<string>('from', '');
  const error = useDraftStore(({ loadError }) => loadError);
  const dropped = (useLocation().state as DroppedRecipe | null)?.dropped ?? null;
  const wanted = from !== '' ? `run:${from}` : recipe !== '' ? `recipe:${recipe}` : '';

  const take = useCallback(
    async (name: string, loading: Promise<Loaded>) => {
      try {
        const loaded = await loading;
        loadDraft(loaded, t('loaded', { name }));
      } catch (failure) {
        reportLoadError(failure);
      }
    },
    [t],
  );
  const showInAddress = (origin: string) => {
    setFrom(origin.startsWith('run:') ? origin.slice('run:'.length) : '');
    setRecipe(origin.startsWith('recipe:') ? origin.slice('recipe:'.length) : '');
  };
  const follow = async () => {
    const { draft } = useDraftStore.getState();
    if (dropped !== null) {
      const { name, text } = dropped;
      await take(name, Promise.resolve({ origin: `file:${name}`, text, baseFolder: null }));
    } else if (draft !== null && wanted === '') showInAddress(draft.origin);
    else if (from !== '' && draft?.origin !== wanted) await take(from, loadRun(connection, from));
    else if (draft?.origin !== wanted) await take(recipe, loadRecipe(connection, recipe || FIRST_RECIPE));
  };
  const followAddress = useEffectEvent(follow);
  useEffect(() => void followAddress(), [wanted, dropped]);

  // An undone load brings another recipe back: the link has to name that one.
  const followDraft = useEffectEvent(showInAddress);
  useEffect(
    () =>
      useDraftStore.subscribe(({ draft }, { draft: before }) => {
        if (draft !== null && draft.origin !== before?.origin) followDraft(draft.origin);
      }),
    [],
  );

  return {
    error,
    chooseRecipe: (reference) => void take(reference, loadRecipe(connection, reference)),
    chooseText: (loaded, name) => void take(name, Promise.resolve(loaded)),
    retry: () => void follow(),
  };
}
