/* Points that have a number each, for filters of which is known how many match. */
import type { Filter } from '#silt/api/filter.js';
import type { FilterTwin } from './filtered.js';
import { integer, randomOf, vectorsFor } from './random.js';

/** Points whose number at `key` is less. */
export const below = (key: string, value: number): Filter => ({ must: { key, range: { lt: value } } });
/** The same, of a path without an index. */
export const openBelow = (value: number): Filter => below('open', value);

/** Points with a number each, in no order: at `known`, which is indexed, and at `open`, which is not. */
export async function fill(twin: FilterTwin, count: number, dimension: number): Promise<void> {
  const { metric } = twin.collection.config;
  const random = randomOf(7);
  const numbers = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = integer(random, 0, i + 1);
    [numbers[i], numbers[j]] = [numbers[j]!, numbers[i]!];
  }
  const vectors = vectorsFor(metric, 1, count, dimension);
  await twin.index('known', 'integer');
  for (let at = 0; at < count; at += 2_000)
    await twin.put(
      vectors.slice(at, at + 2_000).map((vector, i) => ({
        id: at + i,
        vector,
        payload: { known: numbers[at + i]!, open: numbers[at + i]! },
      })),
    );
}
