// The main settings of a waiting run as a form: what is written in it, and the configuration that comes of it. Pure; runs
// in the renderer.
import { RunConfig } from '../../../contracts/run-config.ts';
import { settingFieldsFor } from '../../../contracts/setting-fields.ts';
import type { SettingField } from '../../../contracts/setting-fields.ts';

/** What is changed most often; New sweep has the rest. */
const MAIN_SETTINGS = [
  'learningRate',
  'steps',
  'seed',
  'promptsPerStep',
  'samplesPerPrompt',
  'temperature',
  'maxCompletionTokens',
  'klCoefficient',
  'clipNorm',
  'weightDecay',
] as const;
export type MainSetting = (typeof MAIN_SETTINGS)[number];

/** The fields of the form, in its order, with bounds and defaults. */
export function mainFields(config: RunConfig): (SettingField & { path: MainSetting })[] {
  const fields = settingFieldsFor((path) => valueAt(config, path));
  return MAIN_SETTINGS.flatMap((path) => {
    const field = fields.find((candidate) => candidate.path === path);
    return field === undefined ? [] : [{ ...field, path }];
  });
}

function valueAt(config: RunConfig, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown> | null)?.[key], config);
}

export type EditedConfig =
  { config: RunConfig; problems: null } | { config: null; problems: Partial<Record<MainSetting, string>> };

/** @param texts as they stand in the fields; what is left out stays */
export function editedConfig(config: RunConfig, texts: Partial<Record<MainSetting, string>>): EditedConfig {
  const changes = Object.entries(texts).map(([path, text]) => [path, text.trim() === '' ? NaN : Number(text)]);
  const parsed = RunConfig.safeParse({ ...config, ...Object.fromEntries(changes) });
  if (parsed.success) return { config: parsed.data, problems: null };
  return {
    config: null,
    problems: Object.fromEntries(parsed.error.issues.map(({ path, message }) => [String(path[0]), message])),
  };
}

/** A third of the rate, to one significant digit: 0.03 → 0.01. What a run that diverged is most often helped by. */
export function gentlerLearningRate(learningRate: number): number {
  return Number((learningRate / 3).toPrecision(1));
}
