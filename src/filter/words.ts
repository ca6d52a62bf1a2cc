/*
 * Words of a text, as `match.text` and text indexes see them: runs of letters, the marks that belong to them, and
 * digits, in lower case and in Unicode's composed form (NFC), so that it does not matter how an é was typed.
 */

/**
 * V8 keeps a place on a stack for each letter that a pattern takes, and the stack has an end (at 4.2 million letters), which a payload
 * may be longer than. So a word is met in pieces.
 */
const PIECE = 65_536;
const PIECES = new RegExp(`[\\p{L}\\p{M}\\p{N}]{1,${PIECE}}`, 'gu');

/** Soft hyphens, joiners, variation selectors: they say how letters look. But U+200B, a space of no width, separates. */
const INVISIBLE = /(?!\u200b)\p{Default_Ignorable_Code_Point}/gu;

// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
const ASCII = /^[\x00-\x7f]*$/;

/** The text in the form in which texts are compared: composed letters (NFC). */
export function composed(text: string): string {
  return text.normalize('NFC');
}

/** Whether a text begins with another one, which is composed. Most texts are told without composing them. */
export function beginsWith(text: string, prefix: string): boolean {
  let at = 0;
  while (at < prefix.length && text.charCodeAt(at) === prefix.charCodeAt(at)) at++;
  // A letter of ASCII composes with nothing before it, and marks behind it make it another letter than one of ASCII.
  if (at < prefix.length && text.charCodeAt(at) < 128 && prefix.charCodeAt(at) < 128) return false;
  if (at === prefix.length && !(text.charCodeAt(at) >= 128)) return true;
  return composed(text).startsWith(prefix);
}

export function wordsOf(text: string): string[] {
  const lower = text.toLowerCase();
  const plain = ASCII.test(lower) ? lower : composed(lower.replace(INVISIBLE, ''));
  return plain.length <= PIECE ? (plain.match(PIECES) ?? []) : joinedPieces(plain);
}

/** Pieces between which nothing stands are one word. */
function joinedPieces(text: string): string[] {
  const words: string[] = [];
  let end = -1;
  for (const { 0: piece, index } of text.matchAll(PIECES)) {
    if (index === end) words.push(words.pop()! + piece);
    else words.push(piece);
    end = index + piece.length;
  }
  return words;
}
