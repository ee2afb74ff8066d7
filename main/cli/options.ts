// Options that several commands share, and their way into tool requests. Runs in the command line.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { badInput } from '../../contracts/app-error.ts';
import { GraderConfig } from '../../contracts/run-config.ts';
import type { AdapterArgument, ToolSession } from '../../contracts/tool-protocol.ts';
import { dataFolder, dataFolderPaths } from '../core/data-folder.ts';
import { missingFileRemedy, resolvePath } from '../core/named-paths.ts';
import { withHost } from '../client/host-client.ts';

const RESOURCES = join(import.meta.dirname, '..', '..', 'resources');

export const ADAPTER_HELP =
  "an adapter file, a PEFT checkpoint's folder, a 'tinylora1:' line, a run's id, 'full' or 'none'";

export interface SessionFlags {
  exact?: boolean;
  device: 'cpu' | 'gpu';
  threads: number;
}

export function addSessionOptions(command: Command): Command {
  return command
    .addOption(new Option('--device <device>', 'where to compute').choices(['cpu', 'gpu']).default('cpu'))
    .option('--threads <n>', 'CPU threads, 0 = all cores', wholeNumber, 0);
}

/** @param model a path, or a name behind a prefix, as recipes may state it */
export async function toolSession(model: string, { exact, device, threads }: SessionFlags): Promise<ToolSession> {
  return {
    modelPath: await modelPath(model),
    cacheFolder: cacheFolder(),
    device,
    threads,
    numerics: exact ? 'exact' : 'native',
  };
}

/** Absolute path of what an option names: a path relative to the working folder, `builtin:`, `models:` or `task:`. */
export function namedPath(text: string): Promise<string> {
  const { models, tasks } = dataFolderPaths(dataFolder());
  return resolvePath(text, process.cwd(), { resources: RESOURCES, models, tasks });
}

/** Throws BAD_INPUT, with the remedy, where there is no such file. */
export async function modelPath(text: string): Promise<string> {
  const path = await namedPath(text);
  if (!existsSync(path)) throw badInput(`Model ${path} does not exist; ${missingFileRemedy(text)}.`);
  return path;
}

export function cacheFolder(): string {
  return dataFolderPaths(dataFolder()).cache;
}

/** What `--adapter` says: a name, line or existing path as it is, else a run that the host knows. */
export async function adapterArgument(text: string): Promise<AdapterArgument> {
  if (text === 'none' || text === 'full' || text.startsWith('tinylora1:')) return text;
  const path = resolve(text);
  if (existsSync(path)) return path;
  if (/[/\\]|\.(safetensors|gguf|txt)$/.test(text)) {
    throw badInput(`Adapter ${path} does not exist; check the path.`);
  }
  const { run, config, runFolder, modelHash } = await withHost((host) =>
    host.call('showRun', { id: text, completions: 0 }),
  );
  return { runId: run.id, runFolder, modelHash, config };
}

export function graderConfig(flags: { grader: string; pattern?: string; mustEnd?: boolean }): GraderConfig {
  const { grader: name, pattern, mustEnd } = flags;
  if (name === 'regex' && pattern === undefined)
    throw badInput("Grader regex needs --pattern with a group named 'answer'.");
  const parsed = GraderConfig.safeParse({
    name,
    ...(pattern === undefined ? {} : { pattern }),
    ...(mustEnd === undefined ? {} : { mustEnd }),
  });
  if (!parsed.success)
    throw badInput(`--grader ${name} with these options is not a grader; see --help for their names.`);
  return parsed.data;
}

export const GRADERS = [
  'gsm8k-strict',
  'gsm8k-lenient',
  'gsm8k-flexible-verl',
  'boxed',
  'exact',
  'last-number',
  'regex',
];

export function wholeNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < 0)
    throw new InvalidArgumentError('Give a whole number of at least 0.');
  return value;
}

export function positiveWholeNumber(text: string): number {
  const value = wholeNumber(text);
  if (value === 0) throw new InvalidArgumentError('Give a whole number of at least 1.');
  return value;
}

export function positiveNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0)
    throw new InvalidArgumentError('Give a number above 0.');
  return value;
}

export function temperature(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0)
    throw new InvalidArgumentError('Give 0 (greedy) or a number above it.');
  return value;
}

/** For options that may be given several times. */
export function collect(value: string, previous: string[]): string[] {
  return [...previous, value];
}
