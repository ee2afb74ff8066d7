// The built-in tasks by name, and their problems as data files: `task:NAME/SPLIT`. Host and command line.
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { AppError, badInput, errorMessage, hasErrorCode } from '../../../contracts/app-error.ts';
import { sha256 } from '../canonical-json.ts';
import { makeFolder } from '../data-folder.ts';
import { product } from './product.ts';
import { smallest } from './smallest.ts';
import { SPLITS } from './task.ts';
import type { Split, Task } from './task.ts';

export const TASKS: readonly Task[] = [smallest, product];

export const TASK_PREFIX = 'task:';
/** Hex digits of the content's hash in a file's name. */
const HASH_LENGTH = 12;

/** Making thousands of problems takes a tenth of a second; between slices the host answers its clients. */
const ROWS_PER_SLICE = 512;

/** Each split's lines, made once a process. */
const linesOfTask = new Map<Task, Promise<Record<Split, string>>>();

/** Throws BAD_INPUT that names the tasks there are. */
export function findTask(name: string): Task {
  const task = TASKS.find((candidate) => candidate.name === name);
  if (task === undefined) throw badInput(`There is no built-in task ${name}; choose one of ${taskNames()}.`);
  return task;
}

export function taskNames(): string {
  return TASKS.map(({ name }) => name).join(', ');
}

/** The task's settings as a recipe would state them, its data included. */
export function taskSettings(task: Task): Record<string, unknown> {
  const data = { train: `${TASK_PREFIX}${task.name}/train`, heldOut: `${TASK_PREFIX}${task.name}/held-out` };
  return { ...task.settings, data };
}

/**
 * The data file behind `task:NAME/SPLIT`, written where it is missing. Its name holds the hash of its content, so that
 * a run's configuration says which problems were meant even after a task has changed.
 * @param folder where such files lie; made where missing
 * Throws BAD_INPUT for a name that no task has, STORAGE where the file cannot be written.
 */
export async function taskFile(reference: string, folder: string): Promise<string> {
  const [name = '', split = ''] = reference.slice(TASK_PREFIX.length).split('/');
  const task = findTask(name);
  const known = SPLITS.find((candidate) => candidate === split);
  if (known === undefined) {
    const names = SPLITS.map((candidate) => `${TASK_PREFIX}${name}/${candidate}`).join(', ');
    throw badInput(`${reference} names no part of the task ${name}; choose one of ${names}.`);
  }
  const lines = (await linesOf(task))[known];
  const path = join(folder, `${name}-${known}-${sha256(lines).slice(0, HASH_LENGTH)}.jsonl`);
  try {
    if (contentOf(path) !== lines) writeWhole(path, folder, lines);
  } catch (error) {
    throw new AppError('STORAGE', `${path} cannot be written (${errorMessage(error)}); check folder and free space.`);
  }
  return path;
}

function linesOf(task: Task): Promise<Record<Split, string>> {
  const made = linesOfTask.get(task) ?? makeLines(task);
  linesOfTask.set(task, made);
  return made;
}

async function makeLines(task: Task): Promise<Record<Split, string>> {
  const lines = { train: '', validation: '', 'held-out': '' };
  let count = 0;
  for (const [split, row] of task.rows()) {
    lines[split] += `${JSON.stringify(row)}\n`;
    if (++count % ROWS_PER_SLICE === 0) await nextTurn();
  }
  return lines;
}

/** Null where there is no such file. */
function contentOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return null;
    throw error;
  }
}

/** Nothing half-written is ever seen under the name. */
function writeWhole(path: string, folder: string, content: string): void {
  const temporary = `${path}.${process.pid}.part`;
  makeFolder(folder);
  try {
    writeFileSync(temporary, content);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
