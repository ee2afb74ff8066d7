// What a look at a screen finds: places where it is clipped or scrolls sideways, and words that were not translated.
import type { Page } from 'playwright-core';
import { SETTING_FIELDS } from '../../contracts/setting-fields.ts';
import { en } from '../../renderer/i18n/en/index.ts';
import { zh } from '../../renderer/i18n/zh/index.ts';
import { SETTING_WORDS_ZH } from '../../renderer/i18n/zh/setting-words.ts';

const BLANK = /\{\{\w+\}\}/g;
/** They stay English, as settings' keys and metrics do. */
const UNITS = new Set(SETTING_FIELDS.map(({ unit }) => unit));
const ENGLISH = englishPatterns();

/** Elements whose content is cut without a way to see the rest, and what scrolls sideways though it is the page. */
export async function clippedElements(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const TOLERANCE_PX = 1;
    const nameOf = (element: Element) => {
      const text = (element.textContent ?? '').trim().slice(0, 60);
      return `${element.tagName.toLowerCase()} “${text}” ${element.getAttribute('aria-label') ?? ''}`.trim();
    };
    /** Hidden from sight on purpose, or not drawn at all. */
    const isSeen = (element: Element) => {
      const box = element.getBoundingClientRect();
      return (
        box.width > TOLERANCE_PX && box.height > TOLERANCE_PX && getComputedStyle(element).visibility === 'visible'
      );
    };
    /** Sliders, boxes and switches hold nothing to read, and a field scrolls with its caret. */
    const hasWords = (element: Element) => element.textContent.trim() !== '';
    /** The whole text comes with the pointer, or is told. */
    const isNamed = (element: Element) => element.closest('[title], [aria-label], [aria-labelledby]') !== null;
    const found: string[] = [];
    const { scrollWidth } = document.documentElement;
    if (scrollWidth > window.innerWidth) found.push(`the page is ${scrollWidth - window.innerWidth} px too wide`);
    const main = document.querySelector('main');
    if (main !== null && main.scrollWidth > main.clientWidth)
      found.push(`the content is ${main.scrollWidth - main.clientWidth} px too wide`);
    for (const element of document.body.querySelectorAll<HTMLElement>('*')) {
      if (!isSeen(element) || !hasWords(element)) continue;
      const style = getComputedStyle(element);
      const isCut = (overflow: string) => overflow === 'hidden' || overflow === 'clip';
      const isWide = element.scrollWidth > element.clientWidth + TOLERANCE_PX && isCut(style.overflowX);
      const isHigh = element.scrollHeight > element.clientHeight + TOLERANCE_PX && isCut(style.overflowY);
      if (isWide && style.textOverflow === 'ellipsis' && isNamed(element)) continue;
      if (isWide) found.push(`cut at its side: ${nameOf(element)}`);
      if (isHigh && !isWide) found.push(`cut below: ${nameOf(element)}`);
    }
    return found;
  });
}

/** What recipes and data name, metrics, a setting's value, and sentences of the host, which speaks English alone. */
const ENGLISH_IN_CHINESE = [
  /^(untrained|adapter|Reward|accuracy|13 numbers)$/,
  /^Which of these numbers is the smallest: /,
  /^(the smallest of five|the product of two|chains of two) /,
  /^(done|running|done at step \d+\.)$/,
];

/** Texts of the page that read as one of the app's own English texts, though the window speaks Chinese. */
export async function untranslatedTexts(page: Page): Promise<string[]> {
  const texts = (await visibleTexts(page)).filter((text) => !UNITS.has(text) && !/\p{Script=Han}/u.test(text));
  const isOneOf = (patterns: readonly RegExp[], text: string) => patterns.some((pattern) => pattern.test(text));
  return texts.filter((text) => isOneOf(ENGLISH, text) && !isOneOf(ENGLISH_IN_CHINESE, text));
}

/** Outside of code, and of what is marked as another language's. */
async function visibleTexts(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const texts = new Set<string>();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const parent = node.parentElement;
      if (parent === null || parent.closest('pre, code, kbd, .cm-editor, [lang]:not(html)') !== null) continue;
      const box = parent.getBoundingClientRect();
      if (box.width > 0 && box.height > 0) texts.add((node.textContent ?? '').trim());
    }
    return [...texts];
  });
}

interface Texts {
  [key: string]: string | Texts;
}

function flatten(texts: Texts, prefix = ''): [string, string][] {
  return Object.entries(texts).flatMap(([key, value]): [string, string][] =>
    typeof value === 'string' ? [[prefix + key, value]] : flatten(value, `${prefix}${key}.`),
  );
}

/** Of each text that Chinese says otherwise, with anything in its blanks; also the names of settings. */
function englishPatterns(): RegExp[] {
  const chinese = new Map(flatten(zh));
  const texts = flatten(en).flatMap(([key, text]) => (chinese.get(key) === text ? [] : [text]));
  const labels = SETTING_FIELDS.flatMap(({ path, label }) => (SETTING_WORDS_ZH[path]?.label === label ? [] : [label]));
  return [...texts, ...labels]
    .filter((text) => /[A-Za-z]{2}/.test(text.replace(BLANK, '')))
    .map((text) => new RegExp(`^${text.split(BLANK).map(escaped).join('.+')}$`));
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);
}
