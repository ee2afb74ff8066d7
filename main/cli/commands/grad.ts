// tinylora grad: gradient of a weighted sum of log-probs, and its check. Runs in the command line.
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
  check?: boolean;
  out?: string;
}

export function register(program: Command): void {
  const command = program
    .command('grad')
    .description(
      'loss Σ −weights[t]·log p(tokens[t]) and its gradient: a JSON line {"tokens":[…],"weights":[0,…]} in, {"loss","logprobs","grad","params","shapes"} out; LoRA in the row order of transformers',
    )
    .requiredOption('--model <file>', 'GGUF model')
    .requiredOption('--adapter <adapter>', ADAPTER_HELP)
    .requiredOption('--input <file>', 'JSON Lines with tokens and weights')
    .option('--temperature <t>', 'logits are divided by it', positiveNumber, 1)
    .option('--exact', 'float32 on dequantised weights instead of the kernels of the weight type')
    .option(
      '--check',
      'compare with central finite differences, extrapolated to step 0, and print a last line {"check"}',
    )
    .option('--out <file>', 'write the gradient as safetensors; needed for full (GGUF names and row order)')
    .option('--json', 'the default: results are JSON Lines');
  addSessionOptions(command).action(async (flags: Flags) => {
    const { lines, check } = await runTool('grad', {
      session: await toolSession(flags.model, flags),
      adapter: await adapterArgument(flags.adapter),
      inputPath: resolve(flags.input),
      temperature: flags.temperature,
      check: flags.check === true,
      ...(flags.out === undefined ? {} : { outPath: resolve(flags.out) }),
    });
    for (const line of lines) printLine(JSON.stringify(line));
    if (check) printLine(JSON.stringify({ check }));
  });
}
