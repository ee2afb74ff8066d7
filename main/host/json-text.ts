// An answer that is JSON already, so that the host's event loop need not write a large one again. Runs in the host.

export class JsonText<Value> {
  /** What the text says. */
  declare readonly value: Value;
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}
