// A new user's path in Chromium with the real engine: the demo sweep to its end through crashes of engine, host and tab, then
// the front, a comparison and an export. Runs under vitest.
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { E2E_MISSING, Studio } from './studio.ts';
import type { StudioWindow } from './studio.ts';

const FIRST_PROGRESS_MS = 5_000;
const SWEEP_MS = 280_000;

/** Ids of the engine processes below a host. */
function enginesOf(hostPid: number): number[] {
  const table = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' });
  return table.split('\n').flatMap((line) => {
    const [, pid, parent, args] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return Number(parent) === hostPid && args?.includes('engine.mjs') ? [Number(pid)] : [];
  });
}

describe.skipIf(E2E_MISSING !== null)(`a new user${E2E_MISSING === null ? '' : ` (${E2E_MISSING})`}`, () => {
  let studio: Studio;
  let window: StudioWindow;
  /** Of windows that were closed on the way, and of the one while its host was gone. */
  const expectedProblems = /WebSocket|ERR_CONNECTION_REFUSED/;

  beforeAll(async () => {
    studio = await Studio.start();
    window = await studio.openWindow('/');
  });
  afterAll(() => studio.close());

  it('starts the demo from an empty data folder', async () => {
    const { page } = window;
    await page.getByRole('button', { name: 'Run the demo sweep' }).click();
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
    expect(await window.page.getByRole('listitem').count()).toBeGreaterThan(0);
  });

  it('finishes every cell', async () => {
    await window.page.getByText('9/9 done').waitFor({ timeout: SWEEP_MS });
  });

  it('shows the front and exports it', async () => {
    const { page } = window;
    await page.goto(new URL('/pareto', page.url()).href);
    await page
      .getByText(/of 8 settings on the front/)
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'Export figure' }).click();
    const dialog = page.getByRole('dialog');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      dialog.getByRole('button', { name: /^Save/ }).click(),
    ]);
    const text = await readFile(await download.path(), 'utf8');
    expect(text).toContain('<svg');
    expect(text.length).toBeLessThan(1_000_000);
  });

  it('compares two runs', async () => {
    const { page } = window;
    await page.goto(new URL('/runs', page.url()).href);
    const boxes = page.getByRole('grid').getByRole('checkbox');
    await boxes.nth(1).check();
    await boxes.nth(2).check();
    await page
      .getByRole('button', { name: 'Compare 2' })
      .or(page.getByRole('link', { name: 'Compare 2' }))
      .click();
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
