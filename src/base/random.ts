/* Random numbers from a seed: the same seed gives the same numbers. */

/** Numbers from 0 to 1, 1 left out (mulberry32: 32 bits of state, good enough to draw samples). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}
