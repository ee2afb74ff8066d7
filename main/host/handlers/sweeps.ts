// Answers to what clients ask of sweeps and recipes. Runs in the host.
import { dirname } from 'node:path';
import type { SWEEP_METHODS } from '../../../contracts/methods/sweeps.ts';
import { editRecipe } from '../../core/recipe-library.ts';
import { readRecipe } from '../../core/sweep-plan.ts';
import { TASKS, taskSettings } from '../../core/tasks/task-files.ts';
import type { HandlerDependencies, HandlersOf } from './handler-types.ts';
import { requireStorage } from './require-storage.ts';

export function sweepHandlers(dependencies: HandlerDependencies): HandlersOf<keyof typeof SWEEP_METHODS> {
  const { service, scheduler, organising, recipes, preflight, planContext } = dependencies;
  return {
    planSweep: (source) => service.plan(source),
    runSweep: (source) => {
      requireStorage(scheduler);
      return service.run(source);
    },
    retryMissing: ({ sweep }) => {
      requireStorage(scheduler);
      return service.retryMissing(sweep);
    },
    undoStart: (params) => ({ withdrawn: organising.undoStart(params) }),
    cancelSweep: ({ sweep }) => {
      const runIds = service.cancel(sweep);
      return { cancelled: runIds.length, runIds };
    },
    sweepReport: ({ sweep }) => service.report(sweep),
    extendSweep: ({ sweep, plan, ...extension }) => {
      if (!plan) requireStorage(scheduler);
      return service.extend(sweep, extension, plan);
    },
    preflightSweep: ({ source, measure, id }) => preflight.run(source, measure, id),
    cancelPreflight: ({ id }) => ({ cancelled: preflight.cancel(id) }),
    listTasks: () =>
      TASKS.map((task) => ({ name: task.name, description: task.description, settings: taskSettings(task) })),
    listRecipes: () => recipes.list(),
    readRecipe: async ({ path }) => ({ text: (await readRecipe(path)).text, baseFolder: dirname(path) }),
    checkRecipe: async (source) => recipes.check(source, await planContext()),
    editRecipe: (params) => ({ text: editRecipe(params) }),
    saveRecipe: (params) => recipes.save(params),
    adapterMap: ({ model, adapter }) => service.adapterMap(model, adapter),
  };
}
