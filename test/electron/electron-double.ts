// Stands in for Electron in tests of the shell. Each member satisfies Electron's own type, so that neither the shell nor
// this double can use what Electron does not have. Messages are cloned on their way, as between Electron's processes.
import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import type * as Electron from 'electron';

type Answer = (event: Electron.IpcMainInvokeEvent, ...args: never[]) => unknown;

/** What a test sees of it and decides about it. */
export class World {
  readonly app = new EventEmitter();
  readonly handlers = new Map<string, Answer>();
  readonly sent: { channel: string; value: unknown }[] = [];
  readonly notifications: { title: string; body: string; click: () => void }[] = [];
  readonly windows: WindowDouble[] = [];
  readonly hosts: UtilityDouble[] = [];
  readonly dialogs: Electron.MessageBoxOptions[] = [];
  readonly blockers = new Set<number>();
  readonly menus: Electron.MenuItemConstructorOptions[][] = [];
  readonly trays: { click: () => void }[] = [];
  protocolHandler: ((request: Request) => Response | Promise<Response>) | null = null;
  permissionRequest: Parameters<Electron.Session['setPermissionRequestHandler']>[0] = null;
  permissionCheck: Parameters<Electron.Session['setPermissionCheckHandler']>[0] = null;
  isFirstInstance = true;
  /** Which button of a message box is pressed. */
  pressedButton = 0;
  chosenFiles: string[] = [];
  hasQuit = false;
  userData = '';
  /** What a forked host does. */
  onFork: (host: UtilityDouble) => void = () => undefined;

  /** Leaves unless a listener prevents it, as `app.quit` does. */
  quit(): void {
    const event = preventable();
    this.app.emit('before-quit', event);
    if (event.isPrevented) return;
    for (const window of this.windows) window.emit('close', event);
    if (!event.isPrevented) this.hasQuit = true;
  }

  /** A request as the page's preload makes it. */
  async invoke(channel: string, frame: unknown, ...args: unknown[]): Promise<unknown> {
    const handler = this.handlers.get(channel);
    if (handler === undefined) throw new Error(`No handler registered for '${channel}'`);
    try {
      const event = { senderFrame: frame } as unknown as Electron.IpcMainInvokeEvent;
      return structuredClone(await handler(event, ...(structuredClone(args) as never[])));
    } catch (error) {
      throw new Error(`Error invoking remote method '${channel}': ${String(error)}`, { cause: error });
    }
  }
}

/** An event whose default a listener may prevent. */
export function preventable(): { preventDefault: () => void; isPrevented: boolean } {
  const event = { isPrevented: false, preventDefault: () => void (event.isPrevented = true) };
  return event;
}

export class WindowDouble extends EventEmitter {
  readonly options: Electron.BrowserWindowConstructorOptions;
  readonly webContents: WebContentsDouble;
  readonly loaded: string[] = [];
  isShown = false;
  isFocused = false;

  constructor(world: World, options: Electron.BrowserWindowConstructorOptions) {
    super();
    this.options = options;
    this.webContents = new WebContentsDouble(world);
    world.app.emit('web-contents-created', {}, this.webContents);
    world.windows.push(this);
  }

  readonly members = {
    loadURL: async (url: string) => {
      this.loaded.push(url);
      this.webContents.mainFrame.url = url;
    },
    show: () => void (this.isShown = true),
    hide: () => void (this.isShown = false),
    focus: () => void (this.isFocused = true),
    maximize: () => undefined,
    restore: () => undefined,
    isMinimized: () => false,
    isMaximized: () => false,
    isDestroyed: () => false,
    getNormalBounds: () => ({ x: 10, y: 20, width: 1000, height: 800 }),
  } satisfies Partial<Electron.BrowserWindow>;
}

export class WebContentsDouble extends EventEmitter {
  readonly mainFrame = { url: '' };
  openHandler: Parameters<Electron.WebContents['setWindowOpenHandler']>[0] | null = null;
  readonly session: Partial<Electron.Session>;
  readonly send: Electron.WebContents['send'];
  readonly setWindowOpenHandler: Electron.WebContents['setWindowOpenHandler'];

  constructor(world: World) {
    super();
    this.session = {
      setPermissionRequestHandler: (handler) => void (world.permissionRequest = handler),
      setPermissionCheckHandler: (handler) => void (world.permissionCheck = handler),
      setDevicePermissionHandler: () => undefined,
    } satisfies Partial<Electron.Session>;
    this.send = (channel, value: unknown) => void world.sent.push({ channel, value: structuredClone(value) });
    this.setWindowOpenHandler = (handler) => void (this.openHandler = handler);
  }
}

