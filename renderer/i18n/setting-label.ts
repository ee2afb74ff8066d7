// The name of a setting in the language of the window. Runs in the renderer.
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import type { SettingField } from '../../contracts/setting-fields.ts';
import { SETTING_WORDS_ZH } from './zh/setting-words.ts';

export function useSettingLabel(): (field: Pick<SettingField, 'path' | 'label'>) => string {
  const { i18n } = useTranslation();
  const isChinese = i18n.language === 'zh';
  return useCallback(({ path, label }) => (isChinese ? (SETTING_WORDS_ZH[path]?.label ?? label) : label), [isChinese]);
}
