// Runs side by side in Chromium, on a real host over a store with many finished runs. Runs under vitest.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CompletionRow } from '../../contracts/engine-protocol.ts';
import { dataFolderPaths, makeDataFolder } from '../../main/core/data-folder.ts';
import { SqliteStore } from '../../main/store/store.ts';
import { SMALL_SCALE, writeScaleFixture } from '../fixtures/scale-store.ts';
import { E2E_MISSING, Studio } from './studio.ts';
import type { StudioWindow } from './studio.ts';

/** Two settings, 210 numbers with lr 0.001 and lr 0.03, of two seeds each. */
const COMPARED = ['done-0', 'done-1', 'done-12', 'done-13'] as const;
const LAST_STEP = 114;

function answer(promptIndex: number, isRight: boolean): CompletionRow {
  return {
    ...{ step: LAST_STEP, phase: 'evaluation-greedy', promptIndex, sampleIndex: 0 },
    prompt: `Which of these numbers is the smallest? ${promptIndex + 1}1 12 47 20`,
    ...{ text: isRight ? '12' : '47', gold: '12', extracted: isRight ? '12' : '47', reward: isRight ? 1 : 0 },
    ...{ advantage: null, tokenCount: 2, finishReason: 'end', tokens: null },
  };
}

function writeStore(home: string): void {
  const paths = dataFolderPaths(home);
  makeDataFolder(paths);
  const store = new SqliteStore(paths.database);
  // No run waits: none is to train while these are compared.
  writeScaleFixture(store, { ...SMALL_SCALE, sweepCells: 0, curveRuns: 0, longSteps: 100 });
  store.transaction(() => {
    for (const [index, runId] of COMPARED.entries()) {
      const height = index < 2 ? 0.3 : 0.8;
      for (let step = 1; step < LAST_STEP; step++)
        store.metrics.append(runId, step, { 'reward/mean': height * (1 - Math.exp(-step / 30)) + 0.02 * (index % 2) });
      store.completions.append(
        runId,
        [0, 1, 2].map((prompt) => answer(prompt, index >= 2)),
      );
    }
  });
  store.close();
}

