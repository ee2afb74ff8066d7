// The tinylora command: options, commands, exit codes. Runs in the command line.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { z } from 'zod';
import { register as adapter } from './commands/adapter.ts';
import { register as convert } from './commands/convert.ts';
import { register as doctor } from './commands/doctor.ts';
import { register as evaluate } from './commands/eval.ts';
import { register as grad } from './commands/grad.ts';
import { register as grade } from './commands/grade.ts';
import { register as inspect } from './commands/inspect.ts';
import { register as pareto } from './commands/pareto.ts';
import { register as queue } from './commands/queue.ts';
import { register as runs } from './commands/runs.ts';
import { register as score } from './commands/score.ts';
import { register as serve } from './commands/serve.ts';
import { register as step } from './commands/step.ts';
import { register as sweep } from './commands/sweep.ts';
import { register as tasks } from './commands/tasks.ts';
import { exitCodeOf, reportError } from './output.ts';

const PACKAGE = join(import.meta.dirname, '..', '..', 'package.json');

function createProgram(): Command {
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync(PACKAGE, 'utf8')));
  const program = new Command('tinylora')
    .description('Trains language models to reason with a handful of numbers.')
    .version(version)
    .showHelpAfterError('(see --help)')
    .configureOutput({ writeErr: (text) => process.stderr.write(text) })
    .exitOverride();
  for (const register of [
    doctor,
    inspect,
    sweep,
    queue,
    runs,
    evaluate,
    pareto,
    score,
    grad,
    step,
    grade,
    adapter,
    convert,
    tasks,
    serve,
  ])
    register(program);
  forEachCommand(program, (command) => command.exitOverride().showHelpAfterError('(see --help)'));
  return program;
}

/** Commands made before their parent's settings do not inherit them. */
function forEachCommand(command: Command, change: (command: Command) => void): void {
  for (const child of command.commands) {
    change(child);
    forEachCommand(child, change);
  }
}

// A reader that has seen enough, such as `head`, is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});

try {
  await createProgram().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has already said what is wrong.
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else {
    reportError(error);
    process.exitCode = exitCodeOf(error);
  }
}
