// The table of runs in Chromium, on a real host over a store with many finished runs. Runs under vitest.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataFolderPaths, makeDataFolder } from '../../main/core/data-folder.ts';
import { SqliteStore } from '../../main/store/store.ts';
import { SMALL_SCALE, writeScaleFixture } from '../fixtures/scale-store.ts';
import { E2E_MISSING, Studio } from './studio.ts';
import type { StudioWindow } from './studio.ts';

const DONE = String(SMALL_SCALE.runs);
/** Four seeds of each of the fixture's settings. */
const SETTINGS = String(SMALL_SCALE.runs / 4);

describe.skipIf(E2E_MISSING !== null)(`runs${E2E_MISSING === null ? '' : ` (${E2E_MISSING})`}`, () => {
  let home: string;
  let studio: Studio;
  let window: StudioWindow;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'tinylora-runs-'));
    const paths = dataFolderPaths(home);
    makeDataFolder(paths);
    const store = new SqliteStore(paths.database);
    writeScaleFixture(store, SMALL_SCALE);
    store.close();
    // The fixture's waiting runs have no model: the queue is held by asking for more room than any disk has.
    studio = await Studio.start({ home, environment: { TINYLORA_LOW_DISK_BYTES: String(2 ** 50) } });
    window = await studio.openWindow('/runs');
  });
  afterAll(async () => {
    await studio.close();
    await rm(home, { recursive: true, force: true });
  });

  const go = async (query: string) => {
    await window.page.goto(new URL(`/runs${query}`, window.page.url()).href);
    await window.page.locator('[role=grid][aria-busy=false]').waitFor();
  };
  const rows = () => window.page.locator('[role=grid] .run-row');
  const column = async (title: string) => {
    const headings = await window.page.getByRole('columnheader').allTextContents();
    const index = headings.findIndex((heading) => heading.startsWith(title));
    const cells = window.page.locator(`[role=grid] .run-row [aria-colindex="${index + 1}"]`);
    return cells.allTextContents();
  };

  it('filters with suggestions, says what it cannot read, and restores all of it from the address', async () => {
    const { page } = window;
    await go('');
    const filter = page.getByRole('combobox', { name: 'Filter' });
    await page.keyboard.press('/');
    await page.keyboard.type('sta');
    await page.getByRole('option', { name: /^state/ }).click();
    await page.keyboard.type(':do');
    await page.getByRole('option', { name: /^done/ }).click();
    await page.getByText(`rows 1–`).getByText(`of ${DONE}`).waitFor();
    await filter.fill('nonsense = 1');
    await page.getByText('names no column nonsense').waitFor();
    await filter.fill('lr > 5');
    await page.getByText('No run matches `lr > 5`.').waitFor();
    await page.getByRole('button', { name: 'Clear filter' }).last().click();
    await page.getByRole('grid').waitFor();
    await go('?filter=state:done&sort=-sampled&seeds=mean&group=lr');
    await page.getByText(`of ${SETTINGS}`).waitFor();
    expect(await filter.inputValue()).toBe('state:done');
    const sampled = await column('sampled');
    expect(sampled[0]).toMatch(/^\d+\.\d%±\d+\.\d t$/);
    await page
      .getByText(/^lr: 0\.001 · /)
      .first()
      .waitFor();
  });

  it('sorts by heading with missing values last both ways', async () => {
    const { page } = window;
    await go('?filter=sweep:special,finished&cols=^label,sampled');
    const heading = page.getByRole('columnheader', { name: /sampled/ });
    const grid = page.getByRole('grid');
    for (const direction of ['ascending', 'descending'] as const) {
      await heading.getByRole('button').first().click();
      await page.locator(`[role=columnheader][aria-sort=${direction}]`).waitFor();
      await page.locator('[role=grid][aria-busy=false]').waitFor();
      const shown = (await column('sampled')).map((text) => Number.parseFloat(text));
      const sign = direction === 'ascending' ? 1 : -1;
      expect(shown.length).toBeGreaterThan(5);
      expect(shown).toEqual(shown.toSorted((left, right) => sign * (left - right)));
      await grid.focus();
      await page.keyboard.press('Control+End');
      await expect.poll(async () => (await column('sampled')).at(-1)).toBe('–');
      await page.keyboard.press('Control+Home');
    }
  });

  it('selects by keys, tags with undo, keeps the selection in the address', async () => {
    const { page } = window;
    await go('?filter=state:done&cols=^state,^label,seed,tags');
    await page.getByRole('grid').focus();
    for (const key of ['j', 'x', 'Shift+ArrowDown', 'Shift+ArrowDown']) await page.keyboard.press(key);
    await page.getByRole('button', { name: 'Compare 3' }).waitFor();
    await page.getByRole('button', { name: 'Tag', exact: true }).click();
    await page.getByRole('combobox', { name: 'Tags' }).fill('paper');
    await page.getByRole('button', { name: 'Save tags' }).click();
    const tagged = async () => (await column('tags')).filter((text) => text === 'paper').length;
    await expect.poll(tagged).toBe(3);
    await page.reload();
    await page.getByRole('button', { name: 'Compare 3' }).waitFor();
    await go('?filter=tag:paper&cols=^label,tags');
    await expect.poll(() => rows().count()).toBe(3);
    await page.getByRole('grid').focus();
    await page.keyboard.press('F2');
    await page.keyboard.press('Escape');
  });

  it('takes tags, notes and removal back', async () => {
    const { page } = window;
    await go('?filter=state:done&cols=^label,seed,tags,note');
    const note = rows()
      .first()
      .getByRole('button', { name: /Edit the note/ });
    await rows().first().hover();
    await note.click();
    await page.getByRole('textbox', { name: 'Note' }).fill('looks odd');
    await page.getByRole('button', { name: 'Save note' }).click();
    await expect.poll(async () => (await column('note'))[0]).toBe('looks odd');
    await page.keyboard.press('Control+z');
    await expect.poll(async () => (await column('note'))[0]).toBe('–');
    await page.getByRole('grid').focus();
    await page.keyboard.press('Control+a');
    await page.getByRole('button', { name: `Compare ${DONE}` }).waitFor();
    await page.keyboard.press('Delete');
    await page.getByText('No run matches `state:done`.').waitFor();
    await page.getByRole('button', { name: 'Undo' }).last().click();
    await page.getByText(`of ${DONE}`).waitFor();
  });

  it('moves, pins, hides and widens columns by keys and menus, and keeps them for the next visit', async () => {
    const { page } = window;
    await go('?cols=^label,numbers,sampled,lr');
    const titles = async () => (await page.getByRole('columnheader').allTextContents()).filter(Boolean);
    await page.getByRole('grid').focus();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Alt+ArrowRight');
    await expect.poll(titles).toEqual(['label', 'sampled', 'numbers', 'lr']);
    const width = () =>
      page.getByRole('columnheader', { name: /numbers/ }).evaluate((element) => element.getBoundingClientRect().width);
    const before = await width();
    await page.keyboard.press('Shift+ArrowRight');
    await expect.poll(width).toBe(before + 16);
    await page.keyboard.press('Alt+ArrowDown');
    await page.getByRole('menuitem', { name: 'Pin at the left' }).click();
    await expect.poll(titles).toEqual(['label', 'numbers', 'sampled', 'lr']);
    await page.getByRole('button', { name: 'Columns' }).click();
    await page.getByRole('button', { name: 'Hide lr' }).click();
    await page.getByRole('button', { name: 'Hide lr' }).waitFor({ state: 'detached' });
    await page.getByRole('combobox', { name: 'Add a column' }).fill('greedy');
    await page.getByRole('option', { name: 'greedy', exact: true }).click();
    expect(await window.accessibilityViolations()).toEqual([]);
    await page.getByRole('button', { name: 'Close' }).click();
    await go('');
    expect(await titles()).toEqual(['label', 'numbers', 'sampled', 'greedy']);
  });

  it('exports what is shown and saves views', async () => {
    const { page } = window;
    await go('?filter=state:done&cols=^label,lr');
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export CSV' }).click(),
    ]);
    const lines = (await readFile(await file.path(), 'utf8')).trim().split('\r\n');
    expect(lines).toHaveLength(SMALL_SCALE.runs + 1);
    expect(lines[0]).toMatch(/label.*lr/);
    await page.getByRole('button', { name: 'Views' }).click();
    await page.getByRole('menuitem', { name: 'Save this view' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill('finished');
    await page.getByRole('button', { name: 'Save this view' }).click();
    await go('?cols=^label,seed');
    await page.getByRole('button', { name: 'Views' }).click();
    await page.getByRole('menuitem', { name: 'finished' }).click();
    await page.waitForURL(/filter=state/);
    await page.getByText(`of ${DONE}`).waitFor();
  });

  it('opens a run by Enter and a mean in Compare', async () => {
    const { page } = window;
    await go('?filter=state:done');
    await page.getByRole('grid').focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/runs\/r\d+/);
    await go('?filter=state:done&seeds=mean');
    await page.getByRole('grid').focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/compare\?runs=/);
    expect(window.problems).toEqual([]);
  });
});