describe.skipIf(E2E_MISSING !== null)(`compare${E2E_MISSING === null ? '' : ` (${E2E_MISSING})`}`, () => {
  let home: string;
  let studio: Studio;
  let window: StudioWindow;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'tinylora-compare-'));
    writeStore(home);
    studio = await Studio.start({ home });
    window = await studio.openWindow('/compare');
  });
  afterAll(async () => {
    await studio.close();
    await rm(home, { recursive: true, force: true });
  });

  const go = async (path: string) => {
    const { port } = await studio.address();
    await window.page.goto(`http://127.0.0.1:${port}${path}`);
    await window.page.getByRole('heading', { level: 1 }).waitFor();
  };
  /** Until every result is there. */
  const compared = async () => {
    await window.page.getByRole('row').nth(3).waitFor();
    await window.page.waitForFunction(() => !/computing|计算中/.test(document.body.innerText));
  };
  const row = (name: RegExp) => window.page.getByRole('row', { name });

  it('says what to do without runs, and adds them', async () => {
    const { page } = window;
    await page.getByText('Choose runs to compare.').waitFor();
    await page.getByRole('link', { name: 'Open Runs' }).waitFor();
    expect(await window.accessibilityViolations()).toEqual([]);
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('combobox', { name: 'Find runs' }).fill('lr 0.03 s0 done');
    await page.getByRole('option').first().click();
    await page.getByRole('button', { name: 'Add 1 run', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'Compare 1' }).waitFor();
  });

  it('sets runs side by side: differing settings, accuracies, paired differences', async () => {
    const { page } = window;
    await go('/compare?runs=done-0,done-12');
    await page.getByText(/differing only \(1 of \d+\)/).waitFor();
    await compared();
    expect(
      await row(/^learningRate/)
        .getByRole('cell')
        .allTextContents(),
    ).toEqual(['0.001', '0.03']);
    const [first, second] = await row(/^sampled last/)
      .getByRole('cell')
      .allTextContents();
    expect(first).toMatch(/^\d+\.\d% \[\d+\.\d, \d+\.\d\]n 512, Wilson 95%, 1 run$/);
    expect(second).toMatch(/Wilson/);
    const differences = await row(/^sampled, difference/)
      .getByRole('cell')
      .allTextContents();
    expect(differences[0]).toBe('–');
    expect(differences[1]).toMatch(/^\+\d+\.\d pt \[\d+\.\d, \d+\.\d\] \*interval excludes 0, Holm p/);
    await page
      .getByText(/paired bootstrap over 512 problems, 10,000 resamples, seed 0; Holm over 1 comparison/)
      .waitFor();
    await page.getByRole('checkbox', { name: /differing only/ }).click();
    await row(/^adapter\.kind/).waitFor();
    expect(await page.getByRole('checkbox', { name: /differing only/ }).isChecked()).toBe(false);
    expect(await page.locator('.MuiButton-contained').count()).toBe(1);
    expect(await page.locator('h1').count()).toBe(1);
  });

  it('shows the same prompt of each run, and remembers which', async () => {
    const { page } = window;
    await go('/compare?runs=done-0,done-12');
    const answers = page.getByRole('list', { name: 'Same prompt' }).getByRole('listitem');
    await answers.first().waitFor();
    expect(await answers.filter({ hasText: '0/1 right, step 114' }).count()).toBe(1);
    expect(await answers.filter({ hasText: '1/1 right, step 114' }).count()).toBe(1);
    await page.getByRole('button', { name: 'Next prompt' }).click();
    await page.waitForURL(/prompt=1/);
    await page.reload();
    await page.getByText('Which of these numbers is the smallest? 21 12 47 20', { exact: true }).waitFor();
  });

  it('averages groups over their seeds, reads curves at a step, leaves out a side and takes that back', async () => {
    const { page } = window;
    await go(`/compare?runs=${COMPARED.join(',')}&group=learningRate&at=30`);
    await page.getByRole('columnheader', { name: /learningRate 0\.03/ }).waitFor();
    await compared();
    expect(
      await row(/^sampled last/)
        .getByRole('cell')
        .last()
        .textContent(),
    ).toMatch(/t over runs 95%, mean of 2 runs$/);
    const [low, high] = await row(/^reward\/mean/)
      .getByRole('cell')
      .allTextContents();
    expect(low).toMatch(/^0\.200 \[.*\]at step 30, mean of 2 runs$/);
    expect(high).toMatch(/^0\.516 \[.*\]at step 30, mean of 2 runs$/);
    await page.getByRole('button', { name: 'Seeds', exact: true }).click();
    await page.waitForURL(/seeds=on/);
    await page.getByRole('button', { name: 'Leave out learningRate 0.001' }).click();
    await page.getByRole('heading', { level: 1, name: 'Compare 2' }).waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('heading', { level: 1, name: 'Compare 4' }).waitFor();
  });

  it('exports the comparison with all digits', async () => {
    const { page } = window;
    await compared();
    await page.getByRole('button', { name: 'Export', exact: true }).click();
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('menuitem', { name: 'CSV' }).click(),
    ]);
    const text = await readFile(await file.path(), 'utf8');
    expect(text).toMatch(/^setting,learningRate 0\.001,learningRate 0\.03\r\n/);
    expect(text).toContain('learningRate,0.001,0.03\r\n');
    expect(text).toMatch(/\nsampled accuracy,0\.\d+,0\.\d+\r\n/);
  });

  it('compares without a limit; colours then follow one setting', async () => {
    const { page } = window;
    const ids = Array.from({ length: 120 }, (_, index) => `done-${index}`);
    await go(`/compare?runs=${ids.join(',')}`);
    await page.getByRole('heading', { level: 1, name: 'Compare 120' }).waitFor();
    await page.getByRole('combobox', { name: 'colour' }).waitFor();
    await page
      .getByText(/1,000 resamples, seed 0; Holm over 119 comparisons/)
      .first()
      .waitFor();
    expect(await page.getByRole('columnheader').count()).toBeLessThan(30);
    expect(await window.fitsItsWidth()).toBe(true);
    expect(window.problems).toEqual([]);
  });
});
