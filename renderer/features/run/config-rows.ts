// A frozen configuration as rows: label, value, unit, default, whether it differs. Pure; runs in the renderer.
import type { RunConfig } from '../../../contracts/run-config.ts';
import { settingFieldsFor } from '../../../contracts/setting-fields.ts';
import type { SettingField } from '../../../contracts/setting-fields.ts';
import { MISSING, formatSetting } from '../../format.ts';

export interface ConfigRow extends Pick<SettingField, 'path' | 'label' | 'section' | 'unit'> {
  value: unknown;
  /** Undefined: every recipe has to state it. */
  byDefault: unknown;
  isChanged: boolean;
}

/** Every setting that exists for this configuration, in the order of a form. */
export function configRows(config: RunConfig): ConfigRow[] {
  const valueAt = (path: string): unknown =>
    path.split('.').reduce<unknown>((value, key) => (isRecord(value) ? value[key] : undefined), config);
  return settingFieldsFor(valueAt).map(({ path, label, section, unit, default: byDefault }) => {
    const value = valueAt(path);
    const isChanged = byDefault !== undefined && JSON.stringify(value) !== JSON.stringify(byDefault);
    return { path, label, section, unit, value, byDefault, isChanged };
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value as it stands in a table: numbers in their shortest exact form. */
export function settingText(value: unknown): string {
  if (value === null || value === undefined || value === '') return MISSING;
  if (typeof value === 'number') return formatSetting(value);
  if (Array.isArray(value)) return value.length === 0 ? MISSING : value.map(settingText).join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
