// tinylora convert: a model with weights of another type. Runs in the command line.
import type { Command } from 'commander';
import { Option } from 'commander';
import { ConvertedType } from '../../../contracts/tool-protocol.ts';
import { runTool } from '../engine-tool.ts';
import { namedPath, toolSession } from '../options.ts';
import { formatBytes, printJson, printLine } from '../output.ts';

interface Flags {
  type: ConvertedType;
  out: string;
  json?: boolean;
}

export function register(program: Command): void {
  program
    .command('convert')
    .description('the same model with weights of another type, for comparisons: f32 holds the very values of the model')
    .argument('<model>', 'GGUF model, or models:NAME of the data folder')
    .addOption(new Option('--type <type>', 'of the weights').choices(ConvertedType.options).makeOptionMandatory())
    .requiredOption('--out <file>', 'GGUF to write, or models:NAME of the data folder')
    .option('--json', 'print JSON')
    .action(async (model: string, { type, out, json }: Flags) => {
      const session = await toolSession(model, { device: 'cpu', threads: 0 });
      const result = await runTool('convert', { session, type, outPath: await namedPath(out) });
      if (json) printJson(result);
      else printLine(`Written: ${result.outPath} (${formatBytes(result.sizeBytes)})`);
    });
}
