// Answers to what clients ask of tags, notes, saved views and removed things. Runs in the host.
import type { ORGANISING_METHODS } from '../../../contracts/methods/organising.ts';
import type { HandlerDependencies, HandlersOf } from './handler-types.ts';

export function organisingHandlers({
  organising,
  store,
}: HandlerDependencies): HandlersOf<keyof typeof ORGANISING_METHODS> {
  return {
    tagRuns: (params) => organising.tag(params),
    listTags: () => store.organising.tags(),
    noteRun: ({ id, notes }) => organising.note(id, notes),
    removeRuns: ({ ids }) => organising.removeRuns(ids),
    restoreRuns: ({ ids }) => organising.restoreRuns(ids),
    removeSweeps: ({ sweeps }) => organising.removeSweeps(sweeps),
    restoreSweeps: ({ sweeps }) => organising.restoreSweeps(sweeps),
    listRemoved: () => organising.listRemoved(),
    listViews: () => store.views.list(),
    saveView: (view) => organising.saveView(view),
    deleteView: ({ id }) => ({ deleted: organising.deleteView(id) }),
  };
}
