// tinylora step: one batch of given rollouts through the training code. Runs in the command line.
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { runTool } from '../engine-tool.ts';
import type { SessionFlags } from '../options.ts';
import { ADAPTER_HELP, adapterArgument, addSessionOptions, toolSession } from '../options.ts';
import { printLine } from '../output.ts';

interface Flags extends SessionFlags {
  model: string;
  adapter: string;
  input: string;
}

export function register(program: Command): void {
  const command = program
    .command('step')
    .description(
      'optimiser steps on a batch of given rollouts (GRPO) or examples (SFT), as JSON: advantages, weights, losses, gradients, v after each step',
    )
    .requiredOption('--model <file>', 'GGUF model')
    .requiredOption('--adapter <adapter>', ADAPTER_HELP)
    .requiredOption('--input <file>', 'JSON file with config and groups or examples')
    .option('--exact', 'float32 on dequantised weights instead of the kernels of the weight type')
    .option('--json', 'the default: the result is JSON');
  addSessionOptions(command).action(async (flags: Flags) => {
    const result = await runTool('step', {
      session: await toolSession(flags.model, flags),
      adapter: await adapterArgument(flags.adapter),
      inputPath: resolve(flags.input),
    });
    printLine(JSON.stringify(result));
  });
}
