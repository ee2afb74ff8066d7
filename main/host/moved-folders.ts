// The program and the data folder may lie elsewhere than at the host's last start, after an update or a move, and an AppImage
// always does: configurations, whose paths are absolute, follow. Runs in the host.
import { z } from 'zod';
import type { NamedFolders } from '../core/named-paths.ts';
import type { Store } from '../core/store-types.ts';

const SETTING = 'folders';
const Folders = z.object({ resources: z.string(), models: z.string(), tasks: z.string() });

/** Cells are known by what their files hold, not by where they lie: no key changes. */
export function followFolders(
  store: Pick<Store, 'runs' | 'hostSettings' | 'transaction'>,
  folders: NamedFolders,
): void {
  const before = Folders.safeParse(store.hostSettings.get(SETTING)).data;
  store.transaction(() => {
    for (const name of ['resources', 'models', 'tasks'] as const) {
      if (before !== undefined && before[name] !== folders[name]) store.runs.moveFiles(before[name], folders[name]);
    }
    store.hostSettings.set(SETTING, folders);
  });
}
