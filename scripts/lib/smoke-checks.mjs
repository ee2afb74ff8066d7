// What the smoke test looks at, in order; each check goes on where the one before left the app. For the smoke test.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { HostClient, readAddress } from '../../main/client/host-client.ts';
import { ElectronApp, until } from './electron-app.mjs';

/** A run that goes on until it is told otherwise. */
const RECIPE = `name: smoke
base:
  model: builtin:models/chain.gguf
  data: { train: builtin:tasks/chain/train.jsonl, heldOut: builtin:tasks/chain/held-out.jsonl }
  prompt: { kind: plain, text: '{question}' }
  grader: { name: regex, pattern: '#(?<answer>\\d+)$', mustEnd: true }
  adapter: { kind: tinylora, tying: all }
  learningRate: 0.03
  steps: 20000
  promptsPerStep: 4
  samplesPerPrompt: 4
  maxPromptTokens: 16
  maxCompletionTokens: 12
  evaluation: { problems: 16, samples: 1, greedy: true }
`;

function electronArguments({ folder, appFolder }) {
  const isRoot = process.getuid?.() === 0;
  return [
    `--user-data-dir=${join(folder, 'profile')}`,
    '--disable-gpu',
    '--lang=en-GB',
    // Chromium's own sandbox refuses to run as root; the renderer's restrictions in Electron stay.
    ...(isRoot ? ['--no-sandbox'] : []),
    appFolder,
  ];
}

function electronEnvironment({ folder, display }) {
  return {
    ...process.env,
    DISPLAY: display,
    TINYLORA_HOME: join(folder, 'home'),
    TINYLORA_SMOKE_NODE: process.execPath,
    ELECTRON_ENABLE_LOGGING: '1',
  };
}

const text = (page) => page.evaluate('document.body.innerText');
const runs = ({ client }) => client.call('listRuns', {});
const isVisible = (app) => app.inMain('electron.BrowserWindow.getAllWindows()[0].isVisible()');

async function opens(context) {
  const app = new ElectronApp({
    program: context.program,
    args: electronArguments(context),
    env: electronEnvironment(context),
  });
  context.app = app;
  await app.attach();
  await until('a visible window', () => isVisible(app));
  const windows = await app.inMain('electron.BrowserWindow.getAllWindows().map((w) => w.webContents.getURL())');
  assert.deepEqual(windows, ['app://studio/']);
}

async function isLocked({ app }) {
  const preferences = await app.inMain(
    '(({ contextIsolation, sandbox, nodeIntegration }) => ({ contextIsolation, sandbox, nodeIntegration: !!nodeIntegration }))' +
      '(electron.BrowserWindow.getAllWindows()[0].webContents.getLastWebPreferences())',
  );
  assert.deepEqual(preferences, { contextIsolation: true, sandbox: true, nodeIntegration: false });
  assert.equal(await app.page.evaluate('typeof require + typeof process + typeof module'), 'undefined'.repeat(3));
}

async function connects(context) {
  const { app } = context;
  await until('the page’s heading', () => app.page.evaluate("document.querySelector('h1') !== null"));
  await until('the connection', async () => (await text(app.page)).includes('Nothing is running'));
  const keys = await app.page.evaluate('Object.keys(desktop).sort().join()');
  assert.equal(keys, 'chooseFiles,chooseFolder,connection,notify,onHostStatus,onNavigate,pathOfFile');
  const { url, token } = await app.page.evaluate('desktop.connection()');
  const address = await readAddress(join(context.folder, 'home', 'host.json'));
  assert.equal(url, `ws://127.0.0.1:${address.port}/rpc`);
  assert.equal(token, address.token);
  context.picture('1-empty', await app.page.screenshot());
}

async function trains(context) {
  const home = join(context.folder, 'home');
  mkdirSync(home, { recursive: true });
  const recipePath = join(home, 'smoke.yaml');
  writeFileSync(recipePath, RECIPE);
  context.client = await HostClient.connect(home);
  await context.client.call('runSweep', { recipePath });
  await until('steps', async () => (await runs(context))[0]?.lastStep > 3);
  await until('the run in the page', async () => /step \d+/.test(await text(context.app.page)));
  await until('the sleep blocker', () =>
    context.app.inMain('[0, 1, 2].some((id) => electron.powerSaveBlocker.isStarted(id))'),
  );
  context.picture('2-training', await context.app.page.screenshot());
}

async function staysPut({ app }) {
  for (const target of ['https://example.org/', 'file:///etc/passwd', 'http://127.0.0.1:1/']) {
    await app.page.evaluate(`void (location.href = ${JSON.stringify(target)})`);
    await sleep(500);
    assert.equal(await app.page.evaluate('location.origin + location.pathname'), 'app://studio/');
  }
  await app.page.evaluate("void window.open('https://example.org/')");
  await sleep(500);
  assert.equal(await app.inMain('electron.BrowserWindow.getAllWindows().length'), 1);
}

