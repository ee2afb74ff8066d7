// tinylora eval: accuracy of a model, with or without an adapter, on a data file. Runs in the command line.
import type { Command } from 'commander';
import { Option } from 'commander';
import { badInput } from '../../../contracts/app-error.ts';
import type { EvaluationResult } from '../../../contracts/engine-protocol.ts';
import type { ToolInput } from '../../../contracts/tool-protocol.ts';
import { accuracyInterval } from '../../core/statistics.ts';
import type { AccuracyInterval } from '../../core/statistics.ts';
import { findTask, TASK_PREFIX, taskNames } from '../../core/tasks/task-files.ts';
import { runTool } from '../engine-tool.ts';
import type { SessionFlags } from '../options.ts';
import {
  ADAPTER_HELP,
  adapterArgument,
  addSessionOptions,
  collect,
  graderConfig,
  GRADERS,
  namedPath,
  positiveNumber,
  positiveWholeNumber,
  temperature,
  toolSession,
  wholeNumber,
} from '../options.ts';
import { formatDuration, printJson, printLine, printTable } from '../output.ts';

interface Flags extends SessionFlags {
  model: string;
  adapter: string;
  task?: string;
  data?: string;
  grader?: string;
  pattern?: string;
  mustEnd?: boolean;
  n?: number;
  samples?: number;
  temperature: number;
  topP: number;
  topK: number;
  seed: number;
  maxTokens?: number;
  stop: string[];
  prompt?: string;
  system?: string;
  plain?: boolean;
  date?: string;
  greedy: boolean;
  json?: boolean;
}

export function register(program: Command): void {
  const command = program
    .command('eval')
    .description(
      'accuracy on a data file, sampled and greedy, with a 95 % interval; strict, lenient and format rates beside it',
    )
    .requiredOption('--model <file>', 'GGUF model')
    .option(
      '--task <task>',
      `a built-in task (${taskNames()}): its held-out problems, prompt, grader and limits, unless other options say otherwise`,
    )
    .option('--data <file>', 'JSON Lines with answer and question or messages, or task:NAME/SPLIT')
    .addOption(new Option('--grader <grader>', 'the rule').choices(GRADERS))
    .option('--pattern <regex>', "for the grader regex: an expression with a group named 'answer'")
    .option('--must-end', 'a completion that was cut off is wrong')
    .option('--adapter <adapter>', ADAPTER_HELP, 'none')
    .option('--n <n>', 'problems, from the start of the file (default: all)', positiveWholeNumber)
    .option('--samples <k>', 'samples a problem (default: 1, or as many as the task takes)', positiveWholeNumber)
    .option('--temperature <t>', 'sampling temperature; 0 = greedy alone', temperature, 1)
    .option('--top-p <p>', 'nucleus sampling, 1 = off', positiveNumber, 1)
    .option('--top-k <k>', 'top-k sampling, 0 = off', wholeNumber, 0)
    .option('--seed <seed>', 'of the samples', wholeNumber, 1)
    .option(
      '--max-tokens <n>',
      "longest completion (default: 1024, or half of the model's context where that is less)",
      positiveWholeNumber,
    )
    .option('--stop <text>', 'ends a completion; may be given several times', collect, [])
    .option('--prompt <text>', "the user's turn, {question} stands for the question (the default)")
    .option('--system <text>', 'system turn')
    .option('--plain', 'no chat template: the prompt as it is (where the model has none, always)')
    .option('--date <date>', 'for chat templates that print one; never today')
    .option('--no-greedy', 'only sampled')
    .option('--exact', 'float32 on dequantised weights instead of the kernels of the weight type')
    .option('--json', 'print JSON');
  addSessionOptions(command).action(async (flags: Flags) => {
    const { evaluations } = await runTool('eval', await request(flags));
    const reports = evaluations.map((result) => ({ ...result, ...accuracyInterval(result) }));
    if (flags.json) printJson({ evaluations: reports });
    else printReport(reports);
  });
}

/** What the options say, else what the task says. */
async function request(flags: Flags): Promise<ToolInput<'eval'>> {
  const task = flags.task === undefined ? null : findTask(flags.task);
  const settings = task?.settings;
  const data = flags.data ?? (task && `${TASK_PREFIX}${task.name}/held-out`);
  const grader = flags.grader === undefined ? settings?.grader : graderConfig({ ...flags, grader: flags.grader });
  if (data === null || grader === undefined) throw badInput('Give --data and --grader, or --task alone.');
  return {
    session: await toolSession(flags.model, flags),
    adapter: await adapterArgument(flags.adapter),
    dataPath: await namedPath(data),
    grader,
    prompt: promptConfig(flags) ?? settings?.prompt ?? { kind: 'chat' },
    evaluation: {
      everySteps: 0,
      problems: flags.n ?? null,
      samples: flags.samples ?? settings?.evaluation.samples ?? 1,
      temperature: flags.temperature || 1,
      greedy: flags.greedy,
      seed: flags.seed,
    },
    sampled: flags.temperature > 0,
    topP: flags.topP,
    topK: flags.topK,
    maxCompletionTokens: flags.maxTokens ?? settings?.maxCompletionTokens ?? null,
    stop: flags.stop.length > 0 ? flags.stop : (settings?.stop ?? []),
    engine: {},
  };
}

/** Null where no option says anything of the prompt. */
function promptConfig({ plain, prompt, system, date }: Flags): ToolInput<'eval'>['prompt'] | null {
  if (plain) return { kind: 'plain', ...(prompt === undefined ? {} : { text: prompt }) };
  if (prompt === undefined && system === undefined && date === undefined) return null;
  return {
    kind: 'chat',
    ...(prompt === undefined ? {} : { user: prompt }),
    ...(system === undefined ? {} : { system }),
    ...(date === undefined ? {} : { date }),
  };
}

function printReport(reports: (EvaluationResult & AccuracyInterval)[]): void {
  const percent = (rate: number): string => `${(100 * rate).toFixed(1)} %`;
  printTable(
    ['mode', 'accuracy', '95 % interval', 'strict', 'lenient', 'format', 'tokens', 'time'],
    reports.map(({ mode, accuracy, interval, strict, lenient, format, meanTokens, durationMs }) => [
      mode,
      percent(accuracy),
      `${percent(interval.low)} – ${percent(interval.high)}`,
      percent(strict),
      percent(lenient),
      percent(format),
      meanTokens.toFixed(1),
      formatDuration(durationMs),
    ]),
    [1, 3, 4, 5, 6],
  );
  const [first] = reports;
  if (first === undefined) return;
  const { mode, problems, samples, temperature: t, clusters } = first;
  const sampling = mode === 'sampled' ? `, ${samples} samples each at temperature ${t}` : '';
  const clustering = clusters === null ? '' : `; in ${new Set(clusters).size} clusters, over which intervals are taken`;
  printLine(`${problems} problems${sampling}${clustering}.`);
}
