// tinylora eval: accuracy of a model, with or without an adapter, on a data file. Runs in the command line.
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { Option } from 'commander';
import type { EvaluationResult } from '../../../contracts/engine-protocol.ts';
import { wilsonInterval } from '../../core/statistics.ts';
import { runTool } from '../engine-tool.ts';
import type { SessionFlags } from '../options.ts';
import {
  ADAPTER_HELP,
  adapterArgument,
  addSessionOptions,
  collect,
  graderConfig,
  GRADERS,
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
  data: string;
  grader: string;
  pattern?: string;
  mustEnd?: boolean;
  n?: number;
  samples: number;
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
    .requiredOption('--data <file>', 'JSON Lines with answer and question or messages')
    .addOption(new Option('--grader <grader>', 'the rule').choices(GRADERS).makeOptionMandatory())
    .option('--pattern <regex>', "for the grader regex: an expression with a group named 'answer'")
    .option('--must-end', 'a completion that was cut off is wrong')
    .option('--adapter <adapter>', ADAPTER_HELP, 'none')
    .option('--n <n>', 'problems, from the start of the file (default: all)', positiveWholeNumber)
    .option('--samples <k>', 'samples a problem', positiveWholeNumber, 1)
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
    .option('--prompt <text>', "the user's turn, {question} stands for the question", '{question}')
    .option('--system <text>', 'system turn')
    .option('--plain', 'no chat template: the prompt as it is (where the model has none, always)')
    .option('--date <date>', 'for chat templates that print one; never today')
    .option('--no-greedy', 'only sampled')
    .option('--exact', 'float32 on dequantised weights instead of the kernels of the weight type')
    .option('--json', 'print JSON');
  addSessionOptions(command).action(async (flags: Flags) => {
    const { evaluations } = await runTool('eval', {
      session: toolSession(flags.model, flags),
      adapter: await adapterArgument(flags.adapter),
      dataPath: resolve(flags.data),
      grader: graderConfig(flags),
      prompt: promptConfig(flags),
      evaluation: {
        everySteps: 0,
        problems: flags.n ?? null,
        samples: flags.samples,
        temperature: flags.temperature || 1,
        greedy: flags.greedy,
        seed: flags.seed,
      },
      sampled: flags.temperature > 0,
      topP: flags.topP,
      topK: flags.topK,
      maxCompletionTokens: flags.maxTokens ?? null,
      stop: flags.stop,
      engine: {},
    });
    const reports = evaluations.map((result) => ({ ...result, ...accuracyInterval(result) }));
    if (flags.json) printJson({ evaluations: reports });
    else printReport(reports);
  });
}

function promptConfig({ plain, prompt, system, date }: Flags) {
  if (plain) return { kind: 'plain' as const, text: prompt ?? '{question}' };
  return {
    kind: 'chat' as const,
    user: prompt ?? '{question}',
    system: system ?? null,
    ...(date === undefined ? {} : { date }),
  };
}

/** Wilson's interval with one trial a problem: samples of one problem hang together, so more of them add no trials. */
function accuracyInterval({ accuracy, problems }: EvaluationResult) {
  return { interval: wilsonInterval(accuracy * problems, problems), intervalKind: 'wilson' };
}

function printReport(reports: (EvaluationResult & ReturnType<typeof accuracyInterval>)[]): void {
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
  if (first?.mode === 'sampled')
    printLine(`${first.problems} problems, ${first.samples} samples each at temperature ${first.temperature}.`);
  else if (first) printLine(`${first.problems} problems.`);
}
