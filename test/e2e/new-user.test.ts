// A new user's path in Chromium with the real engine, by keyboard alone: the demo sweep to its end through crashes of engine,
// host and tab, then the front, a comparison and an export. Runs under vitest.
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { E2E_MISSING, Studio } from './studio.ts';
import type { StudioWindow } from './studio.ts';

const FIRST_PROGRESS_MS = 5_000;
/** Alone on two cores it takes four minutes. */
const SWEEP_MS = 900_000;
/** More than any screen of the demo has stops. */
const MOST_TABS = 150;

/** Ids of the engine processes below a host. */
function enginesOf(hostPid: number): number[] {
  const table = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' });
  return table.split('\n').flatMap((line) => {
    const [, pid, parent, args] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return Number(parent) === hostPid && args?.includes('engine.mjs') ? [Number(pid)] : [];
  });
}

/** Goes there as someone without a mouse does. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await target.waitFor();
  for (let tabs = 0; tabs < MOST_TABS; tabs++) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`The Tab key does not reach ${String(target)}.`);
}

async function press(page: Page, ...keys: readonly string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}

describe.skipIf(E2E_MISSING !== null)(`a new user${E2E_MISSING === null ? '' : ` (${E2E_MISSING})`}`, () => {
  let studio: Studio;
  let window: StudioWindow;
  /** Of windows that were closed on the way, and of the one whose host was killed, perhaps while it sent code of pages. */
  const expectedProblems = /WebSocket|ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET/;

  beforeAll(async () => {
    studio = await Studio.start();
    window = await studio.openWindow('/');
  });
  afterAll(() => studio.close());

  it('starts the demo from an empty data folder', async () => {
    const { page } = window;
    await tabTo(page, page.getByRole('button', { name: 'Run the demo sweep' }));
    await press(page, 'Enter');
    const startMs = Date.now();
    await page
      .getByRole('contentinfo')
      .getByText(/step \d/)
      .waitFor();
    const waitedMs = Date.now() - startMs;
    console.log(`first progress after ${waitedMs} ms, budget ${FIRST_PROGRESS_MS} ms`);
  });

  it('loses nothing when engine, host and tab die in the middle', async () => {
    const strip = (page: StudioWindow['page']) => page.getByRole('contentinfo');
    await strip(window.page)
      .getByText(/step ([5-9]|\d\d)\/60/)
      .waitFor();
    const { pid } = await studio.address();
    const [engine] = enginesOf(pid);
    if (engine === undefined) throw new Error('No engine runs below the host.');
    process.kill(engine, 'SIGKILL');
    await expect.poll(() => enginesOf(pid).filter((id) => id !== engine).length, { timeout: 20_000 }).toBe(1);
    await window.close();
    window = await studio.openWindow('/');
    await strip(window.page)
      .getByText(/step \d+\/60/)
      .waitFor();
    await studio.killHost();
    await studio.startAgain();
    await strip(window.page)
      .getByText(/step \d+\/60/)
      .waitFor({ timeout: 30_000 });
    await window.page.getByRole('main').getByRole('listitem').first().waitFor({ timeout: 30_000 });
  });

  it(
    'finishes every cell',
    async () => {
      await window.page.getByText('9/9 done').waitFor({ timeout: SWEEP_MS });
    },
    SWEEP_MS,
  );

  it('shows the front and exports it', async () => {
    const { page } = window;
    await press(page, 'g', 'p');
    await page
      .getByText(/of 8 settings on the front/)
      .first()
      .waitFor();
    await tabTo(page, page.getByRole('button', { name: 'Export figure' }));
    await press(page, 'Enter');
    await tabTo(page, page.getByRole('dialog').getByRole('button', { name: /^Save/ }));
    const [download] = await Promise.all([page.waitForEvent('download'), press(page, 'Enter')]);
    const text = await readFile(await download.path(), 'utf8');
    expect(text).toContain('<svg');
    expect(text.length).toBeLessThan(1_000_000);
  });

  it('compares two runs', async () => {
    const { page } = window;
    await press(page, 'Escape', 'g', 'r');
    await page.getByRole('row').nth(2).waitFor();
    await tabTo(page, page.getByRole('grid'));
    await press(page, 'x', 'j', 'x');
    await page.getByRole('button', { name: 'Compare 2' }).waitFor();
    await press(page, 'c');
    await page.getByRole('heading', { level: 1, name: /Compare/ }).waitFor();
    await page
      .getByText(/paired bootstrap/)
      .first()
      .waitFor();
  });

  it('had no error on its console and asked no other origin', () => {
    expect(window.problems.filter((problem) => !expectedProblems.test(problem))).toEqual([]);
  });
});
