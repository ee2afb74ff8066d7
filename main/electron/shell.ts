// Puts the desktop shell together: one window, its host, and what happens when either of them goes.
import { app, dialog, powerSaveBlocker } from 'electron';
import type { BrowserWindow, Event, Tray } from 'electron';
import type { HostStatus } from '../../contracts/desktop-bridge.ts';
import { AttendedHost } from '../client/attended-host.ts';
import type { HostProcessStarter } from '../client/attended-host.ts';
import { dataFolder } from '../core/data-folder.ts';
import { installBridge, showNotification, tellPage } from './bridge.ts';
import { LINK_SCHEME, linkedRoute } from './deep-link.ts';
import { HostLink } from './host-link.ts';
import { createTray, setMenu } from './menus.ts';
import { declareScheme, servePages } from './pages.ts';
import { createWindow, lockDown } from './window.ts';
import { shellWords } from './words.ts';
import type { ShellWords } from './words.ts';

/** Starts the app, or hands over to the instance that runs. @param startHost how the host's process is made */
export function startShell(startHost: HostProcessStarter): void {
  if (!app.requestSingleInstanceLock()) {
    app.quit();
    return;
  }
  declareScheme();
  app.setAsDefaultProtocolClient(LINK_SCHEME);
  app.on('web-contents-created', (_event, contents) => lockDown(contents));
  let shell: Shell | null = null;
  let firstRoute = linkedRoute(process.argv) ?? '/';
  // macOS brings links this way, maybe before there is a window.
  app.on('open-url', (event, url) => {
    event.preventDefault();
    const route = linkedRoute([url]);
    if (route !== null && shell !== null) shell.open(route);
    else firstRoute = route ?? firstRoute;
  });
  app.on('second-instance', (_event, commandLine) => shell?.open(linkedRoute(commandLine)));
  app.on('activate', () => shell?.open(null));
  void app.whenReady().then(() => {
    servePages();
    shell = new Shell(startHost, firstRoute);
  });
}

class Shell {
  readonly #words: ShellWords;
  readonly #window: BrowserWindow;
  readonly #link: HostLink;
  #status: HostStatus = { state: 'starting' };
  #tray: Tray | null = null;
  #sleepBlocker: number | null = null;
  #leaving: 'no' | 'asked' | 'yes' = 'no';

  constructor(startHost: HostProcessStarter, route: string) {
    this.#words = shellWords(app.getLocale());
    this.#window = createWindow(route);
    this.#link = new HostLink({
      home: dataFolder(),
      host: new AttendedHost(startHost),
      words: this.#words,
      onStatus: (status) => this.#tellStatus(status),
      onTraining: (count) => this.#keepAwake(count > 0),
    });
    const open = (place: string): void => this.open(place);
    installBridge(this.#window, { connection: () => this.#link.connection(), open });
    setMenu(this.#words, open);
    this.#window.webContents.on('did-finish-load', () => tellPage(this.#window, 'hostStatus', this.#status));
    this.#window.on('close', (event) => this.#onClose(event));
    app.on('before-quit', (event) => this.#onQuit(event));
  }

  /** Brings the window to the front. @param route where to go in it; null: it stays where it is */
  open(route: string | null): void {
    if (this.#window.isMinimized()) this.#window.restore();
    this.#window.show();
    this.#window.focus();
    if (route !== null) tellPage(this.#window, 'navigate', route);
  }

  #tellStatus(status: HostStatus): void {
    this.#status = status;
    tellPage(this.#window, 'hostStatus', status);
    if ('message' in status) {
      showNotification({ title: app.name, body: status.message, route: '/' }, (route) => this.open(route));
    }
  }

  #keepAwake(isTraining: boolean): void {
    if (isTraining && this.#sleepBlocker === null) {
      this.#sleepBlocker = powerSaveBlocker.start('prevent-app-suspension');
    } else if (!isTraining && this.#sleepBlocker !== null) {
      powerSaveBlocker.stop(this.#sleepBlocker);
      this.#sleepBlocker = null;
    }
  }

  #onClose(event: Event): void {
    if (this.#leaving === 'yes') return;
    event.preventDefault();
    // There the app stays in the dock, as its users expect.
    if (process.platform === 'darwin' && this.#leaving === 'no') this.#window.hide();
    else app.quit();
  }

  #onQuit(event: Event): void {
    if (this.#leaving === 'yes') return;
    event.preventDefault();
    if (this.#leaving === 'asked') return;
    this.#leaving = 'asked';
    void this.#leave().catch(() => this.#end());
  }

  async #leave(): Promise<void> {
    // A host that somebody else started goes on without this app.
    const choice = this.#link.isOwner && this.#link.trainingCount > 0 ? await this.#ask() : 'quit';
    if (choice === 'keep') {
      this.#tray ??= createTray(this.#words, () => this.open(null));
      this.#window.hide();
    }
    if (choice === 'keep' || choice === 'back') {
      this.#leaving = 'no';
      return;
    }
    if (choice === 'pause') await this.#link.pauseAll();
    await this.#end();
  }

  async #ask(): Promise<'keep' | 'pause' | 'back'> {
    const { keepRunning, pauseAndQuit, goBack, training, trainingDetail } = this.#words;
    this.open(null);
    const { response } = await dialog.showMessageBox(this.#window, {
      type: 'question',
      message: training(this.#link.trainingCount),
      detail: trainingDetail,
      buttons: [keepRunning, pauseAndQuit, goBack],
      defaultId: 0,
      cancelId: 2,
      noLink: true,
    });
    return (['keep', 'pause', 'back'] as const)[response] ?? 'back';
  }

  async #end(): Promise<void> {
    await this.#link.stop();
    this.#leaving = 'yes';
    this.#tray?.destroy();
    app.quit();
  }
}
