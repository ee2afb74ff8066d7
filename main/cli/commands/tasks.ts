// tinylora tasks: the built-in tasks that recipes and eval take by name. Runs in the command line.
import type { Command } from 'commander';
import { TASKS } from '../../core/tasks/task-files.ts';
import { printJson, printTable } from '../output.ts';

export function register(program: Command): void {
  program
    .command('tasks')
    .description('the built-in tasks, for `task:` in a recipe and `eval --task`')
    .option('--json', 'print JSON, with the settings of each')
    .action(({ json }: { json?: boolean }) => {
      const tasks = TASKS.map(({ name, description, settings }) => ({ name, description, settings }));
      if (json) return printJson(tasks);
      const rows = tasks.map(({ name, description, settings: { grader, maxCompletionTokens } }) => [
        name,
        grader.name,
        String(maxCompletionTokens),
        description,
      ]);
      printTable(['task', 'grader', 'tokens', 'what is asked'], rows, [2]);
    });
}
