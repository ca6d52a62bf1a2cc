/* Words of a text, as `match.text` and text indexes see them: runs of letters and digits, in lower case. */

const WORD = /[\p{L}\p{N}]+/gu;

export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(WORD) ?? [];
}
