// Languages of the studio: resources, typed keys, choice of language. Runs in the renderer.
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import type { Preferences } from '../../contracts/preferences.ts';
import { en } from './en/index.ts';
import { zh } from './zh/index.ts';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'shell';
    resources: typeof en;
  }
}

export type Language = 'en' | 'zh';

/** Values of `lang` on the document. */
const LANGUAGE_TAGS: Record<Language, string> = { en: 'en', zh: 'zh-Hans' };

export function startTranslation(): void {
  i18next.on('languageChanged', (language) => {
    document.documentElement.lang = LANGUAGE_TAGS[language as Language];
  });
  void i18next.use(initReactI18next).init({
    resources: { en, zh },
    lng: systemLanguage(),
    fallbackLng: 'en',
    defaultNS: 'shell',
    // React escapes.
    interpolation: { escapeValue: false },
    initAsync: false,
  });
}

function systemLanguage(): Language {
  return navigator.languages.some((tag) => /^zh\b/i.test(tag)) && !/^en\b/i.test(navigator.language) ? 'zh' : 'en';
}

export function chosenLanguage(choice: Preferences['language']): Language {
  return choice === 'system' ? systemLanguage() : choice;
}
