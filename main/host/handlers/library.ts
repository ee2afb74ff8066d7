// Answers about models, downloads, data sets and disk. Runs in the host.
import type { LIBRARY_METHODS } from '../../../contracts/methods/library.ts';
import { checkAnswers } from '../library/answer-check.ts';
import type { HandlerDependencies, HandlersOf } from './handler-types.ts';

export function libraryHandlers({ studio }: HandlerDependencies): HandlersOf<keyof typeof LIBRARY_METHODS> {
  const { models, downloads, dataSets, disk } = studio;
  return {
    listModels: () => models.list(),
    addModel: ({ path }) => models.add(path),
    removeModel: async ({ id, deleteFile }) => ({ freedBytes: await models.remove(id, deleteFile) }),
    listStarterModels: () => models.starters(),
    listDownloads: () => downloads.list(),
    addDownload: ({ address, sha256 }) => downloads.add(address, sha256),
    pauseDownload: ({ id }) => downloads.pause(id),
    resumeDownload: ({ id }) => downloads.resume(id),
    removeDownload: async ({ id }) => ({ freedBytes: await downloads.remove(id) }),
    listDataSets: () => dataSets.list(),
    addDataSet: ({ path }) => dataSets.add(path),
    removeDataSet: async ({ id }) => {
      await dataSets.remove(id);
      return {};
    },
    dataSetRows: ({ id, offset, limit }) => dataSets.rows(id, offset, limit),
    dataSetLengths: ({ id, model, prompt }) => dataSets.lengths(id, model, prompt),
    checkDataSet: async ({ id, grader }) => checkAnswers((await dataSets.find(id)).path, grader),
    previewPrompt: ({ id, line, model, prompt }) => dataSets.preview(id, line, model, prompt),
    diskUse: () => disk.use(),
    pruneDisk: (params) => disk.prune(params),
    estimateDisk: ({ cells }) => disk.estimate(cells),
  };
}
