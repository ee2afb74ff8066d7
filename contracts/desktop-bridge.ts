// What the desktop shell offers its page: where the host is, native dialogs, notifications. Used by shell, preload, renderer.
import { z } from 'zod';

/** The desktop page's own scheme; `index.html` and its routes lie below the origin. */
export const DESKTOP_SCHEME = 'app';
export const DESKTOP_ORIGIN = `${DESKTOP_SCHEME}://studio`;

/** Where a page reaches the host, and the secret that it offers. */
export const HostConnection = z.strictObject({
  /** E.g. `ws://127.0.0.1:40123/rpc`. */
  url: z.url(),
  token: z.string().regex(/^[0-9a-f]{48}$/),
});
export type HostConnection = z.infer<typeof HostConnection>;

/** What the shell says of the host's process; `restarting` and `failed` come with a sentence for the user. */
export const HostStatus = z.discriminatedUnion('state', [
  z.strictObject({ state: z.literal('starting') }),
  z.strictObject({ state: z.literal('ready') }),
  z.strictObject({ state: z.literal('restarting'), message: z.string() }),
  z.strictObject({ state: z.literal('failed'), message: z.string() }),
]);
export type HostStatus = z.infer<typeof HostStatus>;

/** A place within the app, as in its address: `/runs/r128?tab=charts`. */
export const AppRoute = z
  .string()
  .max(2048)
  .regex(/^\/(?!\/)[^\\]*$/);

export const FileKind = z.enum(['model', 'data', 'recipe']);
export type FileKind = z.infer<typeof FileKind>;

export const DesktopNotification = z.strictObject({
  title: z.string().min(1).max(200),
  body: z.string().max(1000),
  /** Opened by a click. */
  route: AppRoute,
});
export type DesktopNotification = z.infer<typeof DesktopNotification>;

/** Each request from page to shell once: what goes in, what comes out. Parsed by the receiving side. */
export const DESKTOP_REQUESTS = {
  /** Answers once the host listens; rejects with a sentence where it cannot be started. */
  connection: { params: z.tuple([]), result: HostConnection },
  /** Absolute paths; none where the user cancels. */
  chooseFiles: { params: z.tuple([FileKind]), result: z.array(z.string()) },
  /** Null where the user cancels. */
  chooseFolder: { params: z.tuple([]), result: z.string().nullable() },
  notify: { params: z.tuple([DesktopNotification]), result: z.null() },
} as const;
export type DesktopRequest = keyof typeof DESKTOP_REQUESTS;
export type DesktopParams<R extends DesktopRequest> = z.infer<(typeof DESKTOP_REQUESTS)[R]['params']>;
export type DesktopResult<R extends DesktopRequest> = z.infer<(typeof DESKTOP_REQUESTS)[R]['result']>;

/** What the shell tells its page unasked. */
export const DESKTOP_MESSAGES = {
  hostStatus: HostStatus,
  /** A deep link, a menu entry or a notification was opened. */
  navigate: AppRoute,
} as const;
export type DesktopMessage = keyof typeof DESKTOP_MESSAGES;
export type DesktopMessageValue<M extends DesktopMessage> = z.infer<(typeof DESKTOP_MESSAGES)[M]>;

/** `window.desktop` in the page of the desktop app. */
export interface DesktopBridge {
  connection(): Promise<HostConnection>;
  chooseFiles(kind: FileKind): Promise<string[]>;
  chooseFolder(): Promise<string | null>;
  notify(notification: DesktopNotification): Promise<null>;
  /** Absolute path of a file that was dropped on the page; empty where it has none. */
  pathOfFile(file: unknown): string;
  /** The latest status comes at once. @returns a function that ends the subscription */
  onHostStatus(listener: (status: HostStatus) => void): () => void;
  /** A route that was opened before anyone listened comes at once. @returns a function that ends the subscription */
  onNavigate(listener: (route: string) => void): () => void;
}
