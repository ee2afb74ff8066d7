// What the rows of the form share: the recipe's content, the state of each setting, what is wrong where. Runs in the
// renderer.
import { useMemo } from 'react';
import { problemsByRow, settingStates, settingsIn, valueAt } from './recipe-content.ts';
import type { Content, Problem, SettingState, Task } from './recipe-content.ts';

export interface FormModel {
  content: Content;
  tasks: readonly Task[];
  states: readonly SettingState[];
  errorsOf: (row: string) => string[];
  /** What the base states at a path. */
  baseValue: (path: string) => unknown;
}

export function useFormModel(content: Content, tasks: readonly Task[], problems: readonly Problem[]): FormModel {
  return useMemo(() => {
    const states = settingStates(content, tasks);
    const byRow = problemsByRow(problems, states);
    return {
      content,
      tasks,
      states,
      errorsOf: (row) => [...new Set(byRow.get(row)?.map(({ message }) => message))],
      baseValue: (path) => valueAt(settingsIn(content, 'base'), path),
    };
  }, [content, tasks, problems]);
}
