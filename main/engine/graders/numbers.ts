// Numbers inside text, compared as decimals and not as strings. Runs in the engine process.

// A sign, a currency sign, digits with or without thousands commas, a fraction.
const NUMBER = /-?\$?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|-?\$?\.\d+/g;

/** Every number of the text as a canonical decimal, in order. A minus after a digit, letter or bracket is an operator. */
export function numbersIn(text: string): string[] {
  return [...text.matchAll(NUMBER)].map((match) => {
    const before = text[match.index - 1] ?? '';
    const isOperator = match[0].startsWith('-') && /[\w)\]]/.test(before);
    return canonicalDecimal(isOperator ? match[0].slice(1) : match[0]);
  });
}

/** The text as one canonical decimal where it is nothing but a number, a currency or percent sign and a full stop. */
export function wholeNumber(text: string): string | null {
  const bare = text
    .trim()
    .replace(/^\\?\$/, '')
    .replace(/\$$/, '')
    .replace(/\\?%$/, '')
    .replace(/\.$/, '')
    .trim();
  const unsigned = /^-?\$?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?$|^-?\$?\.\d+$/;
  return unsigned.test(bare) ? canonicalDecimal(bare) : null;
}

/** "-$1,200.50" → "-1200.5". Exact: no binary fraction is involved. */
function canonicalDecimal(number: string): string {
  const negative = number.startsWith('-');
  const [whole = '', fraction = ''] = number.replace(/[-$,]/g, '').split('.');
  const digits = whole.replace(/^0+(?=\d)/, '') || '0';
  const decimals = fraction.replace(/0+$/, '');
  const value = decimals === '' ? digits : `${digits}.${decimals}`;
  return negative && value !== '0' ? `-${value}` : value;
}
