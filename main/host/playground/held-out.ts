// Problems that no training sees, for the playground. Runs in the host.
import { randomInt } from 'node:crypto';
import { AppError, badInput } from '../../../contracts/app-error.ts';
import type { HeldOutProblem } from '../../../contracts/playground.ts';
import type { RunConfig } from '../../../contracts/run-config.ts';
import { readDataRows } from '../../core/data-rows.ts';
import { TASK_PREFIX, findTask, taskFile } from '../../core/tasks/task-files.ts';
import { fileId } from '../library/models.ts';

type Source = Omit<HeldOutProblem, 'line' | 'total' | 'messages' | 'answer'> & { path: string };

/** Of a built-in task. Throws BAD_INPUT for a task that there is not. */
export async function taskSource(name: string, tasksFolder: string): Promise<Source> {
  const { settings } = findTask(name);
  const reference = `${TASK_PREFIX}${name}/held-out`;
  const { prompt: template, grader, maxCompletionTokens: maxTokens, stop } = settings;
  return {
    path: await taskFile(reference, tasksFolder),
    dataSetId: fileId(reference),
    template,
    grader,
    maxTokens,
    stop,
  };
}

/** Of what a run is measured by. */
export function runSource({ data, prompt: template, grader, maxCompletionTokens: maxTokens, stop }: RunConfig): Source {
  return { path: data.heldOut, dataSetId: fileId(data.heldOut), template, grader, maxTokens, stop };
}

/** @param line null: drawn at random. Throws NOT_FOUND, BAD_INPUT where the line cannot be asked. */
export async function heldOutProblem({ path, ...source }: Source, line: number | null): Promise<HeldOutProblem> {
  const rows = [];
  for await (const row of readDataRows(path)) rows.push(row);
  const index = line === null ? randomInt(Math.max(1, rows.length)) : line - 1;
  const row = rows[index];
  if (row === undefined) throw new AppError('NOT_FOUND', `${path} has ${rows.length} lines and no line ${index + 1}.`);
  if (row.problem !== null || row.answer === null) {
    throw badInput(`${path}, line ${row.line}: ${row.problem?.message ?? 'it has no answer'}. Choose another line.`);
  }
  const messages = row.messages ?? [{ role: 'user' as const, content: row.question ?? '' }];
  return { ...source, line: row.line, total: rows.length, messages, answer: row.answer };
}
