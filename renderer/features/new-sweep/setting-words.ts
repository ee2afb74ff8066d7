// How the form names settings and where a default comes from. Runs in the renderer.
import { useTranslation } from 'react-i18next';
import type { SettingField } from '../../../contracts/setting-fields.ts';
import { formatCount, formatSetting } from '../../format.ts';
import { useSettingLabel } from '../../i18n/setting-label.ts';
import { SETTING_WORDS_ZH } from '../../i18n/zh/setting-words.ts';
import { inlineText } from './recipe-text.ts';
import type { SettingState } from './recipe-content.ts';

/** A value as a person reads it on one line. */
export function valueText(value: unknown): string {
  if (value === undefined) return '';
  if (typeof value === 'number')
    return Number.isInteger(value) && value >= 10_000 ? formatCount(value) : formatSetting(value);
  return typeof value === 'string' ? value : inlineText(value);
}

export interface SettingWords {
  label: (field: SettingField) => string;
  /** "default 2 (paper §4: r = 2 in all main runs)", "from the task", "stated by each recipe". */
  origin: (state: SettingState) => string;
}

export function useSettingWords(): SettingWords {
  const { t, i18n } = useTranslation('newSweep');
  const label = useSettingLabel();
  const chinese = i18n.language === 'zh' ? SETTING_WORDS_ZH : null;
  const reason = ({ path, source }: SettingField) => {
    const where = 'where' in source ? (chinese?.[path]?.reason ?? source.where) : '';
    if (source.kind === 'paper') return t('origin.paper', { where });
    if (source.kind === 'ours') return t('origin.ours', { where });
    return t(`origin.${source.kind}`);
  };
  return {
    label,
    origin: ({ field, isStated, taskValue }) => {
      if (taskValue !== undefined) {
        return isStated ? t('origin.taskHas', { value: valueText(taskValue) }) : t('origin.task');
      }
      if (field.default === undefined) return t('origin.recipe');
      const value = field.default === null ? '–' : valueText(field.default);
      return t('origin.default', { value: value === '' ? '–' : value, reason: reason(field) });
    },
  };
}
