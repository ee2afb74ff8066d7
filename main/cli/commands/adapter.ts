// tinylora adapter: adapters in and out of other formats. Runs in the command line.
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { Option } from 'commander';
import { runTool } from '../engine-tool.ts';
import { ADAPTER_HELP, adapterArgument, addSessionOptions, cacheFolder, modelPath, toolSession } from '../options.ts';
import type { SessionFlags } from '../options.ts';
import { printJson, printLine } from '../output.ts';

interface ImportFlags extends SessionFlags {
  model: string;
  out: string;
  json?: boolean;
}
interface ExportFlags {
  format: 'tinylora' | 'text' | 'peft' | 'gguf';
  out?: string;
  model?: string;
  json?: boolean;
}

export function register(program: Command): void {
  const adapter = program.command('adapter').description('adapters from and to PEFT, GGUF and a line of text');
  const importPeft = adapter
    .command('import-peft')
    .description('makes an adapter file of a PEFT checkpoint (TinyLoRA or LoRA)')
    .argument('<folder>', 'folder with adapter_config.json')
    .requiredOption('--model <file>', 'GGUF of the model that it was trained on')
    .requiredOption('--out <file>', 'adapter file to write')
    .option('--json', 'print JSON');
  addSessionOptions(importPeft).action(async (folder: string, flags: ImportFlags) => {
    const session = await toolSession(flags.model, flags);
    const result = await runTool('adapter-import', {
      session,
      checkpointPath: resolve(folder),
      outPath: resolve(flags.out),
    });
    if (flags.json) printJson(result);
    else printLine(`${result.outPath}: ${result.kind}, ${result.trainableNumbers} trained numbers`);
  });
  adapter
    .command('export')
    .description('writes an adapter as an adapter file, a line of text, a PEFT checkpoint or a LoRA for llama.cpp')
    .argument('<adapter>', ADAPTER_HELP.replace(", 'full' or 'none'", ''))
    .addOption(
      new Option('--format <format>', 'what to write')
        .choices(['tinylora', 'text', 'peft', 'gguf'])
        .makeOptionMandatory(),
    )
    .option('--out <path>', 'file (peft: folder); text is printed where it is missing')
    .option('--model <file>', 'GGUF model, where the adapter does not say it: text lines and PEFT folders')
    .option('--json', 'print JSON')
    .action(async (name: string, flags: ExportFlags) => {
      const result = await runTool('adapter-export', {
        cacheFolder: cacheFolder(),
        adapter: await adapterArgument(name),
        modelPath: flags.model === undefined ? null : await modelPath(flags.model),
        format: flags.format,
        outPath: flags.out === undefined ? null : resolve(flags.out),
      });
      if (flags.json) printJson(result);
      else if (result.outPath === null) printLine(result.text ?? '');
      else printLine(`${result.outPath}: ${result.note}`);
    });
}
