// What a user chose about the look of the studio; kept by the host, shared by all windows. Used by host and renderer.
import { z } from 'zod';

export const Preferences = z.strictObject({
  theme: z.enum(['system', 'light', 'dark']).default('system'),
  /** `system`: the language of the browser or desktop. */
  language: z.enum(['system', 'en', 'zh']).default('system'),
  density: z.enum(['compact', 'standard', 'comfortable']).default('standard'),
  palette: z.enum(['studio', 'okabe-ito', 'tol-bright']).default('studio'),
  /** Shortcuts of a single letter, which some assistive software cannot live with. */
  singleKeyShortcuts: z.boolean().default(true),
  /** Desktop or browser notifications when a sweep ends, the queue stops or the disk gets full. */
  notifications: z.boolean().default(true),
  /** Sizes of panes in percent, by group of panes and pane. */
  panes: z.record(z.string(), z.record(z.string(), z.number().min(0).max(100))).default({}),
  /** Columns, their order and width, by table; each table knows its own form. */
  tables: z.record(z.string(), z.json()).default({}),
});
export type Preferences = z.infer<typeof Preferences>;

/** What to change: keys left out stay; of `panes` and `tables`, entries left out stay, too. */
export const PreferencesChange = z.strictObject({
  theme: Preferences.shape.theme.unwrap().optional(),
  language: Preferences.shape.language.unwrap().optional(),
  density: Preferences.shape.density.unwrap().optional(),
  palette: Preferences.shape.palette.unwrap().optional(),
  singleKeyShortcuts: Preferences.shape.singleKeyShortcuts.unwrap().optional(),
  notifications: Preferences.shape.notifications.unwrap().optional(),
  panes: Preferences.shape.panes.unwrap().optional(),
  tables: Preferences.shape.tables.unwrap().optional(),
});
export type PreferencesChange = z.infer<typeof PreferencesChange>;

/** `current` with `change` applied. */
export function changedPreferences(current: Preferences, change: PreferencesChange): Preferences {
  return Preferences.parse({
    ...current,
    ...change,
    panes: { ...current.panes, ...change.panes },
    tables: { ...current.tables, ...change.tables },
  });
}
