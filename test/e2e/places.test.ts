// Models, downloads, data, disk, settings and playground, in Chromium on a real host and engine. Runs under vitest.
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HostClient } from '../../main/client/host-client.ts';
import { E2E_MISSING, Studio } from './studio.ts';
import type { StudioWindow } from './studio.ts';

const MODELS_FOLDER = join(import.meta.dirname, '..', '..', 'resources', 'models');
const PROBLEMS = [
  '{"question": "What is 2+3?", "answer": "5"}',
  '{"question": "What is 4+4?", "answer": "8"}',
  '{"question": "What is 9-2?"}',
].join('\n');
/** Of the served file, before the first download is left hanging. */
const FIRST_BYTES = 1_000_000;

describe.skipIf(E2E_MISSING !== null)(`places${E2E_MISSING === null ? '' : ` (${E2E_MISSING})`}`, () => {
  let studio: Studio;
  let client: HostClient;
  let window: StudioWindow;
  let modelPath: string;
  beforeAll(async () => {
    studio = await Studio.start();
    client = await HostClient.connect(studio.home);
    window = await studio.openWindow('/models');
    const [name = ''] = (await readdir(MODELS_FOLDER)).filter((file) => file.endsWith('.gguf'));
    modelPath = join(MODELS_FOLDER, name);
  });
  afterAll(async () => {
    client.close();
    await studio.close();
  });

  /** Within the app, as a click does. */
  const go = async (path: string) => {
    const { port } = await studio.address();
    await window.page.goto(`http://127.0.0.1:${port}${path}`);
    await window.page.getByRole('heading', { level: 1 }).waitFor();
  };

  /** Until nothing is loading. */
  const settled = () => window.page.waitForFunction(() => document.querySelector('[aria-busy="true"]') === null);

  it('takes a dropped model and deletes it only after naming what goes', async () => {
    const { page } = window;
    await go('/models');
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Add files' }).click();
    await (
      await chooser
    ).setFiles({
      name: 'copy.gguf',
      mimeType: 'application/octet-stream',
      buffer: await readFileOf(modelPath),
    });
    await page.getByText('copy.gguf added').first().waitFor();
    const row = page.getByRole('row').filter({ has: page.getByRole('button', { name: /^Remove / }) });
    await row.getByRole('button', { name: /^Remove / }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('copy.gguf').first().waitFor();
    await dialog.getByText('Runs, results and trained adapters').waitFor();
    expect(await window.accessibilityViolations()).toEqual([]);
    await dialog.getByRole('button', { name: /^Delete file/ }).click();
    await row.waitFor({ state: 'detached' });
  });

  it('pauses and resumes a download, and adds nothing whose checksum differs', async () => {
    const { page } = window;
    const { server, address, release } = await slowServer(modelPath);
    try {
      await go('/models');
      await addAddress(`${address}/slow.gguf`);
      await page.getByRole('button', { name: 'Pause, slow.gguf' }).click();
      await page.getByText(/^Paused at/).waitFor();
      release();
      await page.getByRole('button', { name: 'Resume, slow.gguf' }).click();
      await page.getByText(/^Done,/).waitFor();

      await addAddress(`${address}/wrong.gguf`, '0'.repeat(64));
      await page.getByText('Checksum differs. Not added.').waitFor();
      await page.getByRole('button', { name: 'Download again, wrong.gguf' }).waitFor();
      expect(await window.accessibilityViolations()).toEqual([]);
      await window.screenshot('places-downloads');
      await page.getByRole('button', { name: 'Cancel, wrong.gguf' }).click();
      await page.getByText('Checksum differs. Not added.').waitFor({ state: 'detached' });
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });

  it('checks the answers of a dropped data set and names the line', async () => {
    const { page } = window;
    await go('/data');
    await settled();
    await page.evaluate((text) => {
      const files = new DataTransfer();
      files.items.add(new File([text], 'sums.jsonl'));
      document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: files, bubbles: true, cancelable: true }));
    }, PROBLEMS);
    await page.getByRole('link', { name: 'sums.jsonl' }).click();
    await page.getByRole('heading', { level: 1, name: 'sums.jsonl' }).waitFor();
    await page.getByText(/^\d+ tokens$/).waitFor();
    await page.getByRole('button', { name: 'Check answers' }).click();
    await page.getByText('1 of 3 rows have no answer: line 3').waitFor();
    await page.getByRole('button', { name: 'Show line 3' }).click();
    await page.getByRole('heading', { name: 'Line 3' }).waitFor();
    await page.waitForURL('**line=3');
    await settled();
    expect(await window.accessibilityViolations()).toEqual([]);
    await window.screenshot('places-data-set');
  });

  it('opens a recipe that is dropped anywhere', async () => {
    const { page } = window;
    await go('/data');
    await settled();
    await page.evaluate(() => {
      const files = new DataTransfer();
      files.items.add(new File(['name: dropped-here\nbase: {}\n'], 'mine.yaml'));
      document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: files, bubbles: true, cancelable: true }));
    });
    await page.waitForURL('**/sweeps/new**');
    await page.getByText('dropped-here').first().waitFor();
  });

  it('compares base and trained model on a held-out problem', async () => {
    const { page } = window;
    await go('/');
    await page.getByRole('button', { name: 'Run the demo sweep' }).click();
    await page
      .getByRole('contentinfo')
      .getByText(/step [1-9]\d*\/60/)
      .waitFor({ timeout: 60_000 });
    await page.getByRole('button', { name: 'Pause after current' }).click();
    await page.getByRole('button', { name: 'Pause', exact: true }).click();
    const stateOfRun = async () => (await client.call('showRun', { id: 'r1', completions: 0 })).run.state;
    await expect.poll(stateOfRun, { timeout: 60_000 }).toBe('paused');
    await go('/playground?b=r1&tokens=on');
    await page.getByRole('button', { name: 'Use a held-out problem' }).click();
    await page.getByRole('menuitem', { name: 'of r1' }).click();
    await page.getByText('the right answer is').waitFor();
    await page.getByRole('button', { name: 'Send' }).click();
    const conversation = page.getByRole('region', { name: 'Conversation' });
    await expect.poll(() => conversation.innerText(), { timeout: 60_000 }).toMatch(/A (right|wrong), B (right|wrong)/);
    await expect.poll(() => page.getByRole('img', { name: /^log-prob/ }).count()).toBeGreaterThan(1);
    // The pointer rests on Send, whose hint lies above the page.
    await page.mouse.move(0, 0);
    await page.getByRole('tooltip').waitFor({ state: 'detached' });
    expect(await window.accessibilityViolations()).toEqual([]);
    await window.screenshot('places-playground');
  });

  it('answers a first message as the playground stands when it is opened', async () => {
    const { page } = window;
    await go('/playground');
    const message = page.getByRole('textbox', { name: 'Message' });
    await message.fill('3+4=');
    await message.press('Control+Enter');
    const conversation = page.getByRole('region', { name: 'Conversation' });
    await conversation.getByText(/ended by itself|ended at a stop text|cut at max tokens/).waitFor({ timeout: 60_000 });
    const { pid } = await client.call('playgroundState', {});
    if (pid === null) throw new Error('The playground has no process.');
    process.kill(pid, 'SIGKILL');
    await page.getByText('The playground stopped. Training was not touched.').waitFor();
    await page.getByRole('button', { name: 'What it said last' }).click();
    await page.getByText(/SIGKILL/).waitFor();
    expect(await window.accessibilityViolations()).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Restart playground' }).click();
    await page.getByText('The playground stopped.').waitFor({ state: 'detached' });
  });

  it('brings back what was removed, and backs up', async () => {
    const { page } = window;
    await go('/');
    await page.locator('ol li').last().getByRole('button').last().click();
    await page.getByRole('menuitem', { name: 'Remove' }).click();
    await go('/disk');
    await page.getByRole('button', { name: /^Restore r/ }).click();
    await page
      .getByText(/^r\d+ .* restored$/)
      .first()
      .waitFor();
    await page.getByText('Nothing was removed in the last 30 days.').waitFor();
    await page.getByLabel('Recipe').click();
    await page.getByRole('option', { name: 'demo', exact: true }).click();
    await page.getByText(/of 9 cells/).waitFor();
    await window.screenshot('places-disk');
    await go('/settings?tab=folder');
    await page.getByRole('button', { name: 'Back up now' }).click();
    await page
      .getByText(/^Backed up:/)
      .first()
      .waitFor();
    await page.getByRole('table', { name: 'Backups' }).waitFor();
    expect(await window.accessibilityViolations()).toEqual([]);
    expect(window.problems).toEqual([]);
  });

  const addAddress = async (address: string, sha256 = '') => {
    const { page } = window;
    await page.getByRole('button', { name: 'Add from address' }).click();
    await page.getByLabel('Address or path').fill(address);
    await page.getByLabel('SHA-256 (optional)').fill(sha256);
    await page.getByRole('button', { name: 'Add model' }).click();
  };
});

async function readFileOf(path: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of createReadStream(path)) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Serves one file under every name, with ranges; stops after the first bytes until it is released. */
async function slowServer(path: string): Promise<{ server: Server; address: string; release: () => void }> {
  const { size } = await stat(path);
  let isReleased = false;
  const server = createServer((request, response) => {
    const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const isPart = request.headers.range !== undefined;
    response.writeHead(isPart ? 206 : 200, {
      'content-length': size - start,
      'accept-ranges': 'bytes',
      etag: '"one"',
      ...(isPart ? { 'content-range': `bytes ${start}-${size - 1}/${size}` } : {}),
    });
    if (request.method === 'HEAD') response.end();
    else if (isReleased) createReadStream(path, { start }).pipe(response);
    else createReadStream(path, { start, end: start + FIRST_BYTES }).pipe(response, { end: false });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    server,
    address: `http://127.0.0.1:${port}`,
    release: () => {
      isReleased = true;
    },
  };
}
