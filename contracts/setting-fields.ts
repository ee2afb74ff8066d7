// Every setting of a run as one list that forms, comparisons and docs share: kind, bounds and default from RunConfig's
// schema, label, unit and source of the default from setting-sources. Pure.
import { z } from 'zod';
import { RunConfig } from './run-config.ts';
import { SETTING_SOURCES } from './setting-sources.ts';
import type { SettingSource } from './setting-sources.ts';

export type SettingKind = 'integer' | 'number' | 'boolean' | 'text' | 'choice' | 'list';

export interface SettingField extends SettingSource {
  /** E.g. `adapter.nTie`. */
  path: string;
  /** Key of the label's translation. */
  labelKey: string;
  kind: SettingKind;
  /** Of a choice, or what a list may hold; empty where anything may stand. */
  options: readonly string[];
  /** Undefined: it has to be stated. */
  default: unknown;
  /** Whether null is a value, with a meaning of its own. */
  nullable: boolean;
  minimum: number | null;
  /** The minimum itself is not allowed. */
  exclusive: boolean;
  /**
   * The setting that must have one of these values for this one to exist, e.g. `adapter.kind` of `tinylora`; null for
   * settings that always exist. Several fields may have one path, with different conditions and defaults.
   */
  when: { path: string; values: readonly string[] } | null;
}

/** As much of JSON Schema as RunConfig needs. */
interface Schema {
  type?: string | string[];
  const?: string | number;
  enum?: string[];
  default?: unknown;
  minimum?: number;
  exclusiveMinimum?: number;
  properties?: Record<string, Schema>;
  items?: Schema;
  oneOf?: Schema[];
  anyOf?: Schema[];
}

type Condition = SettingField['when'];

const DISCRIMINATORS = ['kind', 'name'];

function fieldsOf(schema: Schema, path: string, when: Condition): SettingField[] {
  if (schema.oneOf !== undefined) return variantFields(schema.oneOf, path);
  if (schema.properties !== undefined) {
    return Object.entries(schema.properties).flatMap(([key, property]) =>
      fieldsOf(property, path === '' ? key : `${path}.${key}`, when),
    );
  }
  return [leafField(schema, path, when)];
}

/** The setting that chooses among variants, and each variant's own settings. */
function variantFields(variants: readonly Schema[], path: string): SettingField[] {
  const discriminator = DISCRIMINATORS.find((key) => variants.every(({ properties }) => properties?.[key])) ?? '';
  const chooser = `${path}.${discriminator}`;
  const named = variants.map(({ properties = {} }) => {
    const { [discriminator]: choice = {}, ...rest } = properties;
    return { values: choice.enum ?? [String(choice.const)], rest };
  });
  const options = named.flatMap(({ values }) => values);
  const own = named.flatMap(({ values, rest }) => fieldsOf({ properties: rest }, path, { path: chooser, values }));
  return [leafField({ enum: options, ...defaultOfChooser(chooser) }, chooser, null), ...own];
}

/** The default of a union says its chooser's, too. */
function defaultOfChooser(chooser: string): { default?: unknown } {
  const [parent = '', key = ''] = chooser.split('.');
  const value = SCHEMA.properties?.[parent]?.default;
  return typeof value === 'object' && value !== null && key in value
    ? { default: (value as Record<string, unknown>)[key] }
    : {};
}

function leafField(schema: Schema, path: string, when: Condition): SettingField {
  const source = SETTING_SOURCES.get(path);
  if (source === undefined) throw new Error(`Setting ${path} has no entry in setting-sources.ts: add one.`);
  const branches = schema.anyOf ?? [schema];
  const nullable = branches.some(({ type }) => type === 'null' || (Array.isArray(type) && type.includes('null')));
  const value = branches.find(({ type }) => type !== 'null') ?? schema;
  const minimum = value.exclusiveMinimum ?? value.minimum;
  // The schema of a whole number says how far doubles count.
  const isBounded = minimum !== undefined && minimum !== Number.MIN_SAFE_INTEGER;
  return {
    ...source,
    path,
    labelKey: `settings.${path}`,
    kind: kindOf(value),
    options: value.enum ?? value.items?.enum ?? [],
    default: schema.default,
    nullable,
    minimum: isBounded ? minimum : null,
    exclusive: value.exclusiveMinimum !== undefined,
    when,
  };
}

function kindOf({ type, enum: options, const: constant }: Schema): SettingKind {
  const name = Array.isArray(type) ? type.find((part) => part !== 'null') : type;
  if (options !== undefined) return 'choice';
  if (name === 'array') return 'list';
  if (name === 'integer' || name === 'boolean') return name;
  return name === 'number' || typeof constant === 'number' ? 'number' : 'text';
}

const SCHEMA = z.toJSONSchema(RunConfig, { io: 'input' }) as Schema;

const ORDER = [...SETTING_SOURCES.keys()];

/** Every setting, in the order of a form. */
export const SETTING_FIELDS: readonly SettingField[] = fieldsOf(SCHEMA, '', null).sort(
  (left, right) => ORDER.indexOf(left.path) - ORDER.indexOf(right.path),
);

/** The fields that exist for a configuration, each path once: the variants that it has not chosen are left out. */
export function settingFieldsFor(valueAt: (path: string) => unknown): SettingField[] {
  return SETTING_FIELDS.filter(({ when }) => when === null || when.values.includes(String(valueAt(when.path))));
}
