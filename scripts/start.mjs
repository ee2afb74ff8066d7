// `npm start`: opens the app. In Electron where its program is there, else the same pages in a browser window, and says which.
//
//   npm start                       npx install-electron brings Electron's program
//   npm start -- --browser          in a browser, whether Electron is there or not
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { APP_FOLDER, buildShell } from './lib/build-shell.mjs';
import { electronBinary } from './lib/electron-binary.mjs';
import { hasProgram, repositoryRoot } from './lib/process.mjs';

const ADDRESS = /http:\/\/\S+#token=[0-9a-f]+/;
/** Browsers that can show one page as a window of its own. */
const APP_WINDOW_BROWSERS = ['chromium', 'chromium-browser', 'google-chrome', 'microsoft-edge', 'brave-browser'];
const OPENERS = { darwin: ['open'], win32: ['cmd', '/c', 'start', ''], linux: ['xdg-open'] };

const { values } = parseArgs({ options: { browser: { type: 'boolean', default: false } } });
const electron = values.browser ? null : electronBinary();
if (electron !== null) await openInElectron(electron);
else await openInBrowser();

async function openInElectron(program) {
  await buildShell();
  say(`Opening the studio in Electron (${program}).`);
  const { status } = spawnSync(program, [APP_FOLDER], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
}

async function openInBrowser() {
  if (!values.browser) {
    say('Electron’s program is not installed (npx install-electron brings it): the same app opens in a browser.');
  }
  const command = join(repositoryRoot, 'main', 'cli', 'tinylora.mjs');
  const serve = spawn(process.execPath, [command, 'serve'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => serve.once('exit', resolve));
  // Ctrl-C reaches it too: it ends the host, and then this process ends.
  process.on('SIGINT', () => undefined);
  process.once('SIGTERM', () => serve.kill('SIGTERM'));
  let output = '';
  let isOpen = false;
  let closeWindow = () => undefined;
  serve.stdout.on('data', (chunk) => {
    process.stdout.write(chunk);
    output += chunk;
    const address = isOpen ? null : ADDRESS.exec(output);
    if (address === null) return;
    isOpen = true;
    closeWindow = showPage(address[0], () => serve.kill('SIGINT'));
  });
  process.exitCode = (await ended) ?? 1;
  closeWindow();
}

/**
 * @param {string} address
 * @param {() => void} onClose called when a window of our own is closed; a tab of the user's browser says nothing
 * @returns {() => void} closes a window of our own
 */
function showPage(address, onClose) {
  const hasScreen = process.platform !== 'linux' || process.env.DISPLAY || process.env.WAYLAND_DISPLAY;
  if (!hasScreen) {
    say('There is no screen here: open the address in a browser, through an SSH tunnel if need be (see README).');
    return () => undefined;
  }
  const browser = APP_WINDOW_BROWSERS.find(hasProgram);
  if (browser !== undefined) return openAppWindow(browser, address, onClose);
  openTab(address);
  return () => undefined;
}

function openAppWindow(browser, address, onClose) {
  say(`Opening the studio in a window of ${browser}.`);
  // A profile of its own: else an open browser takes over the window, and its closing is not seen.
  const profile = mkdtempSync(join(tmpdir(), 'tinylora-window-'));
  const isRoot = process.getuid?.() === 0;
  const window = spawn(
    browser,
    [
      `--app=${address}`,
      `--user-data-dir=${profile}`,
      '--no-first-run',
      '--window-size=1280,800',
      ...(isRoot ? ['--no-sandbox'] : []),
    ],
    { stdio: 'ignore' },
  );
  window.once('error', (error) => say(`${browser} could not be started: ${error.message}`));
  window.once('exit', () => {
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    onClose();
  });
  return () => window.kill();
}

function openTab(address) {
  const [opener, ...args] = OPENERS[process.platform] ?? OPENERS.linux;
  say('Opening the studio in your browser; Ctrl-C here ends it.');
  spawn(opener, [...args, address], { stdio: 'ignore' }).once('error', () => say('Open the address in a browser.'));
}

function say(text) {
  process.stderr.write(`${text}\n`);
}
