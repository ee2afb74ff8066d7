// The frame around every screen, in Chromium on a real host: keys, themes, languages, connection. Runs under vitest.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { E2E_MISSING, Studio } from './studio.ts';

describe.skipIf(E2E_MISSING !== null)(`the shell${E2E_MISSING === null ? '' : ` (${E2E_MISSING})`}`, () => {
  let studio: Studio;
  beforeAll(async () => {
    studio = await Studio.start();
  });
  afterAll(() => studio.close());

  it('opens without errors, wipes the token, has one h1 with the focus and one strip', async () => {
    const window = await studio.openWindow('/');
    const { page } = window;
    expect(page.url()).not.toContain('token');
    expect(await page.locator('h1').count()).toBe(1);
    expect(await page.locator('h1').evaluate((heading) => heading === document.activeElement)).toBe(true);
    await page.getByRole('contentinfo').getByText('Nothing is running').waitFor();
    await page.reload();
    await page.getByRole('contentinfo').getByText('Nothing is running').waitFor();
    expect(window.problems).toEqual([]);
    await window.close();
  });

  it('goes by G keys, lists shortcuts by ?, keeps preferences across windows', async () => {
    const first = await studio.openWindow('/');
    const second = await studio.openWindow('/');
    await first.page.keyboard.press('Shift+?');
    await first.page.getByRole('dialog', { name: 'Shortcuts' }).waitFor();
    expect(await first.accessibilityViolations()).toEqual([]);
    await first.page.keyboard.press('Escape');
    await first.page.keyboard.press('Alt+t');
    await second.page.locator('html[data-theme="dark"]').waitFor();
    await first.page.keyboard.press('g');
    await first.page.keyboard.press('r');
    await first.page.waitForURL('**/runs');
    await first.runCommand('Theme: as the system');
    expect(first.problems).toEqual([]);
    await first.close();
    await second.close();
  });

  it('says so when the host is gone, and returns by itself', async () => {
    const window = await studio.openWindow('/');
    await studio.killHost();
    await window.page.getByText('No connection to the studio. What is on disk is safe.').waitFor();
    expect(await window.accessibilityViolations()).toEqual([]);
    await studio.startAgain();
    await window.page.getByRole('button', { name: 'Try now' }).click();
    await window.page.getByText('No connection to the studio').waitFor({ state: 'detached' });
    await window.close();
  });

  it('says so where the code of a page cannot be had, and opens the page once it can', async () => {
    const window = await studio.openWindow('/settings');
    const { page } = window;
    const code = '**/assets/ParetoPage-*.js';
    const cutOff = page.waitForEvent('requestfailed', (request) => request.url().includes('ParetoPage'));
    await page.route(code, (route) => route.abort('connectionreset'));
    await page.reload();
    await cutOff;
    const openPareto = () => page.getByRole('link', { name: 'Pareto' }).click();
    await openPareto();
    await page.getByRole('heading', { level: 1, name: 'This view failed. The rest works.' }).waitFor();
    await page.unroute(code);
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
    await openPareto();
    await page.getByRole('heading', { level: 1, name: 'Pareto' }).waitFor();
    await window.close();
  });

  it('asks for the token where it has none', async () => {
    const { port } = await studio.address();
    const window = await studio.openWindow('/');
    await window.page.evaluate(() => sessionStorage.clear());
    await window.page.goto(`http://127.0.0.1:${port}/`);
    await window.page.getByText('needs the token printed by').waitFor();
    await window.close();
  });
});
