/*
 * Words of a text, as `match.text` and text indexes see them: runs of letters, the marks that belong to them, and
 * digits, in lower case and in Unicode's composed form (NFC), so that it does not matter how an é was typed.
 */

const WORD = /[\p{L}\p{M}\p{N}]+/gu;

/** Soft hyphens, joiners, variation selectors: they say how letters look. But U+200B, a space of no width, separates. */
const INVISIBLE = /(?!\u200b)\p{Default_Ignorable_Code_Point}/gu;

// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
const ASCII = /^[\x00-\x7f]*$/;

/** The text in the form in which texts are compared: composed letters (NFC). */
export function composed(text: string): string {
  return text.normalize('NFC');
}

export function wordsOf(text: string): string[] {
  const lower = text.toLowerCase();
  const plain = ASCII.test(lower) ? lower : composed(lower.replace(INVISIBLE, ''));
  return plain.match(WORD) ?? [];
}
