// What the palette offers beside registered commands: every run, sweep, model and recipe by its name. Runs in the renderer.
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { useHostQuery } from '../connection/hooks.ts';
import { useQueueActions } from '../components/queue/queue-actions.ts';
import { useRegisteredCommands } from './commands.ts';
import type { Command } from './commands.ts';
import { NEW_SWEEP_PATH } from './places.ts';
import { runLabel } from './run-names.ts';

/** For as long as the palette is open: a studio of many runs has as many commands. */
export function usePaletteCommands(): Command[] {
  const registered = useRegisteredCommands();
  const sweeps = useSweepCommands();
  const runs = useRunCommands();
  const models = useModelCommands();
  return useMemo(
    () => [...registered.filter(({ id }) => id !== 'palette'), ...sweeps, ...runs, ...models],
    [registered, sweeps, runs, models],
  );
}

function useRunCommands(): Command[] {
  const { data: runs } = useHostQuery('listRuns', {});
  const navigate = useNavigate();
  return useMemo(
    () =>
      (runs ?? []).map((run): Command => ({
        id: `run.${run.id}`,
        section: 'runs',
        title: `r${run.number} ${runLabel(run)}`,
        run: () => void navigate(`/runs/r${run.number}`),
      })),
    [runs, navigate],
  );
}

/** Each sweep opens, and goes on where cells are missing; each recipe begins a new one. */
function useSweepCommands(): Command[] {
  const { t } = useTranslation();
  const { data: sweeps } = useHostQuery('listSweeps', {});
  const { data: recipes } = useHostQuery('listRecipes', {});
  const actions = useQueueActions();
  const navigate = useNavigate();
  return useMemo(() => {
    const opening = (sweeps ?? []).map(({ id, number, name }): Command => ({
      id: `sweep.${id}`,
      section: 'sweeps',
      title: `s${number} ${name}`,
      run: () => void navigate(`/sweeps/s${number}`),
    }));
    const retrying = (sweeps ?? []).flatMap(({ id, number, name, cellsByState }): Command[] => {
      const count = (cellsByState.failed ?? 0) + (cellsByState.cancelled ?? 0);
      if (count === 0) return [];
      const title = t('commands.retryMissing', { count, name: `s${number} ${name}` });
      return [{ id: `retryMissing.${id}`, section: 'sweeps', title, run: () => void actions.retryMissing(id) }];
    });
    const beginning = (recipes ?? []).map(({ path, name }): Command => ({
      id: `recipe.${path}`,
      section: 'sweeps',
      title: t('commands.newSweepFrom', { name }),
      run: () => void navigate(`${NEW_SWEEP_PATH}?recipe=${encodeURIComponent(name)}`),
    }));
    return [...opening, ...retrying, ...beginning];
  }, [t, sweeps, recipes, actions, navigate]);
}

function useModelCommands(): Command[] {
  const { data: models } = useHostQuery('listModels', {});
  const navigate = useNavigate();
  return useMemo(
    () =>
      (models ?? []).map(({ id, fileName }): Command => ({
        id: `model.${id}`,
        section: 'models',
        title: fileName,
        run: () => void navigate(`/models/${encodeURIComponent(id)}`),
      })),
    [models, navigate],
  );
}
