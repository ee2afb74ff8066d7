// `npm run bench:ui`: the window's budgets on a data folder of full scale, in Chromium. Prints JSON, then a table.
//
//   npm run -s bench:ui [-- --small] [--repeats 5]
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { dataFolderPaths, makeDataFolder } from '../../main/core/data-folder.ts';
import { SqliteStore } from '../../main/store/store.ts';
import { FULL_SCALE, LONG_RUN, SMALL_SCALE, writeScaleFixture } from '../fixtures/scale-store.ts';
import { E2E_MISSING, Studio } from './studio.ts';
import type { StudioWindow } from './studio.ts';

interface Figure {
  name: string;
  /** Frames of one scroll, or repeats of one opening. */
  valuesMs: number[];
  /** Of the design; null: reported. */
  budgetMs: number | null;
}

const SCROLL_FRAMES = 120;
const SCROLL_STEP_PX = 160;
const WAIT_MS = 120_000;

const { values: args } = parseArgs({
  options: { small: { type: 'boolean' }, repeats: { type: 'string', default: '5' } },
});

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Milliseconds between `act` and the first frame after `ready`. */
async function timed(page: Page, act: () => Promise<unknown>, ready: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await act();
  await ready();
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
  return performance.now() - startMs;
}

/** Frame times while the table of runs is scrolled by a step a frame. */
async function scrollFrames(page: Page): Promise<number[]> {
  return page.getByRole('grid').evaluate(
    async (grid, { frames, stepPx }) => {
      const scroller = [grid, ...grid.querySelectorAll('*')].find(
        (element) =>
          element.scrollHeight > element.clientHeight + stepPx && getComputedStyle(element).overflowY !== 'visible',
      );
      if (scroller === undefined) throw new Error('The table does not scroll.');
      const times: number[] = [];
      let last = performance.now();
      for (let frame = 0; frame < frames; frame++) {
        scroller.scrollTop += stepPx;
        await new Promise((resolve) => requestAnimationFrame(resolve));
        const now = performance.now();
        times.push(now - last);
        last = now;
      }
      return times;
    },
    { frames: SCROLL_FRAMES, stepPx: SCROLL_STEP_PX },
  );
}

async function opened(studio: Studio, path: string, ready: (page: Page) => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let repeat = 0; repeat < Number(args.repeats); repeat++) {
    const window: StudioWindow = await studio.openWindow('/settings');
    const { page } = window;
    page.setDefaultTimeout(WAIT_MS);
    // Within the app, as a click on a link does; the page's code and data are not there yet.
    const navigate = () =>
      page.evaluate((target) => {
        history.pushState(null, '', target);
        dispatchEvent(new PopStateEvent('popstate'));
      }, path);
    times.push(await timed(page, navigate, () => ready(page)));
    await window.close();
  }
  return times;
}

async function started(studio: Studio): Promise<number[]> {
  const times: number[] = [];
  for (let repeat = 0; repeat < Number(args.repeats); repeat++) {
    const startMs = performance.now();
    const window = await studio.openWindow('/');
    await window.page.getByRole('contentinfo').getByText(/Queue/).waitFor();
    times.push(performance.now() - startMs);
    await window.close();
  }
  return times;
}

async function tableFigures(studio: Studio): Promise<Figure[]> {
  const window = await studio.openWindow('/runs');
  const { page } = window;
  page.setDefaultTimeout(WAIT_MS);
  await page.getByRole('row').nth(10).waitFor();
  const frames = await scrollFrames(page);
  const filters: number[] = [];
  const box = page.getByRole('main').getByRole('combobox').first();
  for (let repeat = 0; repeat < Number(args.repeats); repeat++) {
    const rate = ['0.001', '0.003', '0.01', '0.03', '0.1'][repeat % 5] ?? '0.1';
    const act = async () => {
      await box.fill(`lr = ${rate}`);
      await page.keyboard.press('Enter');
    };
    // Until the rows of this filter are drawn, not only until the address has it.
    const ready = () =>
      page.waitForFunction((ending) => {
        const labels = [...document.querySelectorAll('[role=grid] .label')];
        return labels.length > 0 && labels.every(({ textContent }) => textContent.endsWith(ending));
      }, `lr ${rate}`);
    filters.push(await timed(page, act, ready));
  }
  await window.close();
  return [
    { name: 'runs table: frames of a scroll', valuesMs: frames, budgetMs: 1000 / 60 },
    { name: 'runs table: filter', valuesMs: filters, budgetMs: 200 },
  ];
}

async function measure(studio: Studio, curveRuns: number): Promise<Figure[]> {
  const drawn = (page: Page) =>
    page
      .getByText(/ of [\d,]+ points/)
      .first()
      .waitFor();
  const runs = Array.from({ length: curveRuns }, (_, index) => `curve-${index}`).join(',');
  return [
    { name: 'start of the app', valuesMs: await started(studio), budgetMs: 2000 },
    ...(await tableFigures(studio)),
    { name: 'open the longest run', valuesMs: await opened(studio, `/runs/${LONG_RUN}`, drawn), budgetMs: 200 },
    {
      name: `compare ${curveRuns} runs`,
      valuesMs: await opened(studio, `/compare?runs=${runs}`, drawn),
      budgetMs: null,
    },
    {
      name: 'front of all finished settings',
      valuesMs: await opened(studio, '/pareto?sweeps=finished', drawn),
      budgetMs: null,
    },
  ];
}

async function main(): Promise<void> {
  if (E2E_MISSING !== null) throw new Error(E2E_MISSING);
  const home = await mkdtemp(join(tmpdir(), 'tinylora-bench-ui-'));
  const sizes = args.small ? SMALL_SCALE : FULL_SCALE;
  const paths = dataFolderPaths(home);
  makeDataFolder(paths);
  const store = new SqliteStore(paths.database);
  writeScaleFixture(store, sizes);
  store.close();
  // The fixture's waiting runs have no model: the queue is held by asking for more room than any disk has.
  const studio = await Studio.start({ home, environment: { TINYLORA_LOW_DISK_BYTES: String(2 ** 50) } });
  try {
    const figures = await measure(studio, sizes.curveRuns);
    const rows = figures.map(({ name, valuesMs, budgetMs }) => ({
      name,
      medianMs: Math.round(10 * median(valuesMs)) / 10,
      worstMs: Math.round(10 * Math.max(...valuesMs)) / 10,
      budgetMs: budgetMs === null ? null : Math.round(10 * budgetMs) / 10,
    }));
    process.stdout.write(`${JSON.stringify({ sizes, repeats: Number(args.repeats), figures: rows })}\n`);
    console.table(rows);
  } finally {
    await studio.close();
    await rm(home, { recursive: true, force: true });
  }
}

await main();
