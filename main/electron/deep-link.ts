// Links to a place within the app, such as tinylora://runs/r128. Runs in the desktop shell.
import { AppRoute } from '../../contracts/desktop-bridge.ts';

export const LINK_SCHEME = 'tinylora';

/** The route of the first link among the arguments of a command line; null where there is none that leads into the app. */
export function linkedRoute(commandLine: readonly string[]): string | null {
  for (const argument of commandLine) {
    if (!argument.startsWith(`${LINK_SCHEME}://`) || !URL.canParse(argument)) continue;
    const { host, pathname, search } = new URL(argument);
    const route = AppRoute.safeParse(`/${host}${pathname === '/' ? '' : pathname}${search}`);
    if (route.success) return route.data;
  }
  return null;
}
