// A run's screen in Chromium with the real engine: live curves, completions, configuration, pause, the adapter as text.
// Runs under vitest.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeFailedRuns } from '../fixtures/failed-runs.ts';
import { E2E_MISSING, Studio, VIEWPORTS } from './studio.ts';
import type { StudioWindow } from './studio.ts';

describe.skipIf(E2E_MISSING !== null)(`a run${E2E_MISSING === null ? '' : ` (${E2E_MISSING})`}`, () => {
  let studio: Studio;
  let window: StudioWindow;
  beforeAll(async () => {
    studio = await Studio.start();
    window = await studio.openWindow('/');
    await window.page.getByRole('button', { name: 'Run the demo sweep' }).click();
    await window.page
      .getByRole('contentinfo')
      .getByText(/step [1-9]\d*\/60/)
      .waitFor();
  });
  afterAll(() => studio.close());

  it('opens the run that trains, with its numbers and live curves', async () => {
    const { page } = window;
    await page
      .getByRole('main')
      .getByRole('link', { name: /numbers|TinyLoRA|fine-tuning/ })
      .first()
      .click();
    await page.waitForURL('**/runs/r*');
    await page.getByRole('heading', { level: 1, name: /^r\d+ / }).waitFor();
    await page.getByRole('heading', { level: 3, name: 'Reward', exact: true }).waitFor();
    const count = async () => {
      const text = await page
        .locator('figure')
        .first()
        .getByText(/of \d+ points/)
        .textContent();
      return Number(/of (\d+) points/.exec(text ?? '')?.[1]);
    };
    const before = await count();
    await expect.poll(count, { timeout: 20_000 }).toBeGreaterThan(before + 2);
    await page
      .getByText(/n \d+, Wilson 95%, 1 seed, step 0/)
      .first()
      .waitFor();
    expect(await page.locator('.MuiButton-contained').count()).toBe(1);
    expect(await page.locator('h1').count()).toBe(1);
  });

  it('pauses, resumes, and a reload restores tab, smoothing and axis', async () => {
    const { page } = window;
    await page.keyboard.press('p');
    await page.getByRole('button', { name: 'Resume', exact: true }).waitFor();
    await page.getByRole('slider', { name: 'smooth' }).focus();
    await page.keyboard.press('End');
    await page.getByRole('combobox', { name: 'x' }).click();
    await page.getByRole('option', { name: 'tokens' }).click();
    await page.waitForURL(/smooth=.*x=tokens|x=tokens.*smooth=/);
    await page.reload();
    await page
      .getByText(/smoothed 0\.\d+ over raw/)
      .first()
      .waitFor();
    expect(await page.getByRole('combobox', { name: 'x' }).textContent()).toBe('tokens');
  });

  it('shows charts without faults, at each size, in both themes', async () => {
    for (const theme of ['light', 'dark']) {
      await window.runCommand(`Theme: ${theme}`);
      await window.page.locator(`html[data-theme="${theme}"]`).waitFor();
      for (const viewport of VIEWPORTS) {
        await window.page.setViewportSize(viewport);
        await window.page.waitForTimeout(400);
        await window.screenshot(`run-charts-${theme}-${viewport.width}`);
        expect(await window.fitsItsWidth()).toBe(true);
      }
      expect(await window.accessibilityViolations()).toEqual([]);
    }
  });

  it('browses completions by keys, with tokens, filters, search and the other runs', async () => {
    const { page } = window;
    await page.setViewportSize(VIEWPORTS[1]);
    await page.getByRole('tab', { name: 'Completions' }).click();
    await page.getByRole('grid', { name: 'Samples of the group' }).waitFor();
    await page.getByRole('heading', { level: 1 }).click();
    await page.keyboard.press(']');
    await page.waitForURL(/prompt=\d+/);
    await page.keyboard.press('Shift+BracketLeft');
    await page.waitForURL(/step=\d+/);
    await page.getByRole('row').nth(2).click();
    await page.waitForURL(/sample=\d+/);
    const tokens = page.getByRole('listbox', { name: /^Tokens of sample/ });
    await tokens.getByRole('option').first().focus();
    await page.getByText(/^token 1 · id \d+ · log p train/).waitFor();
    await window.screenshot('run-completions');
    expect(await window.accessibilityViolations()).toEqual([]);
    await page.getByRole('button', { name: 'Same prompt in other runs' }).click();
    await page
      .getByText(/No other run of the sweep has completions|none of this prompt/)
      .or(page.getByRole('columnheader', { name: 'answers' }))
      .first()
      .waitFor();
    await page.getByLabel('Search all steps').fill('1');
    await page.getByText(/completions match\./).waitFor();
    await page.getByRole('region', { name: 'Found completions' }).getByRole('button').first().click();
    await page.getByRole('grid', { name: 'Samples of the group' }).waitFor();
  });

  it('has the frozen configuration with its provenance, and the events', async () => {
    const { page } = window;
    await page.getByRole('tab', { name: 'Config' }).click();
    await page.getByText('Model, SHA-256').waitFor();
    const provenance = page.getByRole('region', { name: 'Provenance' });
    expect(await provenance.getByText(/^[0-9a-f]{64}$/).count()).toBeGreaterThanOrEqual(4);
    await provenance.getByText(/^tinylora sweep run /).waitFor();
    await window.screenshot('run-config');
    expect(await window.accessibilityViolations()).toEqual([]);
    await page.getByRole('tab', { name: 'Events' }).click();
    await page
      .getByText(/paused/i)
      .first()
      .waitFor();
    expect(await window.accessibilityViolations()).toEqual([]);
  });

  it('says in Chinese what it says in English', async () => {
    const { page } = window;
    await window.runCommand('Language: 简体中文');
    await page.getByRole('tab', { name: '图表' }).click();
    await page.getByRole('heading', { level: 2, name: '策略' }).waitFor();
    await window.screenshot('run-charts-zh');
    expect(await window.accessibilityViolations()).toEqual([]);
    await page.getByRole('tab', { name: '补全' }).click();
    await page.getByRole('grid', { name: '组内样本' }).waitFor();
    expect(await window.accessibilityViolations()).toEqual([]);
    await window.runCommand('语言：English');
  });

  it('recognises the trained adapter as a pasted line, and says which run is not there', async () => {
    const { page } = window;
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await window.runCommand('Copy adapter as a line of text');
    await page
      .getByText(/^Adapter copied: /)
      .first()
      .waitFor();
    const line = await page.evaluate(() => navigator.clipboard.readText());
    expect(line).toMatch(/^tinylora1:/);
    await window.runCommand('Try an adapter');
    await page.getByRole('dialog').getByLabel('Adapter', { exact: true }).fill(line);
    await page.getByText(/which is here\.$/).waitFor();
    expect(await window.accessibilityViolations()).toEqual([]);
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
    const other = await studio.openWindow('/runs/r999');
    await other.page.getByText('r999 is not in this data folder.').waitFor();
    await other.close();
    expect(window.problems).toEqual([]);
  });
});

