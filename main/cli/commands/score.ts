// tinylora score: log-probs and entropies of token ids. Runs in the command line.
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { runTool } from '../engine-tool.ts';
import type { SessionFlags } from '../options.ts';
import { ADAPTER_HELP, adapterArgument, addSessionOptions, positiveNumber, toolSession } from '../options.ts';
import { printLine } from '../output.ts';

interface Flags extends SessionFlags {
  model: string;
  adapter: string;
  input: string;
  temperature: number;
}

export function register(program: Command): void {
  const command = program
    .command('score')
    .description(
      'log-probs and entropies, in nats, of given token ids: a JSON line {"tokens":[…]} in, {"logprobs":[null,…],"entropy":[null,…]} out',
    )
    .requiredOption('--model <file>', 'GGUF model')
    .requiredOption('--input <file>', 'JSON Lines with tokens')
    .option('--adapter <adapter>', ADAPTER_HELP, 'none')
    .option('--temperature <t>', 'logits are divided by it', positiveNumber, 1)
    .option('--exact', 'float32 on dequantised weights instead of the kernels of the weight type')
    .option('--json', 'the default: results are JSON Lines');
  addSessionOptions(command).action(async (flags: Flags) => {
    const { lines } = await runTool('score', {
      session: await toolSession(flags.model, flags),
      adapter: await adapterArgument(flags.adapter),
      inputPath: resolve(flags.input),
      temperature: flags.temperature,
    });
    for (const line of lines) printLine(JSON.stringify(line));
  });
}
