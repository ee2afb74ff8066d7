// Settings of several runs side by side. Pure; runs in the host's query thread.
import type { SettingRow, SettingValue } from '../../../contracts/analysis.ts';
import { settingsOf } from '../run-table/settings.ts';
import type { RunFacts } from '../run-table/run-facts.ts';

/** Every setting of any of the runs, in the configuration's order. Numbers are compared as numbers. */
export function settingsDifference(runs: readonly Pick<RunFacts, 'config'>[]): SettingRow[] {
  const settings = runs.map(({ config }) => settingsOf(config));
  return orderedPaths(settings).map((path) => {
    const absent = settings.map((map) => !map.has(path));
    const values = settings.map((map): SettingValue => map.get(path) ?? null);
    const differs = values.some((value, index) => value !== values[0] || absent[index] !== absent[0]);
    return { path, values, absent, differs };
  });
}

/** A path that only a later run has stands behind the one it follows there. */
function orderedPaths(settings: readonly ReadonlyMap<string, SettingValue>[]): string[] {
  const paths: string[] = [];
  for (const map of settings) {
    let previous = -1;
    for (const path of map.keys()) {
      const known = paths.indexOf(path);
      if (known === -1) paths.splice(++previous, 0, path);
      else previous = known;
    }
  }
  return paths;
}
