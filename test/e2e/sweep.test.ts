// A sweep's screen, in Chromium with the real engine: cells while it runs and after, front, curves, configuration, extend,
// cancel, remove, undo. Runs under vitest.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SHORT_RECIPE } from './populated.ts';
import { E2E_MISSING, Studio, VIEWPORTS } from './studio.ts';
import type { StudioWindow } from './studio.ts';

/** The engine shares the machine with other tests. */
const PATIENCE = { timeout: 180_000 };
const RECIPE = SHORT_RECIPE.replace('name: pairs', 'name: short');

describe.skipIf(E2E_MISSING !== null)(`sweep${E2E_MISSING === null ? '' : ` (${E2E_MISSING})`}`, () => {
  let studio: Studio;
  let window: StudioWindow;
  beforeAll(async () => {
    studio = await Studio.start();
    window = await studio.openWindow('/sweeps/new');
    const { page } = window;
    // The form's own draft is loaded before another one is dropped on it.
    await page.getByRole('button', { name: 'Start 13 cells' }).waitFor();
    const transfer = await page.evaluateHandle((content) => {
      const data = new DataTransfer();
      data.items.add(new File([content], 'short.yaml'));
      return data;
    }, RECIPE);
    await page.getByRole('heading', { level: 1 }).dispatchEvent('drop', { dataTransfer: transfer });
    await page.getByRole('button', { name: 'Start 9 cells', exact: true }).click();
    await page.getByRole('link', { name: /^Open s\d+$/ }).click();
    await page.getByRole('heading', { level: 1, name: 's1 short' }).waitFor();
  });
  afterAll(() => studio.close());

  const tab = (name: string) => window.page.getByRole('tab', { name, exact: true }).click();

  it('shows the cells in a grid of what varies, and follows them until all are done', async () => {
    const { page } = window;
    await page.getByRole('columnheader', { name: 'adapter by learningRate' }).waitFor();
    await page.getByRole('columnheader', { name: '0.03' }).waitFor();
    await page.getByText('9/9 done').waitFor(PATIENCE);
    expect(await page.getByRole('gridcell', { name: /sampled \d+%.*2 seeds$/ }).count()).toBe(4);
    await page.getByText('BEST, sampled', { exact: true }).waitFor();
    await page.getByText(/gain [+−]?\d+.*pt \[/).waitFor();
    expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);
    expect(await page.locator('.MuiButton-contained').count()).toBe(1);
    await page.getByRole('button', { name: 'Open front' }).waitFor();
  });

  it('is walked by keys, and lists the runs of a cell', async () => {
    const { page } = window;
    const grid = page.getByRole('grid', { name: 'Cells' });
    await grid.focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press(' ');
    await page.getByRole('link', { name: /· seed 0$/ }).waitFor();
    expect(await page.getByRole('gridcell', { selected: true }).count()).toBe(1);
    expect(page.url()).toContain('sel=r');
    await page.reload();
    await page.getByRole('link', { name: /· seed 1$/ }).waitFor();
    await page.getByRole('link', { name: 'Compare 2' }).waitFor();
  });

  it('says each seed with its own interval where that is chosen', async () => {
    const { page } = window;
    await page.getByRole('combobox', { name: 'Seeds' }).click();
    await page.getByRole('option', { name: 'each seed' }).click();
    await page
      .getByRole('gridcell', { name: /sampled seed 0 \d+% \[\d+, \d+\], seed 1 \d+%/ })
      .first()
      .waitFor();
    expect(page.url()).toContain('seeds=each');
    await page.getByRole('combobox', { name: 'Seeds' }).click();
    await page.getByRole('option', { name: 'mean ± 95% t' }).click();
    await page
      .getByRole('gridcell', { name: /2 seeds$/ })
      .first()
      .waitFor();
  });

  it('changes the score, and keeps it in the address', async () => {
    const { page } = window;
    await page.getByLabel('Score').click();
    await page.getByRole('option', { name: 'greedy' }).click();
    await page
      .getByRole('gridcell', { name: /: greedy \d+%/ })
      .first()
      .waitFor();
    expect(page.url()).toContain('score=greedy');
  });

  it('shows front, curves and recipe without faults, in both themes', async () => {
    const { page } = window;
    for (const theme of ['light', 'dark']) {
      await window.runCommand(`Theme: ${theme}`);
      await page.locator(`html[data-theme="${theme}"]`).waitFor();
      for (const [name, text] of [
        ['Cells', /of 4 settings/],
        ['Front', /of 4 settings/],
        ['Curves', /whiskers: Wilson 95% of one seed/],
        ['Config', 'adapter.nTie'],
      ] as const) {
        await tab(name);
        await page.getByRole('tabpanel').getByText(text).first().waitFor();
        for (const viewport of VIEWPORTS.slice(0, 2)) {
          await page.setViewportSize(viewport);
          expect(await window.fitsItsWidth()).toBe(true);
        }
        await window.screenshot(`sweep-${name.toLowerCase()}-${theme}`);
        if (theme === 'light') expect(await window.accessibilityViolations()).toEqual([]);
      }
    }
    await window.runCommand('Language: 简体中文');
    await page.getByRole('button', { name: '查看前沿' }).click();
    await page.getByText('目前的前沿').waitFor();
    expect(await window.accessibilityViolations()).toEqual([]);
    await tab('单元');
    await page.getByRole('grid', { name: '单元' }).waitFor();
    await window.screenshot('sweep-cells-zh-dark');
    expect(await window.accessibilityViolations()).toEqual([]);
    await window.runCommand('语言：English');
    await page.getByRole('button', { name: 'Open front' }).waitFor();
  });

  it('says what an extension costs before it queues it, and takes it back', async () => {
    const { page } = window;
    await page.getByRole('button', { name: 'Extend', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Enter more steps, seeds or values to see what they cost.').waitFor();
    await dialog.getByRole('textbox', { name: 'Steps' }).fill('3');
    await dialog.getByText(/give a larger number/).waitFor();
    await dialog.getByRole('textbox', { name: 'Steps' }).fill('4000');
    await dialog.getByRole('textbox', { name: 'More seeds' }).fill('2-');
    await dialog.getByText('Enter whole numbers or ranges').waitFor();
    await dialog.getByRole('textbox', { name: 'More seeds' }).fill('2');
    await dialog.getByText(/^12 new cells\. Takes ~.*judged by 8 finished cells\./).waitFor();
    expect(await window.accessibilityViolations()).toEqual([]);
    await window.screenshot('sweep-extend-dark');
    await dialog.getByRole('button', { name: 'Queue 12 cells' }).click();
    await page.getByText('9/21 done').waitFor(PATIENCE);
    await page.getByRole('button', { name: 'More of the sweep' }).click();
    await page.getByRole('menuitem', { name: 'Cancel sweep' }).click();
    await page.getByText('s1: 12 cells cancelled').first().waitFor();
    await page.getByRole('button', { name: 'Retry 12 missing' }).waitFor(PATIENCE);
    await page.keyboard.press('Control+z');
    await page.keyboard.press('Control+z');
    await page.getByText('9/9 done').waitFor(PATIENCE);
  });

  it('exports its cells', async () => {
    const { page } = window;
    await page.getByRole('button', { name: 'Export', exact: true }).click();
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('menuitem', { name: 'Cells as CSV' }).click(),
    ]);
    expect(file.suggestedFilename()).toBe('s1-cells.csv');
  });

  it('is removed and brought back', async () => {
    const { page } = window;
    await page.getByRole('button', { name: 'More of the sweep' }).click();
    await page.getByRole('menuitem', { name: 'Remove sweep' }).click();
    await page.getByText('s1 removed').first().waitFor();
    await page.getByRole('button', { name: 'Undo' }).last().click();
    await page.getByRole('link', { name: 's1 short' }).click();
    await page.getByText('9/9 done').waitFor();
    expect(window.problems).toEqual([]);
  });
});
