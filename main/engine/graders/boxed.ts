// The last \boxed{…} or \fbox{…} of a text, braces matched. Runs in the engine process.

/** Content of the last box, or null. `\boxed 7` (TeX's form without braces) counts; an unclosed brace does not. */
export function lastBoxed(text: string): string | null {
  const start = Math.max(text.lastIndexOf('\\boxed'), text.lastIndexOf('\\fbox'));
  if (start < 0) return null;
  const command = text.startsWith('\\boxed', start) ? '\\boxed' : '\\fbox';
  const rest = text.slice(start + command.length);
  const bare = /^\s+([^\s${}\\]+)/.exec(rest);
  if (bare) return bare[1]?.replace(/[.,;:]$/, '') ?? null;
  return /^\s*\{/.test(rest) ? bracedContent(rest.slice(rest.indexOf('{'))) : null;
}

/** `text` starts with a brace. Escaped braces (`\{`) belong to the content and open nothing. */
function bracedContent(text: string): string | null {
  let depth = 0;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (character === '\\') index++;
    else if (character === '{') depth++;
    else if (character === '}' && --depth === 0) return text.slice(1, index).trim();
  }
  return null;
}

/** Gold answers come bare, in dollars or in a box of their own. */
export function trimAnswer(answer: string): string {
  const boxed = lastBoxed(answer);
  return (boxed ?? answer).trim().replace(/^\$+/, '').replace(/\$+$/, '').trim();
}
