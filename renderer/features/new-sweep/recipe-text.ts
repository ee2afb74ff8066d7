// A recipe's text as the form and the YAML view share it: read into content, and edited so that comments, order and
// everything else stay as they are. Pure; runs in the renderer.
import { parse, parseDocument, stringify } from 'yaml';
import type { Content } from './recipe-content.ts';

export type EditPath = readonly (string | number)[];

/** No value: the entry is taken away. */
export interface Edit {
  path: EditPath;
  value?: unknown;
}

/** Null where the text is no YAML, or no mapping. */
export function parseRecipe(text: string): Content | null {
  const document = parseDocument(text);
  if (document.errors.length > 0) return null;
  const content: unknown = document.toJS();
  if (content === null) return {};
  return typeof content === 'object' && !Array.isArray(content) ? (content as Content) : null;
}

/** The text after the edits; the same text where it is no YAML, which the form does not edit. */
export function editText(text: string, edits: readonly Edit[]): string {
  const document = parseDocument(text);
  if (document.errors.length > 0) return text;
  for (const { path, value } of edits) {
    if (value !== undefined) document.setIn(path, document.createNode(value));
    else if (document.hasIn(path)) document.deleteIn(path);
  }
  return document.toString({ lineWidth: 0 });
}

/** A recipe written anew. */
export function recipeText(content: Content): string {
  return stringify(content, { lineWidth: 0 });
}

/** A value on one line, as a recipe may state it. */
export function inlineText(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: true }).trim();
}

/** The value that a line of YAML stands for; null where it is no YAML. */
export function inlineValue(text: string): { value: unknown } | null {
  try {
    return { value: parse(text) as unknown };
  } catch {
    return null;
  }
}

/** A value as it stands in a field: what is typed parses back to it. */
export function fieldText(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' || typeof value === 'number' ? String(value) : inlineText(value);
}
