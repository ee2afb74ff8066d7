// Renders a model's chat template so that template text and message text stay apart. Runs in the engine process.
//
// The template is rendered with a marker in place of each message; what lies between the markers is template text,
// whose special tokens are parsed, while message text never is. A user's "<|im_end|>" therefore stays text.
import { Template } from '@huggingface/jinja';
import { BadInputError } from './bad-input.ts';
import type { ChatMessage } from './data.ts';

/** A run of template text, or the place of a message: which one, and the sides at which the template trims it. */
export type TemplatePiece =
  { kind: 'template'; text: string } | { kind: 'message'; index: number; trimStart: boolean; trimEnd: boolean };

export interface TemplateSettings {
  source: string;
  /** Printed by templates that want one, e.g. `26 Jul 2024`; never today's. */
  date: string;
  beginOfSequence: string;
  endOfSequence: string;
}

// A form feed is white space that no template prints: where it is gone, the template has trimmed that side.
const PROBE = '\f';
const marker = (index: number) => `\u{e000}message-${index}\u{e001}`;

/**
 * Pieces of the prompt for turns of these roles, the last piece being what opens the model's turn
 * (`addGenerationPrompt`) or what closes it.
 */
export function renderTemplate(
  settings: TemplateSettings,
  roles: readonly ChatMessage['role'][],
  addGenerationPrompt: boolean,
): TemplatePiece[] {
  const messages = roles.map((role, index) => ({ role, content: PROBE + marker(index) + PROBE }));
  const text = renderText(settings, messages, addGenerationPrompt);
  const pieces: TemplatePiece[] = [];
  let position = 0;
  for (let index = 0; index < roles.length; index++) {
    const start = text.indexOf(marker(index), position);
    if (start < 0 || text.includes(marker(index), start + 1)) {
      throw new BadInputError(
        `The model's chat template does not print the ${roles[index] ?? ''} message (turn ${index + 1}) exactly once; ` +
          'use a plain prompt, or leave out the system message if the template has no place for it',
      );
    }
    const end = start + marker(index).length;
    const trimStart = text[start - 1] !== PROBE;
    const trimEnd = text[end] !== PROBE;
    pieces.push({ kind: 'template', text: text.slice(position, trimStart ? start : start - 1) });
    pieces.push({ kind: 'message', index, trimStart, trimEnd });
    position = trimEnd ? end : end + 1;
  }
  pieces.push({ kind: 'template', text: text.slice(position) });
  return pieces.filter((piece) => piece.kind === 'message' || piece.text !== '');
}

function renderText(settings: TemplateSettings, messages: ChatMessage[], addGenerationPrompt: boolean): string {
  try {
    // The library's own strftime_now reads the clock and cannot be replaced under its name.
    const source = settings.source.replaceAll(/\bstrftime_now\b/g, 'strftime_configured');
    return new Template(source).render({
      messages,
      add_generation_prompt: addGenerationPrompt,
      bos_token: settings.beginOfSequence,
      eos_token: settings.endOfSequence,
      date_string: settings.date,
      strftime_configured: (format: string) => formatDate(settings.date, format),
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new BadInputError(
      `The model's chat template refuses these turns (${reason}); use a plain prompt or other turns`,
    );
  }
}

/** The configured date in the format that a template asks for (the strftime subset that templates use). */
function formatDate(date: string, format: string): string {
  const parsed = new Date(`${date} UTC`);
  if (Number.isNaN(parsed.getTime())) {
    throw new BadInputError(`prompt.date "${date}" is not a date; write it as 26 Jul 2024`);
  }
  const part = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', ...options }).format(parsed);
  const fields: Record<string, string> = {
    '%Y': String(parsed.getUTCFullYear()),
    '%m': String(parsed.getUTCMonth() + 1).padStart(2, '0'),
    '%d': String(parsed.getUTCDate()).padStart(2, '0'),
    '%b': part({ month: 'short' }).slice(0, 3),
    '%B': part({ month: 'long' }),
    '%A': part({ weekday: 'long' }),
    '%a': part({ weekday: 'short' }),
    '%H': '00',
    '%M': '00',
    '%S': '00',
    '%%': '%',
  };
  return format.replace(/%[A-Za-z%]/g, (field) => fields[field] ?? field);
}