describe.skipIf(E2E_MISSING !== null)('runs that failed', () => {
  let home: string;
  let studio: Studio;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'tinylora-e2e-failed-'));
    writeFailedRuns(home);
    studio = await Studio.start({ home });
  });
  afterAll(async () => {
    await studio.close();
    await rm(home, { recursive: true, force: true });
  });

  it('name what happened, what is safe and how to go on, with every NaN marked', async () => {
    const window = await studio.openWindow('/runs/r1');
    const { page } = window;
    await page.getByText('The engine stopped at step 62 (SIGSEGV, CPU). Steps 1–61 are safe.').waitFor();
    await page.getByRole('main').getByText('lost', { exact: true }).waitFor();
    expect(await page.getByRole('button', { name: 'Continue from step 61' }).count()).toBe(1);
    expect(await page.locator('.MuiButton-contained').count()).toBe(1);
    await page.getByText(/^Loss .* 1 NaN\.$/).waitFor();
    await window.screenshot('run-lost');
    expect(await window.accessibilityViolations()).toEqual([]);
    await page.getByRole('tab', { name: 'Completions' }).click();
    await page.getByText('Completions of steps 1–61 were freed. Rewards are kept.').waitFor();
    await page.getByRole('button', { name: 'Show log' }).click();
    await page.getByText('CRASHED, exit SIGSEGV').waitFor();
    await page.goto(page.url().replace(/r1.*/, 'r2?zoom=10-20&find=loss'));
    await page.getByText('Failed at step 62: the loss became NaN. Steps 1–61 are safe.').waitFor();
    await page.getByRole('button', { name: 'Retry with lr 0.01' }).waitFor();
    await page.getByText('11 of 11 points').waitFor();
    await page.getByRole('button', { name: 'Steps 10–20: show all' }).click();
    await page.getByText('61 of 62 points').waitFor();
    expect(window.problems).toEqual([]);
    await window.close();
  });
});
