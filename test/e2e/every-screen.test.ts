// Every screen and tab on a folder with finished, failed, removed and waiting runs: axe in both themes and languages, nothing
// clipped, nothing on the console, one heading, one filled button, the strip, and no English left in Chinese. Runs under vitest.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BrowserContextOptions } from 'playwright-core';
import { HostClient } from '../../main/client/host-client.ts';
import { writeFailedRuns } from '../fixtures/failed-runs.ts';
import { clippedElements, untranslatedTexts } from './looks.ts';
import { populate } from './populated.ts';
import { E2E_MISSING, Studio, VIEWPORTS } from './studio.ts';
import type { StudioWindow } from './studio.ts';

interface Screen {
  path: string;
  /** Opens what lies over the page. */
  keys?: string;
}

const SCREENS: readonly Screen[] = [
  { path: '/' },
  { path: '/sweeps/new' },
  { path: '/sweeps/new?view=yaml' },
  ...['cells', 'front', 'curves', 'config'].map((tab) => ({ path: `/sweeps/s2?tab=${tab}` })),
  ...['charts', 'completions', 'config', 'events'].map((tab) => ({ path: `/runs/r3?tab=${tab}` })),
  { path: '/runs/r1' },
  { path: '/runs' },
  { path: '/compare' },
  { path: '/compare?runs=r3,r5' },
  { path: '/pareto?sweeps=s2' },
  { path: '/playground?a=base&b=r3' },
  { path: '/models' },
  { path: '/data' },
  { path: '/disk' },
  ...['general', 'appearance', 'folder', 'shortcuts'].map((tab) => ({ path: `/settings?tab=${tab}` })),
  { path: '/doctor' },
  { path: '/runs/r999' },
  { path: '/nowhere' },
  { path: '/', keys: 'Control+k' },
  { path: '/', keys: 'Shift+?' },
];

interface Look extends Pick<BrowserContextOptions, 'viewport' | 'deviceScaleFactor'> {
  theme: 'light' | 'dark';
  language: 'en' | 'zh';
  /** Of axe; all of them where they are left out. */
  rules?: readonly string[];
}

/** What a theme decides; the rest was seen in the same language before. */
const OF_THEMES = ['color-contrast'];
const LOOKS: readonly Look[] = [
  { theme: 'light', language: 'en', viewport: VIEWPORTS[0] },
  { theme: 'dark', language: 'zh', viewport: VIEWPORTS[1] },
  // As a window of 1800×1400 is at 200 %.
  { theme: 'light', language: 'zh', viewport: VIEWPORTS[0], deviceScaleFactor: 2, rules: OF_THEMES },
  { theme: 'dark', language: 'en', viewport: VIEWPORTS[1], rules: OF_THEMES },
];

/** Also what one page links to, each by its first link. */
const DETAILS = [
  { from: '/models', link: 'a[href^="/models/"]' },
  { from: '/data', link: 'a[href^="/data/"]' },
];

describe.skipIf(E2E_MISSING !== null)(`every screen${E2E_MISSING === null ? '' : ` (${E2E_MISSING})`}`, () => {
  let home: string;
  let studio: Studio;
  let client: HostClient;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'tinylora-e2e-every-'));
    writeFailedRuns(home);
    studio = await Studio.start({ home });
    client = await HostClient.connect(home);
    await populate(client);
  });
  afterAll(async () => {
    client.close();
    await studio.close();
    await rm(home, { recursive: true, force: true });
  });

  it.each(LOOKS)('passes in $theme and $language', async ({ theme, language, rules, ...options }) => {
    await client.call('setPreferences', { theme, language });
    const window = await studio.openWindow('/', options);
    const { page } = window;
    await page.locator(`html[data-theme="${theme}"][lang^="${language}"]`).waitFor();
    const found: string[] = [];
    for (const { path, keys } of SCREENS) {
      await go(window, path);
      if (keys !== undefined) {
        await page.keyboard.press(keys);
        await page.getByRole('dialog').waitFor();
      }
      found.push(...(await faults(window, language, rules)).map((fault) => `${path} ${keys ?? ''} ${fault}`));
      if (keys !== undefined) {
        await page.keyboard.press('Escape');
        await page.getByRole('dialog').waitFor({ state: 'detached' });
      }
    }
    for (const { from, link } of DETAILS) {
      await go(window, from);
      await page.locator(link).first().click();
      await page.waitForURL((url) => url.pathname !== from);
      await settled(window);
      found.push(...(await faults(window, language, rules)).map((fault) => `${page.url()} ${fault}`));
    }
    expect(found).toEqual([]);
    expect(window.problems).toEqual([]);
    await window.close();
  });
});

/** Within the app, as a link does. */
async function go(window: StudioWindow, path: string): Promise<void> {
  await window.page.evaluate((target) => {
    history.pushState(null, '', target);
    dispatchEvent(new PopStateEvent('popstate'));
  }, path);
  await settled(window);
}

/** Until nothing is loading, and what is drawn stays. */
async function settled({ page }: StudioWindow): Promise<void> {
  await page.locator('h1').waitFor();
  await page.waitForFunction(() => document.querySelector('[aria-busy="true"]') === null);
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
}

async function faults(window: StudioWindow, language: Look['language'], rules: Look['rules']): Promise<string[]> {
  const { page } = window;
  const counts = await page.evaluate(() => ({
    headings: document.querySelectorAll('h1').length,
    filled: document.querySelectorAll('.MuiButton-contained').length,
    strips: document.querySelectorAll('footer[aria-label]').length,
  }));
  return [
    ...(counts.headings === 1 ? [] : [`${counts.headings} h1`]),
    ...(counts.filled <= 1 ? [] : [`${counts.filled} filled buttons`]),
    ...(counts.strips === 1 ? [] : ['no strip']),
    ...(await clippedElements(page)),
    ...(await window.accessibilityViolations(rules)),
    ...(language === 'zh' ? (await untranslatedTexts(page)).map((text) => `not translated: ${text}`) : []),
  ];
}
