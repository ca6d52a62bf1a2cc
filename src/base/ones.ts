/* Bits that are set, counted. */

/** In a 32-bit word: sums of pairs, of fours, of bytes, then all four bytes in the top one. */
export function onesOf(word: number): number {
  const pairs = word - ((word >>> 1) & 0x5555_5555);
  const fours = (pairs & 0x3333_3333) + ((pairs >>> 2) & 0x3333_3333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}

export function countOnes(words: Uint32Array): number {
  let count = 0;
  for (let i = 0; i < words.length; i++) count += onesOf(words[i]!);
  return count;
}