async function isGrantedNothing({ app }) {
  const answers = await app.page.evaluate(`Promise.all([
    navigator.mediaDevices.getUserMedia({ audio: true }).then(() => 'granted', () => 'denied'),
    new Promise((resolve) => navigator.geolocation.getCurrentPosition(() => resolve('granted'), () => resolve('denied'))),
    Notification.requestPermission(),
    navigator.clipboard.readText().then(() => 'granted', () => 'denied'),
  ])`);
  assert.deepEqual(answers, ['denied', 'denied', 'denied', 'denied']);
}

async function loadsNothingElse({ app }) {
  const reached = "fetch('https://example.org/').then(() => 'reached', () => 'refused')";
  assert.equal(await app.page.evaluate(reached), 'refused');
  const inline = await app.page.evaluate(`(() => {
    const script = document.createElement('script');
    script.textContent = 'window.ranInline = true';
    document.head.append(script);
    return window.ranInline === true;
  })()`);
  assert.equal(inline, false);
}

async function refusesNonsense({ app }) {
  const answer = await app.page.evaluate("desktop.chooseFiles('secrets').catch((error) => error.message)");
  // Old Electrons put words of their own before a sentence that crosses the bridge.
  assert.match(answer, /chooseFiles was asked with something else than it takes\.$/);
}

async function isOneInstance(context) {
  const second = spawn(context.program, [...electronArguments(context), 'tinylora://runs/none'], {
    env: electronEnvironment(context),
    stdio: 'ignore',
  });
  const code = await new Promise((resolve) => second.once('exit', resolve));
  assert.equal(code, 0);
  await until('the link’s place', () => context.app.page.evaluate("location.pathname === '/runs/none'"));
  context.picture('3-deep-link', await context.app.page.screenshot());
  await context.app.page.evaluate('history.back()');
}

async function survivesItsHost(context) {
  const { pid } = context.client.address;
  process.kill(pid, 'SIGKILL');
  await context.client.closed;
  const home = join(context.folder, 'home');
  await until('a host of another process', async () => {
    const address = await readAddress(join(home, 'host.json'));
    return address !== null && address.pid !== pid;
  });
  context.client = await HostClient.connect(home);
  await until('the run going on', async () => (await runs(context))[0]?.state === 'running');
  await until('the page’s connection', async () => /step \d+/.test(await text(context.app.page)));
  context.picture('4-after-host-death', await context.app.page.screenshot());
}

/** The native dialog cannot be pressed from here: what it is asked with is kept, and its answer given. */
const answerDialog = (response) =>
  `(electron.dialog.showMessageBox = async (window, options) => { global.asked = options; return { response: ${response} }; }, true)`;

async function keepsRunningInTray(context) {
  const { app } = context;
  await app.inMain(answerDialog(0));
  await app.inMain('(electron.Tray.prototype.setToolTip = function () { global.tray = this; }, true)');
  await app.inMain('(electron.BrowserWindow.getAllWindows()[0].close(), true)');
  await until('the question', () => app.inMain('global.asked !== undefined'));
  const { message, buttons } = await app.inMain('global.asked');
  assert.equal(message, '1 run is training.');
  assert.deepEqual(buttons, ['Keep running in the tray', 'Pause and quit', 'Go back']);
  await until('a hidden window', async () => !(await isVisible(app)));
  assert.equal(await app.inMain('global.tray.isDestroyed()'), false);
  const [{ lastStep }] = await runs(context);
  await until('further steps', async () => (await runs(context))[0].lastStep > lastStep);
  await app.inMain("global.tray.emit('click')");
  await until('the window', () => isVisible(app));
}

async function quitsWhileTraining(context) {
  const { app } = context;
  await app.inMain(answerDialog(1));
  await app.inMain('(electron.app.quit(), true)');
  // A process of Node waits at its end for whoever inspects it.
  app.detach();
  assert.equal(await app.ended, 0);
  const home = join(context.folder, 'home');
  context.client.close();
  context.client = await HostClient.connect(home);
  const [run] = await runs(context);
  assert.equal(run.state, 'paused');
  assert.ok(run.lastStep > 3);
}

export const SMOKE_CHECKS = [
  ['opens a window with the app under its own scheme', opens],
  ['isolates and sandboxes its page', isLocked],
  ['hands the connection over through the preload; the page talks to the host', connects],
  ['shows a run that trains, and keeps the machine awake', trains],
  ['stays where it is and opens no windows', staysPut],
  ['is granted no permission', isGrantedNothing],
  ['loads from no other origin and runs no inline script', loadsNothingElse],
  ['refuses malformed requests', refusesNonsense],
  ['is one instance: a second one hands its link over', isOneInstance],
  ['starts its host again; the run goes on', survivesItsHost],
  ['keeps running in the tray when it is closed while training', keepsRunningInTray],
  ['pauses and quits', quitsWhileTraining],
];
