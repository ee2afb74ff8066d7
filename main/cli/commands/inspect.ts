// tinylora inspect: a model's sizes and what an adapter would train in it. Runs in the command line.
import type { Command } from 'commander';
import { Option } from 'commander';
import { badInput } from '../../../contracts/app-error.ts';
import { AdapterConfig, ModuleType } from '../../../contracts/run-config.ts';
import type { InspectResult } from '../../../contracts/tool-protocol.ts';
import { runTool } from '../engine-tool.ts';
import type { SessionFlags } from '../options.ts';
import { addSessionOptions, positiveNumber, positiveWholeNumber, toolSession, wholeNumber } from '../options.ts';
import { printJson, printLine, printTable } from '../output.ts';

interface Flags extends SessionFlags {
  adapter: string;
  rank?: number;
  u?: number;
  nTie?: number;
  tying?: string;
  projectionSeed?: number;
  unitNorm?: boolean;
  trainableRank?: number;
  alpha?: number;
  targets?: string;
  map?: boolean;
  json?: boolean;
}

const KINDS = ['tinylora', 'lora-xs', 'lora', 'full', 'none'];

export function register(program: Command): void {
  const command = program
    .command('inspect')
    .description("a model's family, sizes and adapted modules, and how many numbers an adapter trains in it")
    .argument('<model>', 'GGUF model')
    .addOption(new Option('--adapter <kind>', 'kind of adapter').choices(KINDS).default('none'))
    .option('--rank <r>', 'rank of the bases (lora: of the adapter)', positiveWholeNumber)
    .option('--u <u>', 'TinyLoRA: numbers a group', positiveWholeNumber)
    .option('--n-tie <n>', 'TinyLoRA: modules that share their numbers', positiveWholeNumber)
    .addOption(
      new Option('--tying <tying>', 'TinyLoRA: which modules share').choices([
        'tiled',
        'structured',
        'balanced',
        'all',
      ]),
    )
    .option('--projection-seed <seed>', 'TinyLoRA: seed of the projections', wholeNumber)
    .option('--unit-norm', 'TinyLoRA: projections of Frobenius norm 1')
    .option('--trainable-rank <r>', 'TinyLoRA: projections are zero outside this leading block', positiveWholeNumber)
    .option('--alpha <alpha>', 'LoRA: scale is alpha / rank', positiveNumber)
    .option('--targets <types>', `adapted module types, with commas (default: all of ${ModuleType.options.join(', ')})`)
    .option('--map', 'print the group of every module')
    .option('--json', 'print JSON');
  addSessionOptions(command).action(async (model: string, flags: Flags) => {
    const adapter = adapterConfig(flags);
    const result = await runTool('inspect', {
      session: await toolSession(model, flags),
      adapter,
      map: flags.map === true,
    });
    if (flags.json) printJson(result);
    else printReport(result);
  });
}

/** Options that the kind does not have are refused by name. */
function adapterConfig(flags: Flags): AdapterConfig {
  const given = {
    kind: flags.adapter,
    rank: flags.rank,
    u: flags.u,
    nTie: flags.nTie,
    tying: flags.tying,
    projectionSeed: flags.projectionSeed,
    unitNormProjection: flags.unitNorm,
    trainableRank: flags.trainableRank,
    alpha: flags.alpha,
    targets: flags.targets?.split(',').map((type) => type.trim()),
  };
  const parsed = AdapterConfig.safeParse(
    Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  );
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const key = issue?.code === 'unrecognized_keys' ? issue.keys.join(', ') : (issue?.path.join('.') ?? '');
  throw badInput(
    `--adapter ${flags.adapter} does not go with '${key}' as given (${issue?.message ?? ''}); see inspect --help.`,
  );
}

function printReport(result: InspectResult): void {
  const count = (value: number): string => value.toLocaleString('en-US');
  printTable(
    ['model', result.name],
    [
      ['file', result.path],
      ['SHA-256', result.hash],
      ['family', result.family],
      ['parameters', count(result.parameterCount)],
      ['layers', count(result.layerCount)],
      ['embedding, feed-forward', `${count(result.embeddingSize)}, ${count(result.feedForwardSize)}`],
      ['heads, key/value heads, size', `${result.headCount}, ${result.keyValueHeadCount}, ${result.headSize}`],
      ['vocabulary', `${count(result.vocabularySize)}${result.tiedEmbeddings ? ', output tied to embedding' : ''}`],
      ['context', `${count(result.trainedContextTokens)} tokens`],
      ['tokenizer, chat template', `${result.hasTokenizer ? 'yes' : 'no'}, ${result.hasChatTemplate ? 'yes' : 'no'}`],
      ['backend', result.backend],
    ],
  );
  printLine();
  printTable(
    ['module', 'count', 'out×in', 'weights'],
    result.modules.map(({ type, count: n, shapes, weightTypes }) => [
      type,
      String(n),
      shapes.join(', '),
      weightTypes.join(', '),
    ]),
    [1],
  );
  if (result.adapter) printAdapter(result.adapter);
}

function printAdapter(adapter: NonNullable<InspectResult['adapter']>): void {
  printLine();
  printLine(
    `${adapter.config.kind}: ${adapter.trainableNumbers.toLocaleString('en-US')} trainable numbers${adapter.config.kind === 'tinylora' ? ` in ${adapter.groupCount} groups` : ''}`,
  );
  if (adapter.basesFingerprint !== '') printLine(`bases ${adapter.basesFingerprint}`);
  for (const { module, index, ratio } of adapter.nearlyEqualSingularValues) {
    printLine(
      `Warning: ${module}: singular values ${index} and ${index + 1} are nearly equal (ratio ${ratio.toFixed(4)}), so their directions are not portable.`,
    );
  }
  if (adapter.groups) {
    printLine();
    printTable(
      ['module', 'group'],
      adapter.groups.map(({ module, group }) => [module, String(group)]),
      [1],
    );
  }
}
