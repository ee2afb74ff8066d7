// A configuration as a flat list of settings by dotted path. Pure; runs in the host's query thread.
import type { SettingValue } from '../../../contracts/analysis.ts';
import type { RunConfig } from '../../../contracts/run-config.ts';
import { canonicalJson } from '../canonical-json.ts';

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

/** Equal for runs that differ in their seed alone. */
export function settingKey({ config, modelHash }: { config: RunConfig; modelHash: string }): string {
  let key = keys.get(config);
  if (key === undefined) {
    const { seed: _, ...rest } = config;
    key = canonicalJson(rest);
    keys.set(config, key);
  }
  return `${modelHash}\n${key}`;
}
