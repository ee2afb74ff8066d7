// tinylora pareto: a sweep's front as a picture, a table or data. Runs in the command line.
import { existsSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import type { Command } from 'commander';
import { AppError, badInput, errorMessage } from '../../../contracts/app-error.ts';
import { paretoChart, CHART_HEIGHT_PX, CHART_WIDTH_PX } from '../../core/pareto-chart.ts';
import { paretoCsv, paretoFront } from '../../core/pareto.ts';
import type { FrontCell, Gain, ParetoFront } from '../../core/pareto.ts';
import type { Estimate } from '../../core/statistics.ts';
import type * as Drawing from '../draw-chart.ts';
import { withHost } from '../../client/host-client.ts';
import { collect } from '../options.ts';
import { printJson, printLine, printTable } from '../output.ts';

const FORMATS: Record<string, (front: ParetoFront) => Promise<string | Buffer>> = {
  '.svg': svgOf,
  '.png': async (front) => (await drawing()).drawPng(await svgOf(front)),
  '.csv': async (front) => paretoCsv(front),
  '.json': async (front) => `${JSON.stringify(front, null, 2)}\n`,
};

/** The drawing libraries take longer to load than most commands take to run. */
function drawing(): Promise<typeof Drawing> {
  return import('../draw-chart.ts');
}

export function register(program: Command): void {
  program
    .command('pareto')
    .description('accuracy by numbers trained of a sweep: prints the table, and draws or writes it with --out')
    .argument('<sweep>', "a sweep's id, its recipe's name or the recipe file")
    .option('--out <file>', `FILE.{svg,png,csv,json}; may be given several times`, collect, [])
    .option('--json', 'print JSON instead of the table')
    .action(async (sweep: string, { out, json }: { out: string[]; json?: boolean }) => {
      for (const file of out) requireFormat(file);
      const reference = existsSync(sweep) ? resolve(sweep) : sweep;
      const front = paretoFront(await withHost((host) => host.call('sweepReport', { sweep: reference })));
      if (json) printJson(front);
      else printFront(front);
      for (const file of out) {
        await writeOutput(resolve(file), await requireFormat(file)(front));
        if (!json) printLine(`Written: ${resolve(file)}`);
      }
    });
}

async function svgOf(front: ParetoFront): Promise<string> {
  if (front.points.length === 0) throw badInput(`Sweep ${front.sweep} has no finished cell to draw yet; run it first.`);
  return (await drawing()).drawSvg(paretoChart(front), { widthPx: CHART_WIDTH_PX, heightPx: CHART_HEIGHT_PX });
}

function requireFormat(file: string): (front: ParetoFront) => Promise<string | Buffer> {
  const format = FORMATS[extname(file).toLowerCase()];
  if (!format) throw badInput(`--out ${file}: end the name with .svg, .png, .csv or .json.`);
  return format;
}

/** Nothing half-written is left under the name. */
async function writeOutput(path: string, content: string | Buffer): Promise<void> {
  const temporary = `${path}.${process.pid}.part`;
  try {
    await writeFile(temporary, content);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new AppError('STORAGE', `${path} cannot be written (${errorMessage(error)}); check folder and free space.`);
  }
}

function printFront(front: ParetoFront): void {
  const percent = (value: number | undefined): string => (value === undefined ? '–' : (100 * value).toFixed(1));
  const difference = (gain: Gain | null): string => {
    if (!gain) return '–';
    const { mean, low, high } = gain.difference;
    const points = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(100 * value).toFixed(1)}`;
    return Number.isFinite(low) ? `${points(mean)} [${points(low)}, ${points(high)}]` : points(mean);
  };
  const row = (cell: FrontCell): string[] => [
    cell.label,
    String(cell.seed),
    cell.trainableNumbers?.toLocaleString('en-US') ?? '?',
    cell.status,
    ...(['sampled', 'greedy'] as const).flatMap((mode) => [
      percent(cell[mode]?.start.mean),
      percent(cell[mode]?.end.mean),
      difference(cell[mode]),
    ]),
  ];
  printLine(`${front.sweep}: accuracy in %, ${front.problems} held-out problems; Δ is paired, with its 95 % interval`);
  printLine();
  const header = ['cell', 'seed', 'numbers', 'state', 'sampled: start', 'end', 'Δ', 'greedy: start', 'end', 'Δ'];
  printTable(header, front.cells.map(row), [1, 2, 4, 5, 7, 8]);
  printSeeds(front);
}

/** The means over seeds, where there are several. */
function printSeeds({ points, full }: ParetoFront): void {
  const repeated = [...points, ...(full ? [full] : [])].filter(
    ({ overSeeds }) => overSeeds.sampled ?? overSeeds.greedy,
  );
  if (repeated.length === 0) return;
  const interval = (estimate: Estimate | null): string => {
    if (!estimate) return '–';
    const [mean, low, high] = [estimate.mean, estimate.low, estimate.high].map((value) => (100 * value).toFixed(1));
    return `${mean} [${low}, ${high}]`;
  };
  const rows = repeated.map(({ label, seeds, trainableNumbers, overSeeds }) => [
    label,
    seeds.join(', '),
    trainableNumbers.toLocaleString('en-US'),
    interval(overSeeds.sampled),
    interval(overSeeds.greedy),
  ]);
  printLine();
  printLine("Accuracy at the end in %, mean over seeds with its 95 % interval (Student's t over seeds)");
  printLine();
  printTable(['cell', 'seeds', 'numbers', 'sampled', 'greedy'], rows, [2]);
}
