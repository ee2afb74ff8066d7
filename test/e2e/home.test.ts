// A new user's first minutes on Home, in Chromium with the real engine: demo, reorder, cancel, undo, pause. Runs under vitest.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { E2E_MISSING, Studio, VIEWPORTS } from './studio.ts';
import type { StudioWindow } from './studio.ts';

describe.skipIf(E2E_MISSING !== null)(`home${E2E_MISSING === null ? '' : ` (${E2E_MISSING})`}`, () => {
  let studio: Studio;
  let window: StudioWindow;
  beforeAll(async () => {
    studio = await Studio.start();
    window = await studio.openWindow('/');
  });
  afterAll(() => studio.close());

  it('starts the demo with one click and shows its first progress', async () => {
    const { page } = window;
    const start = page.getByRole('button', { name: 'Run the demo sweep' });
    await start.waitFor();
    await window.screenshot('home-first-run');
    expect(await window.accessibilityViolations()).toEqual([]);
    expect(await page.locator('.MuiButton-contained').count()).toBe(1);
    await start.click();
    await page.getByText('9 cells of the demo queued').first().waitFor();
    await page.getByRole('button', { name: 'Pause', exact: true }).waitFor();
    await page
      .getByRole('contentinfo')
      .getByText(/step \d+\/60/)
      .waitFor();
    expect(await page.locator('.MuiButton-contained').count()).toBe(1);
  });

  it('reorders by keys and by menu, and takes it back', async () => {
    const { page } = window;
    const labels = () => page.locator('ol li a').allTextContents();
    const before = await labels();
    expect(before.length).toBeGreaterThan(4);
    await page.locator('ol li').nth(2).getByRole('button').first().focus();
    await page.keyboard.press('Alt+ArrowUp');
    const swapped = [before[0], before[2], before[1], ...before.slice(3)];
    await expect.poll(labels).toEqual(swapped);
    await page.locator('ol li').nth(3).getByRole('button').last().click();
    await page.getByRole('menuitem', { name: 'Move to top' }).click();
    await expect.poll(async () => (await labels())[0]).toBe(swapped[3]);
    await page.keyboard.press('Control+z');
    await expect.poll(labels).toEqual(swapped);
    await page.keyboard.press('Control+z');
    await expect.poll(labels).toEqual(before);
  });

  it('reorders by dragging', async () => {
    const { page } = window;
    const labels = () => page.locator('ol li a').allTextContents();
    const before = await labels();
    const handle = await page.locator('ol li').nth(0).getByRole('button').first().boundingBox();
    const target = await page.locator('ol li').nth(2).getByRole('button').first().boundingBox();
    if (handle === null || target === null) throw new Error('The queue is not shown.');
    await page.mouse.move(handle.x + 8, handle.y + 8);
    await page.mouse.down();
    await page.mouse.move(handle.x + 8, handle.y + 24, { steps: 4 });
    await page.mouse.move(handle.x + 8, target.y + 8, { steps: 8 });
    // Released only once the list has made room, as a person would see it: a slow machine is behind the pointer.
    const third = page.locator('ol li').nth(2);
    await expect.poll(() => third.evaluate((row) => getComputedStyle(row).transform)).not.toBe('none');
    await page.mouse.up();
    await expect.poll(labels).toEqual([before[1], before[2], before[0], ...before.slice(3)]);
  });

  it('removes a run and brings it back', async () => {
    const { page } = window;
    const count = () => page.locator('ol li').count();
    const before = await count();
    await page.locator('ol li').last().getByRole('button').last().click();
    await page.getByRole('menuitem', { name: 'Remove' }).click();
    await expect.poll(count).toBe(before - 1);
    await page.getByRole('button', { name: 'Undo' }).last().click();
    await expect.poll(count).toBe(before);
  });

  it('edits a run before it starts, names what cannot stand, and takes it back', async () => {
    const { page } = window;
    const labels = () => page.locator('ol li a').allTextContents();
    const last = page.locator('ol li').last();
    const before = await labels();
    await last.getByRole('button', { name: /^Edit/ }).click();
    const rate = page.getByRole('textbox', { name: 'learningRate' });
    const original = await rate.inputValue();
    await rate.fill('-1');
    await page.getByRole('button', { name: 'Fix 1 field' }).waitFor();
    expect(await window.accessibilityViolations()).toEqual([]);
    await rate.fill('0.0077');
    await page.getByRole('button', { name: 'Save run' }).click();
    await expect.poll(async () => (await labels()).at(-1)).toContain('0.0077');
    await page.keyboard.press('Control+z');
    await expect.poll(async () => (await labels()).at(-1)).not.toContain('0.0077');
    expect(await labels()).toHaveLength(before.length);
    await last.getByRole('button', { name: /^Edit/ }).click();
    await expect.poll(() => rate.inputValue()).toBe(original);
    await page.keyboard.press('Escape');
  });

  it('tells what happened at the bell, and of each part of the machine', async () => {
    const { page } = window;
    const strip = page.getByRole('contentinfo');
    await strip
      .getByText(/^(CPU|GPU 0).*GiB$/)
      .first()
      .waitFor();
    await strip.getByText(/^Disk .* free$/).waitFor();
    await strip.getByRole('button', { name: /^What happened/ }).click();
    await page.getByRole('dialog', { name: 'What happened' }).waitFor();
    expect(await window.accessibilityViolations()).toEqual([]);
    await page.keyboard.press('Escape');
  });

  it('is busy without faults, in both themes, at each size', async () => {
    for (const theme of ['light', 'dark']) {
      await window.runCommand(`Theme: ${theme}`);
      await window.page.locator(`html[data-theme="${theme}"]`).waitFor();
      for (const viewport of VIEWPORTS) {
        await window.page.setViewportSize(viewport);
        await window.screenshot(`home-busy-${theme}-${viewport.width}`);
        expect(await window.fitsItsWidth()).toBe(true);
      }
    }
    await window.runCommand('Theme: as the system');
  });

  it('pauses a run and everything returns after the host was killed', async () => {
    const { page } = window;
    await page.getByRole('button', { name: 'Pause after current' }).click();
    await page.getByText('The queue pauses after the current run.').waitFor();
    await studio.killHost();
    await page.getByText('No connection to the studio').waitFor();
    await studio.startAgain();
    await page.getByText('No connection to the studio').waitFor({ state: 'detached' });
    await page.getByText(/^The queue (pauses after the current run|is paused)\.$/).waitFor();
    await page.getByRole('button', { name: 'Resume queue' }).click();
    await page.getByRole('button', { name: 'Pause after current' }).waitFor();
  });
});
