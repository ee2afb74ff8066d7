// Settings by dotted path, such as `adapter.nTie`. Pure.

export type Settings = Record<string, unknown>;

export function isSettings(value: unknown): value is Settings {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A copy with the value at a path replaced. */
export function withValue(settings: Settings, keys: readonly string[], value: unknown): Settings {
  const [key, ...rest] = keys;
  if (key === undefined) return settings;
  if (rest.length === 0) return { ...settings, [key]: value };
  const inner = settings[key];
  return { ...settings, [key]: withValue(isSettings(inner) ? inner : {}, rest, value) };
}

/** Dotted path → value of everything that is no object itself, e.g. `adapter.nTie` → 17. */
export function leaves(settings: Settings, prefix = ''): Map<string, unknown> {
  const found = new Map<string, unknown>();
  for (const [key, value] of Object.entries(settings)) {
    const path = prefix === '' ? key : `${prefix}.${key}`;
    if (isSettings(value)) for (const [inner, leaf] of leaves(value, path)) found.set(inner, leaf);
    else found.set(path, value);
  }
  return found;
}
