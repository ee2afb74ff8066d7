// `npm run screenshots`: pictures of every screen in docs/screenshots, through the real host and engine, in Chromium.
// Named SCREEN-STATE-THEME-WIDTH.png. Trains two sweeps on the built-in model first, some ten minutes on two cores.
//
//   npm run screenshots [-- --home FOLDER] [--only PATTERN]
//
// --home keeps what was trained for the next time; --only takes the pictures whose name matches.
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import type { RecipeSource } from '../../contracts/methods/sweeps.ts';
import { HostClient } from '../../main/client/host-client.ts';
import { writeFailedRuns } from '../fixtures/failed-runs.ts';
import { E2E_MISSING, Studio, VIEWPORTS } from './studio.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const OUT = join(ROOT, 'docs', 'screenshots');
const DEMO = join(ROOT, 'resources', 'recipes', 'demo.yaml');
const POLL_MS = 500;
const TRAINING_MS = 3_600_000;
/** Longer than toasts and transitions. */
const REST_MS = 600;
/** No disk has so much. */
const MORE_THAN_ANY_DISK_BYTES = '1000000000000000';
const RATES = `name: rates
description: 21, 5 and 1 numbers at three learning rates, two seeds
base:
  model: builtin:models/chain.gguf
  data: { train: 'builtin:tasks/chain/train.jsonl', heldOut: 'builtin:tasks/chain/held-out.jsonl' }
  prompt: { kind: plain, text: '{question}' }
  grader: { name: regex, pattern: '#(?<answer>\\d+)$', mustEnd: true }
  adapter: { kind: tinylora }
  learningRate: 0.01
  steps: 30
  promptsPerStep: 16
  samplesPerPrompt: 8
  maxPromptTokens: 16
  maxCompletionTokens: 12
  evaluation: { problems: 256, samples: 2, greedy: true }
grid:
  adapter.nTie: [1, 5, 21]
  learningRate: [0.003, 0.01, 0.03]
seeds: [0, 1]
baselines:
  - { label: untrained, adapter: { kind: none }, steps: 0 }
`;

type Theme = 'light' | 'dark';
type Width = (typeof VIEWPORTS)[number]['width'];
type Look = readonly [Theme, Width];

interface Picture {
  screen: string;
  state: string;
  path: string;
  looks?: readonly Look[];
  language?: 'en' | 'zh';
  /** Brings the page to where it is to be seen. */
  prepare?: (page: Page) => Promise<unknown>;
}

const ONE: readonly Look[] = [['light', 1280]];
const TWO: readonly Look[] = [...ONE, ['dark', 1280]];
const ALL: readonly Look[] = [...TWO, ['light', 1920], ['light', 900]];

