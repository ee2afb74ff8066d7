// From the form to queued cells, in Chromium with a real host: axes, errors, YAML both ways, preflight, start and undo.
// Runs under vitest.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { E2E_MISSING, Studio, VIEWPORTS } from './studio.ts';
import type { StudioWindow } from './studio.ts';

const PATIENCE = { timeout: 15_000 };
const DROPPED = `# Kept: a remark of the user's own.
name: dropped
base:
  model: builtin:models/chain.gguf # the built-in model
  data: { train: 'builtin:tasks/chain/train.jsonl', heldOut: 'builtin:tasks/chain/held-out.jsonl' }
  prompt: { kind: plain, text: '{question}' }
  grader: { name: regex, pattern: '#(?<answer>\\d+)$' }
  adapter: { kind: tinylora }
  learningRate: 0.01
  steps: 4
  promptsPerStep: 4
  samplesPerPrompt: 4
  maxCompletionTokens: 12
  evaluation: { problems: 16 }
grid:
  adapter.nTie: [21, 21, 5]
seeds: [0, 1]
`;

describe.skipIf(E2E_MISSING !== null)(`new sweep${E2E_MISSING === null ? '' : ` (${E2E_MISSING})`}`, () => {
  let studio: Studio;
  let window: StudioWindow;
  beforeAll(async () => {
    studio = await Studio.start();
    window = await studio.openWindow('/sweeps/new');
  });
  afterAll(() => studio.close());

  const start = (cells: number) =>
    window.page.getByRole('button', { name: cells === 1 ? 'Start 1 cell' : `Start ${cells} cells`, exact: true });
  const yamlText = async () => {
    await window.page.getByRole('button', { name: 'YAML', exact: true }).click();
    const lines = window.page.locator('.cm-line');
    await lines.first().waitFor();
    const text = (await lines.allTextContents()).join('\n');
    await window.page.getByRole('button', { name: 'Form', exact: true }).click();
    return text;
  };
  /** By a click: Enter takes the first entry, which is another one until the list has followed what was typed. */
  const command = async (name: string) => {
    await window.page.keyboard.press('Control+k');
    await window.page.getByRole('dialog').getByRole('combobox').fill(name);
    await window.page.getByRole('option', { name }).first().click();
    await window.page.getByRole('dialog').waitFor({ state: 'detached' });
  };
  const drop = async (name: string, text: string) => {
    const transfer = await window.page.evaluateHandle(
      ([fileName, content]) => {
        const data = new DataTransfer();
        data.items.add(new File([content], fileName));
        return data;
      },
      [name, text] as const,
    );
    await window.page.getByRole('heading', { level: 1 }).dispatchEvent('drop', { dataTransfer: transfer });
  };

  it('begins with a sweep that can be started, and says what it stands for', async () => {
    const { page } = window;
    await start(13).waitFor();
    await page.getByText('3 nTie × 2 learningRate × 2 seeds + 1 baseline').waitFor();
    await page.getByText('13 planned, 0 duplicates removed').waitFor();
    await page.getByText('21 modules, 1 group: 1 of 21.').waitFor();
    expect(await page.locator('.MuiButton-contained').count()).toBe(1);
    expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);
    await window.screenshot('new-sweep');
  });

  it('makes a setting an axis by a rule, and counts its cells', async () => {
    const { page } = window;
    await page.getByRole('button', { name: 'Add values: Learning rate' }).click();
    await page.getByRole('button', { name: 'Log range' }).click();
    await page.getByRole('textbox', { name: 'From' }).fill('0.001');
    await page.getByRole('textbox', { name: 'To', exact: true }).fill('0.1');
    await page.getByRole('textbox', { name: 'Count' }).fill('3');
    await page.getByText('3 values: 0.001, 0.01, 0.1').waitFor();
    await window.screenshot('new-sweep-axis');
    expect(await window.accessibilityViolations()).toEqual([]);
    await page.getByRole('button', { name: 'Use 3 values' }).click();
    await start(19).waitFor();
    const group = page.getByLabel('Adapter whose groups are shown');
    await group.selectOption({ label: 'numbers 5 · r 2 · u 1 · tiled 5' });
    await page.getByText('21 modules, 5 groups: 4 of 5, 1 of 1.').waitFor();
  });

  it('takes values away and adds them by keys', async () => {
    const { page } = window;
    const groups = page.getByRole('combobox', { name: 'Modules a group n_tie' });
    await groups.focus();
    await page.keyboard.press('Backspace');
    await start(13).waitFor();
    await page.keyboard.type('2');
    await page.keyboard.press('Enter');
    await start(19).waitFor();
  });

  it('names what is wrong under its field and leads to it', async () => {
    const { page } = window;
    const steps = page.getByRole('textbox', { name: 'Steps', exact: true });
    await steps.fill('many');
    const fix = page.getByRole('button', { name: 'Fix 1 field' });
    await fix.waitFor();
    await page.locator('[data-row="steps"]').getByText('is not valid').waitFor();
    await fix.click();
    await expect.poll(() => steps.evaluate((field) => field === document.activeElement)).toBe(true);
    expect(await window.accessibilityViolations()).toEqual([]);
    await steps.fill('60');
    await start(19).waitFor();
  });

  it('shows the prompt as the model sees it', async () => {
    const { page } = window;
    await page.getByRole('button', { name: 'Prompt preview' }).click();
    await page.getByText(/^\d+ tokens, plain text\.$/).waitFor();
    const prompt = page.getByRole('region', { name: 'Prompt of line 1' });
    expect(await prompt.textContent()).toBe('38+42+10');
    await page.getByRole('textbox', { name: 'Line', exact: true }).fill('2');
    await expect
      .poll(() => page.getByRole('region', { name: 'Prompt of line 2' }).textContent(), PATIENCE)
      .toBe('75+12+10');
  });

  it('takes a dropped recipe, brings the draft back by undo, and keeps remarks through the form', async () => {
    const { page } = window;
    await drop('dropped.yaml', DROPPED);
    await start(4).waitFor();
    await page.getByText('6 planned, 2 duplicates removed').waitFor();
    // Fields have their own undo.
    await page.getByRole('heading', { level: 1 }).focus();
    await page.keyboard.press('Control+z');
    await start(19).waitFor();
    await page.keyboard.press('Control+Shift+z');
    await start(4).waitFor();
    await page.getByRole('textbox', { name: 'Prompts a step' }).fill('8');
    const text = await yamlText();
    const unpadded = text.trim().replaceAll('[ ', '[').replaceAll(' ]', ']');
    expect(unpadded).toBe(DROPPED.trim().replace('promptsPerStep: 4', 'promptsPerStep: 8'));
  });

  it('keeps the draft over reload, language and theme', async () => {
    const { page } = window;
    await page.reload();
    await start(4).waitFor();
    expect(await page.getByRole('textbox', { name: 'Prompts a step' }).inputValue()).toBe('8');
    for (const theme of ['light', 'dark']) {
      await command(`Theme: ${theme}`);
      await page.locator(`html[data-theme="${theme}"]`).waitFor();
      for (const viewport of VIEWPORTS) {
        await page.setViewportSize(viewport);
        await window.screenshot(`new-sweep-${theme}-${viewport.width}`);
        expect(await window.fitsItsWidth()).toBe(true);
      }
      expect(await window.accessibilityViolations()).toEqual([]);
    }
    await page.setViewportSize(VIEWPORTS[1]);
    await command('Language: 简体中文');
    await page.getByRole('button', { name: '启动 4 个单元' }).waitFor();
    expect(await page.getByRole('textbox', { name: '每步提示词数' }).inputValue()).toBe('8');
    await window.screenshot('new-sweep-zh-dark');
    expect(await window.accessibilityViolations()).toEqual([]);
    await page.getByRole('button', { name: 'YAML', exact: true }).click();
    await page.locator('.cm-line').first().waitFor();
    await window.screenshot('new-sweep-yaml-dark');
    expect(await window.accessibilityViolations()).toEqual([]);
    await command('语言：English');
    await command('Theme: light');
    await start(4).waitFor();
  });

  it('names line and key of an error in YAML, and is well again', async () => {
    const { page } = window;
    await page.locator('.cm-line', { hasText: 'learningRate: 0.01' }).click();
    await page.keyboard.press('End');
    await page.keyboard.type('x');
    await page.getByRole('button', { name: 'Fix 1 field' }).waitFor();
    await page.getByRole('button', { name: 'line 9' }).waitFor();
    await page.getByText('base.learningRate', { exact: true }).waitFor();
    await page.locator('.cm-lint-marker-error').waitFor();
    expect(await window.accessibilityViolations()).toEqual([]);
    await window.screenshot('new-sweep-yaml-error');
    await page.keyboard.press('Backspace');
    await start(4).waitFor();
    await page.getByRole('button', { name: 'Form', exact: true }).click();
  });

  it('measures what the sweep costs', async () => {
    const { page } = window;
    await page.getByRole('button', { name: 'Measure', exact: true }).click();
    await page.getByText(/^Measured /).waitFor();
    await page.getByText(/done \d\d:\d\d/).waitFor();
    await page.getByText(/ memory, .* disk of .* free/).waitFor();
    await window.screenshot('new-sweep-measured');
  });

  it('starts with one click as many cells as it said, and takes them back', async () => {
    const { page } = window;
    await start(4).click();
    await page.getByText('4 cells queued', { exact: true }).first().waitFor();
    await page.getByRole('link', { name: /^Open s\d+$/ }).waitFor();
    await start(0).waitFor();
    await page.getByText('4 are done, running or queued already').waitFor();
    await window.screenshot('new-sweep-started');
    await page.getByRole('button', { name: 'Undo' }).last().click();
    await start(4).waitFor();
  });

  it('begins from a run', async () => {
    const { page } = window;
    await start(4).click();
    await page.getByRole('link', { name: /^Open s\d+$/ }).waitFor();
    const from = await studio.openWindow('/sweeps/new?from=r1');
    await from.page.getByText('from-r1').first().waitFor();
    expect(await from.page.getByRole('combobox', { name: 'Model', exact: true }).inputValue()).toBe(
      'builtin:models/chain.gguf',
    );
    await from.page.getByText('1 planned, 0 duplicates removed').waitFor();
    expect(from.problems).toEqual([]);
    await from.close();
  });

  it('has put nothing on the console and asked no other origin', () => {
    expect(window.problems).toEqual([]);
  });
});
