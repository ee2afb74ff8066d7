// What the pages use of newer browsers, for the Chromium 83 of Electron 9. Put before the pages when they are built for that;
// test only. Each does what its standard says for the arguments that the pages and their packages give.
function define(target: object, name: string, value: unknown): void {
  if (!(name in target)) Object.defineProperty(target, name, { value, configurable: true, writable: true });
}

function at<T>(this: ArrayLike<T>, index: number): T | undefined {
  return this[index < 0 ? this.length + index : index];
}

function findLast<T>(this: ArrayLike<T>, matches: (value: T) => boolean): T | undefined {
  return this[findLastIndex.call(this, matches as (value: unknown) => boolean)];
}

function findLastIndex(this: ArrayLike<unknown>, matches: (value: unknown) => boolean): number {
  let index = this.length - 1;
  while (index >= 0 && !matches(this[index])) index -= 1;
  return index;
}

define(Object, 'hasOwn', (target: object, name: PropertyKey) => Object.prototype.hasOwnProperty.call(target, name));
define(Array.prototype, 'at', at);
define(String.prototype, 'at', at);
define(Array.prototype, 'findLast', findLast);
define(Array.prototype, 'findLastIndex', findLastIndex);
define(Array.prototype, 'toSorted', function (this: unknown[], compare?: (a: unknown, b: unknown) => number) {
  return [...this].sort(compare);
});
define(Array.prototype, 'toReversed', function (this: unknown[]) {
  return [...this].reverse();
});
define(Array.prototype, 'toSpliced', function (this: unknown[], start: number, count: number, ...items: unknown[]) {
  const copy = [...this];
  copy.splice(start, count, ...items);
  return copy;
});
define(Array.prototype, 'with', function (this: unknown[], index: number, value: unknown) {
  const copy = [...this];
  copy[index < 0 ? copy.length + index : index] = value;
  return copy;
});
define(String.prototype, 'replaceAll', function (this: string, searched: string | RegExp, replacement: string) {
  return typeof searched === 'string' ? this.split(searched).join(replacement) : this.replace(searched, replacement);
});
define(globalThis, 'structuredClone', (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown);
define(Element.prototype, 'replaceChildren', function (this: Element, ...nodes: Node[]) {
  this.textContent = '';
  this.append(...nodes);
});
define(URL, 'canParse', (text: string, base?: string) => {
  try {
    return new URL(text, base).href !== '';
  } catch {
    return false;
  }
});
define(AbortSignal.prototype, 'throwIfAborted', function (this: AbortSignal) {
  if (this.aborted) throw new DOMException('This operation was aborted', 'AbortError');
});
define(crypto, 'randomUUID', () =>
  '10000000-1000-4000-8000-100000000000'.replace(/[018]/g, (digit) =>
    (Number(digit) ^ (crypto.getRandomValues(new Uint8Array(1))[0]! & (15 >> (Number(digit) / 4)))).toString(16),
  ),
);