const EMPTY: readonly Picture[] = [
  { screen: 'home', state: 'empty', path: '/', looks: ALL },
  { screen: 'runs', state: 'empty', path: '/runs' },
  { screen: 'compare', state: 'empty', path: '/compare' },
  { screen: 'pareto', state: 'empty', path: '/pareto' },
];
const FAILED: readonly Picture[] = [
  { screen: 'home', state: 'failed', path: '/', looks: TWO },
  { screen: 'run', state: 'failed', path: '/runs/r2', looks: TWO },
  { screen: 'run', state: 'lost', path: '/runs/r1' },
];
const BUSY: readonly Picture[] = [
  { screen: 'home', state: 'busy', path: '/', looks: ALL, prepare: seeCurve },
  { screen: 'sweep', state: 'busy', path: '/sweeps/s2', looks: TWO },
  { screen: 'playground', state: 'busy', path: '/playground' },
];
const PAUSED: readonly Picture[] = [{ screen: 'home', state: 'paused', path: '/', prepare: seeFronts }];
const DONE: readonly Picture[] = [
  { screen: 'home', state: 'chinese', path: '/', language: 'zh', prepare: seeFronts },
  { screen: 'new-sweep', state: 'form', path: '/sweeps/new', looks: [...TWO, ['light', 900]] },
  { screen: 'new-sweep', state: 'yaml', path: '/sweeps/new?view=yaml' },
  { screen: 'sweep', state: 'cells', path: '/sweeps/s2' },
  { screen: 'sweep', state: 'front', path: '/sweeps/s1?tab=front' },
  { screen: 'sweep', state: 'curves', path: '/sweeps/s1?tab=curves' },
  { screen: 'run', state: 'charts', path: '/runs/r7', looks: ALL },
  { screen: 'run', state: 'completions', path: '/runs/r7?tab=completions' },
  { screen: 'run', state: 'events', path: '/runs/r7?tab=events' },
  { screen: 'runs', state: 'done', path: '/runs', looks: ALL },
  { screen: 'compare', state: 'done', path: '/compare?runs=r1,r4,r7', looks: ALL },
  {
    screen: 'compare',
    state: 'curves',
    path: '/compare?runs=r1,r2,r3,r4,r5,r6,r7,r8,r9',
    prepare: scrollTo('metric', 'start'),
  },
  { screen: 'pareto', state: 'done', path: '/pareto?sweeps=s1', looks: ALL },
  { screen: 'pareto', state: 'settings', path: '/pareto?sweeps=s1', prepare: scrollTo('Importance') },
  { screen: 'playground', state: 'done', path: '/playground?a=base&b=r7&tokens=on', looks: TWO, prepare: ask },
  { screen: 'models', state: 'done', path: '/models' },
  { screen: 'model', state: 'done', path: '/models', prepare: follow('chain') },
  { screen: 'data', state: 'done', path: '/data' },
  { screen: 'data-set', state: 'done', path: '/data', prepare: follow('chain, train') },
  { screen: 'disk', state: 'done', path: '/disk' },
  { screen: 'settings', state: 'appearance', path: '/settings?tab=appearance', looks: TWO },
  { screen: 'doctor', state: 'done', path: '/doctor' },
  { screen: 'palette', state: 'open', path: '/', prepare: (page) => page.keyboard.press('Control+k') },
  { screen: 'shortcuts', state: 'open', path: '/', prepare: (page) => page.keyboard.press('Shift+?') },
];
const LOW_DISK: readonly Picture[] = [{ screen: 'home', state: 'low-disk', path: '/' }];
const HOST_GONE: readonly Picture[] = [{ screen: 'home', state: 'host-gone', path: '/' }];

const { values: args } = parseArgs({ options: { home: { type: 'string' }, only: { type: 'string', default: '' } } });
const wanted = new RegExp(args.only);

function scrollTo(text: string, block: ScrollLogicalPosition = 'center') {
  return async (page: Page) => {
    const place = page.getByText(text, { exact: true }).last();
    await place.waitFor();
    await place.evaluate((element, edge) => element.scrollIntoView({ block: edge }), block);
  };
}

function follow(name: string) {
  return async (page: Page) => {
    const from = page.url();
    await page.getByRole('link', { name, exact: true }).click();
    await page.waitForURL((url) => url.href !== from);
  };
}

/** Of the recent sweeps, which are computed after the page stands. */
async function seeFronts(page: Page): Promise<void> {
  await page.locator('table').getByRole('img').nth(1).waitFor({ timeout: 120_000 });
}

async function seeCurve(page: Page): Promise<void> {
  await seeFronts(page);
  await page.getByRole('img', { name: /^Reward of the last/ }).waitFor({ timeout: 120_000 });
}

/** A held-out problem, and the answers of both sides. */
async function ask(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Use a held-out problem' }).click();
  await page.getByRole('menuitem', { name: /^of r\d+$/ }).click();
  await page.getByText('the right answer is').waitFor();
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByText(/A (right|wrong), B (right|wrong)/).waitFor({ timeout: 120_000 });
}

