// Answers for the playground and for adapters as text. Runs in the host.
import { join } from 'node:path';
import type { PLAYGROUND_METHODS } from '../../../contracts/methods/playground.ts';
import type { AdapterIdentity } from '../../../contracts/playground.ts';
import { runToolProcess } from '../../core/tool-process.ts';
import { heldOutProblem, runSource, taskSource } from '../playground/held-out.ts';
import type { HandlerDependencies, HandlersOf } from './handler-types.ts';

/** As many bytes as a trained number takes. */
const NUMBER_BYTES = 4;

export function playgroundHandlers(dependencies: HandlerDependencies): HandlersOf<keyof typeof PLAYGROUND_METHODS> {
  const { service, studio } = dependencies;
  const { playground, paths } = studio;
  return {
    playgroundState: () => playground.state(),
    generate: async (request) => ({ answers: await playground.generate(request) }),
    stopGenerating: () => playground.stop(),
    restartPlayground: () => playground.close(),
    closePlayground: () => playground.close(),
    heldOutProblem: async ({ from, line }) => {
      const source =
        'task' in from ? await taskSource(from.task, paths.tasks) : runSource(service.findRun(from.run).config);
      return heldOutProblem(source, line);
    },
    exportAdapterLine: async ({ id }) => {
      const { id: runId, modelHash, config } = service.findRun(id);
      const adapter = { runId, runFolder: join(paths.runs, runId), modelHash, config };
      const exported = await runToolProcess('adapter-export', { cacheFolder: paths.cache, adapter, format: 'text' });
      const text = exported.text ?? '';
      const { trainableNumbers } = await runToolProcess('adapter-identify', { text });
      return { text, trainableNumbers, sizeBytes: trainableNumbers * NUMBER_BYTES };
    },
    identifyAdapter: ({ text }) => identifyAdapter(text, dependencies),
  };
}

async function identifyAdapter(text: string, { studio }: HandlerDependencies): Promise<AdapterIdentity> {
  const { config, trainableNumbers, modelHash } = await runToolProcess('adapter-identify', { text });
  const model = await studio.models.findByHash(modelHash);
  const remedy = `The model that it was trained on is not here (SHA-256 ${modelHash.slice(0, 12)}…): add its file under Models and data.`;
  return {
    config,
    trainableNumbers,
    sizeBytes: trainableNumbers * NUMBER_BYTES,
    modelHash,
    modelId: model?.id ?? null,
    modelReference: model?.reference ?? null,
    remedy: model === null ? remedy : null,
  };
}
