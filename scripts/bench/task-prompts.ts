// The first prompts of a built-in task as token ids, for the peers of native/bench/peers: JSON on standard output.
//
//   npm run -s bench:prompts -- MODEL.gguf smallest 64
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findTask, taskFile } from '../../main/core/tasks/task-files.ts';
import { loadDataSet } from '../../main/engine/data.ts';
import { openSession } from '../../main/engine/native.ts';
import { PromptBuilder } from '../../main/engine/prompts.ts';

const [model = '', name = '', count = '64'] = process.argv.slice(2);
const scratch = mkdtempSync(join(tmpdir(), 'tinylora-prompts-'));
try {
  const { settings } = findTask(name);
  const data = await loadDataSet(await taskFile(`task:${name}/train`, scratch));
  const session = await openSession({
    ...{ modelPath: model, modelHash: '0'.repeat(64), device: 'cpu', numerics: 'native', threads: 1, workers: 1 },
    basesDir: scratch,
  });
  const { vocabularySize, endOfGenerationIds } = session.info();
  const builder = new PromptBuilder(session, settings.prompt);
  const prompts = data.problems.slice(0, Number(count)).map((problem) => [...builder.build(problem, name).tokens]);
  // A token that holds a stop string ends a completion as an end-of-generation id does.
  const stops = Array.from({ length: vocabularySize }, (_, id) => id).filter((id) => {
    const text = new TextDecoder().decode(session.detokenize(Int32Array.of(id), { special: true }));
    return settings.stop.some((stop) => text.includes(stop));
  });
  await session.dispose();
  const eos = [...new Set([...endOfGenerationIds, ...stops])];
  process.stdout.write(`${JSON.stringify({ prompts, eos, maxTokens: settings.maxCompletionTokens })}\n`);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