/** @param interrupt what is done once the page stands, before it is taken */
async function take(
  studio: Studio,
  client: HostClient,
  pictures: readonly Picture[],
  interrupt?: () => Promise<void>,
): Promise<void> {
  for (const { screen, state, path, looks = ONE, language = 'en', prepare } of pictures) {
    for (const [theme, width] of looks) {
      const name = `${screen}-${state}-${theme}-${width}.png`;
      if (!wanted.test(name)) continue;
      await client.call('setPreferences', { theme, language });
      const viewport = VIEWPORTS.find((size) => size.width === width) ?? VIEWPORTS[1];
      const window = await studio.openWindow(path, { viewport });
      const { page } = window;
      await page.locator(`html[data-theme="${theme}"][lang^="${language}"]`).waitFor();
      await prepare?.(page);
      await interrupt?.();
      await page.mouse.move(0, 0);
      // What loads may first appear when something else is there.
      for (let round = 0; round < 2; round++) {
        await sleep(REST_MS);
        await page.waitForFunction(() => document.querySelector('[aria-busy="true"]') === null);
      }
      await page.evaluate(() => document.fonts.ready.then(() => undefined));
      const file = join(OUT, name);
      await page.screenshot({ path: file });
      console.log(`${name}: ${Math.round((await stat(file)).size / 1000)} KB`);
      await window.close();
    }
  }
}

async function withStudio(
  home: string | null,
  environment: NodeJS.ProcessEnv,
  work: (studio: Studio, client: HostClient) => Promise<void>,
): Promise<void> {
  const studio = await Studio.start({ ...(home === null ? {} : { home }), environment });
  const client = await HostClient.connect(studio.home);
  try {
    await work(studio, client);
  } finally {
    client.close();
    await studio.close();
  }
}

async function waitUntil(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadlineMs = Date.now() + TRAINING_MS;
  while (!(await isSo())) {
    if (Date.now() > deadlineMs) throw new Error(`Not within ${TRAINING_MS / 60_000} minutes: ${what}.`);
    await sleep(POLL_MS);
  }
}

/** Starts the sweep where the folder has none of that name, and waits for a share of its cells. */
async function trainUntil(client: HostClient, name: string, recipe: RecipeSource, share: number): Promise<void> {
  const found = async () => (await client.call('listSweeps', {})).find((sweep) => sweep.name === name);
  if ((await found()) === undefined) await client.call('runSweep', recipe);
  await waitUntil(`enough cells of ${name} are done`, async () => {
    const sweep = await found();
    return sweep !== undefined && (sweep.cellsByState.done ?? 0) >= share * sweep.cells;
  });
}

/** The demo to its end, the other sweep half-way: what is not there yet is trained. */
async function trainedStudio(studio: Studio, client: HostClient): Promise<void> {
  await client.call('resumeQueue', {});
  await trainUntil(client, 'demo', { recipePath: DEMO }, 1);
  await trainUntil(client, 'rates', { recipeText: RATES }, 0.5);
  const running = async () => (await client.call('listQueue', { limit: 1 })).running[0]?.run;
  await waitUntil('a run has made steps', async () => ((await running())?.lastStep ?? 0) > 4);
  const number = (await running())?.number;
  await take(studio, client, [{ screen: 'run', state: 'busy', path: `/runs/r${number}` }, ...BUSY]);
  await client.call('pauseAll', {});
  await waitUntil('all is paused', async () => (await running()) === undefined);
  await take(studio, client, PAUSED);
  await take(studio, client, DONE);
}

if (E2E_MISSING !== null) throw new Error(E2E_MISSING);
await mkdir(OUT, { recursive: true });
await withStudio(null, {}, (studio, client) => take(studio, client, EMPTY));
await withStudio(null, { TINYLORA_LOW_DISK_BYTES: MORE_THAN_ANY_DISK_BYTES }, async (studio, client) => {
  await client.call('runSweep', { recipePath: DEMO });
  await take(studio, client, LOW_DISK);
});
const failedHome = await mkdtemp(join(tmpdir(), 'tinylora-failed-'));
writeFailedRuns(failedHome);
await withStudio(failedHome, {}, async (studio, client) => {
  await take(studio, client, FAILED);
  await take(studio, client, HOST_GONE, () => studio.killHost());
});
await rm(failedHome, { recursive: true });
await withStudio(args.home === undefined ? null : resolve(args.home), {}, trainedStudio);
