// What a translation must bring: every text of the English one, plural forms as its own grammar has them.
// Runs in the renderer.

/** Chinese has one form for all numbers: `key_one` has no counterpart, `key_other` has. */
export type TranslationOf<Texts> = {
  [Key in keyof Texts as Key extends `${string}_one` ? never : Key]: Texts[Key] extends string
    ? string
    : TranslationOf<Texts[Key]>;
};