export class UtilityDouble extends EventEmitter {
  readonly stdout = new PassThrough();
  readonly stderr = new PassThrough();
  readonly received: unknown[] = [];
  onReceived: (message: unknown) => void = () => undefined;
  readonly entry: string;
  readonly args: string[];
  readonly options: Electron.ForkOptions;

  constructor(entry: string, args: string[], options: Electron.ForkOptions) {
    super();
    this.entry = entry;
    this.args = args;
    this.options = options;
  }

  readonly members = {
    postMessage: (message: unknown) => {
      this.received.push(structuredClone(message));
      this.onReceived(structuredClone(message));
    },
    kill: () => this.emit('exit', 1),
  } satisfies Partial<Electron.UtilityProcess>;
}

/** The module `electron` as the shell imports it. */
export function electronDouble(world: World) {
  return {
    app: Object.assign(world.app, {
      name: 'tinylora-studio',
      getLocale: () => 'en-GB',
      getPath: () => world.userData,
      quit: () => world.quit(),
      requestSingleInstanceLock: () => world.isFirstInstance,
      setAsDefaultProtocolClient: () => true,
      whenReady: () => Promise.resolve(),
    } satisfies Partial<Electron.App>),
    BrowserWindow: class {
      constructor(options: Electron.BrowserWindowConstructorOptions) {
        const window = new WindowDouble(world, options);
        return Object.assign(window, window.members);
      }
    },
    dialog: {
      showMessageBox: (async (_window: unknown, options: Electron.MessageBoxOptions) => {
        world.dialogs.push(options);
        return { response: world.pressedButton, checkboxChecked: false };
      }) as Electron.Dialog['showMessageBox'],
      showOpenDialog: async () => ({ canceled: world.chosenFiles.length === 0, filePaths: world.chosenFiles }),
    } satisfies Partial<Electron.Dialog>,
    ipcMain: {
      handle: (channel, listener) => void world.handlers.set(channel, listener as Answer),
    } satisfies Partial<Electron.IpcMain>,
    Menu: {
      buildFromTemplate: (template) => {
        world.menus.push(template as Electron.MenuItemConstructorOptions[]);
        return {} as Electron.Menu;
      },
      setApplicationMenu: () => undefined,
    } satisfies Partial<typeof Electron.Menu>,
    Notification: class {
      static isSupported = (): boolean => true;
      readonly on: (event: 'click', listener: () => void) => void;
      readonly show: Electron.Notification['show'];
      constructor({ title = '', body = '' }: Electron.NotificationConstructorOptions) {
        let click = (): void => undefined;
        this.on = (_event, listener) => void (click = listener);
        this.show = () => void world.notifications.push({ title, body, click: () => click() });
      }
    },
    powerSaveBlocker: {
      start: () => {
        world.blockers.add(1);
        return 1;
      },
      stop: (id) => world.blockers.delete(id),
    } satisfies Partial<Electron.PowerSaveBlocker>,
    protocol: {
      registerSchemesAsPrivileged: () => undefined,
      handle: (_scheme, handler) => void (world.protocolHandler = handler),
    } satisfies Partial<Electron.Protocol>,
    screen: {
      getDisplayMatching: () => ({ workArea: { x: 0, y: 0, width: 1920, height: 1080 } }) as Electron.Display,
    } satisfies Partial<Electron.Screen>,
    Tray: class {
      readonly on: (event: 'click', listener: () => void) => void;
      constructor() {
        this.on = (_event, listener) => void world.trays.push({ click: listener });
      }
      readonly setToolTip: Electron.Tray['setToolTip'] = () => undefined;
      readonly setContextMenu: Electron.Tray['setContextMenu'] = () => undefined;
      readonly destroy: Electron.Tray['destroy'] = () => undefined;
    },
    utilityProcess: {
      fork: (entry, args, options) => {
        const host = new UtilityDouble(entry, args ?? [], options ?? {});
        world.hosts.push(host);
        setImmediate(() => world.onFork(host));
        return Object.assign(host, host.members) as unknown as Electron.UtilityProcess;
      },
    } satisfies Partial<typeof Electron.utilityProcess>,
  };
}
