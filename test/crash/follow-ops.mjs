/* What a writer does that is killed again and again, and what must be found behind each operation: by a seed alone. */
import { randomFrom } from '#silt/base/random.js';

export const IDS = 120;
export const MARKER = 'marker';
const DIMENSION = 6;
export const CONFIG = { dimension: DIMENSION, metric: 'euclidean', indexing: { threads: 1 } };

/**
 * Operation number `n`: ids that are deleted, then points that are written, the marker of the operation among them. `together`:
 * in one commit.
 */
export function operation(seed, n) {
  const random = randomFrom(seed * 100_003 + n);
  const some = (most) =>
    Array.from({ length: Math.floor(random() * most) }, () => Math.floor(random() * IDS));
  const point = (id) => ({
    id,
    vector: Array.from({ length: DIMENSION }, () => random()),
    payload: { n },
  });
  return {
    together: n % 3 === 1,
    deleted: [...new Set(some(12))],
    written: [...new Set(some(n % 7 === 0 ? 200 : 20)), MARKER].map(point),
  };
}

/** What is there behind a deletion, and behind all of an operation: id → number of the operation that wrote it. */
export function afterDeletion(state, { deleted }) {
  const next = new Map(state);
  for (const id of deleted) next.delete(id);
  return next;
}
export function afterAll(state, given, n) {
  const next = afterDeletion(state, given);
  for (const { id } of given.written) next.set(id, n);
  return next;
}
