/* Real vectors: see fixtures/README.md. */
import { readFileSync } from 'node:fs';
import type { Metric } from '#silt/index.js';

const file = readFileSync(new URL('../fixtures/words.bin', import.meta.url));
const ROWS = file.readUInt32LE(0);
const DIMENSION = file.readUInt32LE(4);

function word(row: number): Float32Array {
  const scale = file.readFloatLE(8 + 4 * row);
  const at = 8 + 4 * ROWS + row * DIMENSION;
  return Float32Array.from({ length: DIMENSION }, (_, i) => scale * file.readInt8(at + i));
}

/** For the metrics on bits: whether each component is above the mean of all words. */
const MEANS = Array.from({ length: DIMENSION }, (_, i) => {
  let sum = 0;
  for (let row = 0; row < ROWS; row++) sum += word(row)[i]!;
  return sum / ROWS;
});

/** Every `step`-th word from `from` on, `count` of them; as bits for hamming and jaccard. */
export function words(metric: Metric, from: number, count: number, step = 1): Float32Array[] {
  const bits = metric === 'hamming' || metric === 'jaccard';
  return Array.from({ length: count }, (_, i) => {
    const vector = word((from + i * step) % ROWS);
    return bits ? vector.map((x, at) => (x > MEANS[at]! ? 1 : 0)) : vector;
  });
}

export const WORD_DIMENSION: number = DIMENSION;
