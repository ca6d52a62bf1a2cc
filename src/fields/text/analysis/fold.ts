/* Words in the form in which they are compared: compatible characters are one (NFKC), and so are capitals and small letters. */
import { visible } from './words.js';

/** Code units of a word that count: what is longer is no word of a language, and is found by its beginning. */
const WORD_LENGTH_MAX = 255;

// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
const ASCII = /^[\x00-\x7f]*$/;
const OTHERS = /[^\p{L}\p{M}\p{N}]/u;

export type Lower = (text: string) => string;

/** As all languages do it but Turkish, where I and İ are capitals of two letters. */
export const lower: Lower = (text) => text.toLowerCase();

/** Beyond lower case: ß is ss in capitals, ς and σ are one letter, and the dot of İ is not part of an i. */
function folded(text: string, lower: Lower): string {
  return lower(text).replaceAll('ß', 'ss').replaceAll('ς', 'σ').replaceAll('i̇', 'i');
}

/** The form of a word; '' where nothing of it is visible. */
export function formOf(word: string, lower: Lower): string {
  if (ASCII.test(word)) return cut(lower(word));
  const plain = visible(word);
  const compatible = folded(plain.normalize('NFKC'), lower).normalize('NFKC');
  // ½ is 1⁄2, and no word has a stroke in it: such signs stay as they are.
  return cut(OTHERS.test(compatible) ? folded(plain.normalize('NFC'), lower).normalize('NFC') : compatible);
}

function cut(word: string): string {
  if (word.length <= WORD_LENGTH_MAX) return word;
  const end = word.codePointAt(WORD_LENGTH_MAX - 1)! > 0xffff ? WORD_LENGTH_MAX - 1 : WORD_LENGTH_MAX;
  return word.slice(0, end);
}
