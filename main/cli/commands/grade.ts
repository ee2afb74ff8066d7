// tinylora grade: a grader's verdicts on JSON lines from standard input. Runs in the command line.
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { Option } from 'commander';
import { z } from 'zod';
import { badInput } from '../../../contracts/app-error.ts';
import { runTool } from '../engine-tool.ts';
import { graderConfig, GRADERS } from '../options.ts';
import { printLine } from '../output.ts';

const Row = z.object({
  pred: z.union([z.string(), z.number().transform(String)]),
  gold: z.union([z.string(), z.number().transform(String)]),
});

export function register(program: Command): void {
  program
    .command('grade')
    .description('grades JSON lines {"pred","gold"} from standard input: {"equal":true|false} for each')
    .addOption(new Option('--grader <grader>', 'the rule').choices(GRADERS).makeOptionMandatory())
    .option('--pattern <regex>', "for the grader regex: an expression with a group named 'answer'")
    .option('--json', 'the default: results are JSON Lines')
    .action(async (flags: { grader: string; pattern?: string }) => {
      const rows = parseRows(await text(process.stdin));
      const { equal } = await runTool('grade', { grader: graderConfig(flags), rows });
      for (const verdict of equal) printLine(JSON.stringify({ equal: verdict }));
    });
}

function parseRows(input: string): z.infer<typeof Row>[] {
  const rows: z.infer<typeof Row>[] = [];
  for (const [index, line] of input.split('\n').entries()) {
    if (line.trim() === '') continue;
    let json: unknown;
    try {
      json = JSON.parse(line);
    } catch {
      throw badInput(`Standard input, line ${index + 1} is not JSON; give {"pred","gold"} a line.`);
    }
    const row = Row.safeParse(json);
    if (!row.success) {
      throw badInput(
        `Standard input, line ${index + 1}: key '${row.error.issues[0]?.path.join('.') ?? ''}' is missing or no text; give {"pred","gold"}.`,
      );
    }
    rows.push(row.data);
  }
  return rows;
}
