// `npm run bench:ui`: the window's budgets on data folders of full scale, in Chromium. Prints JSON, then a table; says on
// stderr how far it has come.
//
//   npm run -s bench:ui [-- --small] [--repeats 5]
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { dataFolderPaths, makeDataFolder } from '../../main/core/data-folder.ts';
import { SqliteStore } from '../../main/store/store.ts';
import { FULL_SCALE, SMALL_SCALE, writeScaleFixture } from '../fixtures/scale-store.ts';
import type { ScaleSizes } from '../fixtures/scale-store.ts';
import * as figures from './scale/figures.ts';
import { median } from './scale/measure.ts';
import type { Figure } from './scale/measure.ts';
import { ProbedStudio } from './scale/probed-studio.ts';
import { E2E_MISSING } from './studio.ts';

const { values: args } = parseArgs({
  options: { small: { type: 'boolean' }, repeats: { type: 'string', default: '5' } },
});
const repeats = Number(args.repeats);
const SIZES: ScaleSizes = args.small ? { ...SMALL_SCALE, frontSettings: 300 } : FULL_SCALE;
/** Runs and curves without the large sweeps: the budget of the table is for so many runs, not for seven times as many. */
const OF_RUNS: ScaleSizes = { ...SIZES, sweepCells: 0, frontSettings: 0 };
const OF_SWEEPS: ScaleSizes = {
  ...{ runs: 0, longSteps: 1, curveRuns: 0, curveSteps: 0, metricNames: 1, completions: 8 },
  ...{ sweepCells: SIZES.sweepCells, frontSettings: SIZES.frontSettings },
};
/** More room than any disk has: the queue waits. */
const HELD_QUEUE = { TINYLORA_LOW_DISK_BYTES: String(2 ** 50) };
/** Takes steps, but learns nothing. */
const STEPPING_ENGINE = {
  TINYLORA_ENGINE_ENTRY: join(import.meta.dirname, '..', 'fixtures', 'scripted-engine.ts'),
  TINYLORA_TEST_STEP_MS: '400',
};

/** A host on a new data folder of these sizes, for each of the environments in turn. */
async function onFolder(
  sizes: ScaleSizes,
  turns: readonly { environment: NodeJS.ProcessEnv; work: (host: ProbedStudio) => Promise<void> }[],
): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'tinylora-bench-ui-'));
  try {
    const startMs = performance.now();
    const paths = dataFolderPaths(home);
    makeDataFolder(paths);
    const store = new SqliteStore(paths.database);
    writeScaleFixture(store, sizes);
    store.close();
    process.stderr.write(`data folder: written in ${((performance.now() - startMs) / 1000).toFixed(1)} s\n`);
    for (const { environment, work } of turns) {
      const host = await ProbedStudio.start(home, environment);
      try {
        await work(host);
      } finally {
        await host.studio.close();
      }
    }
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

async function measureAll(): Promise<Figure[]> {
  const all: Figure[] = [];
  const runs = async (host: ProbedStudio) => {
    const plan = { host, sizes: OF_RUNS, repeats };
    all.push(await figures.startOfApp(`${OF_RUNS.runs.toLocaleString('en')} runs`, plan));
    all.push(...(await figures.tableOfRuns(plan)), ...(await figures.longRun(plan)));
    all.push(await figures.wideRun(plan), await figures.completions(plan), await figures.compare(plan));
    all.push(...(await figures.liveRuns(plan)));
  };
  const sweeps = async (host: ProbedStudio) => {
    const plan = { host, sizes: OF_SWEEPS, repeats };
    const cells = OF_SWEEPS.sweepCells + OF_SWEEPS.frontSettings;
    all.push(await figures.startOfApp(`${cells.toLocaleString('en')} runs`, plan));
    all.push(await figures.sweepGrid(plan), await figures.front(plan));
  };
  const stepping = async (host: ProbedStudio) => {
    all.push(await figures.pausing({ host, sizes: OF_SWEEPS, repeats }));
  };
  await onFolder(OF_RUNS, [{ environment: HELD_QUEUE, work: runs }]);
  await onFolder(OF_SWEEPS, [
    { environment: HELD_QUEUE, work: sweeps },
    { environment: STEPPING_ENGINE, work: stepping },
  ]);
  return all;
}

function rounded(value: number): number | null {
  return Number.isFinite(value) ? Math.round(10 * value) / 10 : null;
}

function toRow({ name, wallMs, mainMs, budgetMs, ...rest }: Figure) {
  return {
    name,
    medianMs: rounded(median(wallMs)),
    worstMs: rounded(Math.max(...wallMs)),
    budgetMs: budgetMs === null ? null : rounded(budgetMs),
    mainMedianMs: rounded(median(mainMs)),
    mainWorstMs: rounded(Math.max(...mainMs)),
    longestTaskMs: rounded(rest.longestTaskMs),
    rasterMs: rounded(rest.rasterMs),
    hostBlockedMs: rounded(rest.hostBlockedMs),
    hostBlockedCpuMs: rounded(rest.hostBlockedCpuMs),
  };
}

async function main(): Promise<void> {
  if (E2E_MISSING !== null) throw new Error(E2E_MISSING);
  const rows = (await measureAll()).map(toRow);
  const machine = { cores: availableParallelism(), platform: process.platform };
  process.stdout.write(`${JSON.stringify({ machine, sizes: SIZES, repeats, figures: rows })}\n`);
  console.table(rows);
}

await main();
