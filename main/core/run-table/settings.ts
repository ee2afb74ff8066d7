// A configuration as a flat list of settings by dotted path. Pure; runs in the host's query thread.
import type { SettingValue } from '../../../contracts/analysis.ts';
import type { RunConfig } from '../../../contracts/run-config.ts';
import { canonicalJson, sha256 } from '../canonical-json.ts';

/** Few: most configurations have the same settings. */
const pathLists = new Map<string, readonly string[]>();
const pathsOf = new WeakMap<RunConfig, readonly string[]>();
const flattened = new WeakMap<RunConfig, ReadonlyMap<string, SettingValue>>();
const keys = new WeakMap<RunConfig, string>();

/** In the configuration's order; lists as JSON; without the format's version. */
export function settingsOf(config: RunConfig): ReadonlyMap<string, SettingValue> {
  const known = flattened.get(config);
  if (known) return known;
  const settings = new Map<string, SettingValue>();
  const { version: _, ...rest } = config;
  collect(rest, '', settings);
  flattened.set(config, settings);
  return settings;
}

/** Every path that some of the configurations have. */
export function settingPaths(configs: Iterable<RunConfig>): string[] {
  const lists = new Set<readonly string[]>();
  for (const config of configs) lists.add(pathList(config));
  return [...new Set([...lists].flat())];
}

function pathList(config: RunConfig): readonly string[] {
  const known = pathsOf.get(config);
  if (known !== undefined) return known;
  const paths = [...settingsOf(config).keys()];
  const name = paths.join('\n');
  const list = pathLists.get(name) ?? paths;
  pathLists.set(name, list);
  pathsOf.set(config, list);
  return list;
}

function collect(value: object, prefix: string, settings: Map<string, SettingValue>): void {
  for (const [key, member] of Object.entries(value) as [string, unknown][]) {
    const path = `${prefix}${key}`;
    if (typeof member === 'number' || typeof member === 'string' || typeof member === 'boolean' || member === null) {
      settings.set(path, member);
    } else if (Array.isArray(member)) {
      settings.set(path, JSON.stringify(member));
    } else if (typeof member === 'object') {
      collect(member, `${path}.`, settings);
    }
  }
}

/** Equal for runs that differ in their seed alone. A hash: answers about thousands of settings carry it for each. */
export function settingKey({ config, modelHash }: { config: RunConfig; modelHash: string }): string {
  let key = keys.get(config);
  if (key === undefined) {
    const { seed: _, ...rest } = config;
    key = sha256(canonicalJson(rest));
    keys.set(config, key);
  }
  return `${modelHash} ${key}`;
}
