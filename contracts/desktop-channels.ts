// Names that desktop shell, preload and page share. Apart from the schemas, so that the preload stays a few lines.
import type { DesktopMessage, DesktopRequest } from './desktop-bridge.ts';

/** The object's name on the page's `window`; absent in a browser. */
export const DESKTOP_BRIDGE_NAME = 'desktop';

export const requestChannel = (request: DesktopRequest): string => `tinylora:request:${request}`;
export const messageChannel = (message: DesktopMessage): string => `tinylora:message:${message}`;
