/* Searches of fields with inverted indexes: exact best scores among the live points that match, as hits. */
import type { Hit } from '../../api/points.js';
import { idKeyOf } from '../../base/ids.js';
import type { TextField } from '../../fields/text/text-field.js';
import { NO_ASPECT } from '../../filter/aspects.js';
import type { LiveIndex } from '../live-index.js';
import { BestSearch } from './best-search.js';
import { bitsOf } from './count.js';
import type { Highlights } from './highlights.js';
import { hitsOf } from './hydrate.js';
import { caughtUp, fieldOf, type Inverted, type InvertedSearch } from './inverted.js';
import type { Reader } from './reader.js';
import type { Use } from './request.js';

/** `query`: nobody else changes it. `showing`: where hits show what was found. */
export async function searchInverted(
  live: LiveIndex,
  reader: Reader,
  query: unknown,
  { spec, params, signal }: InvertedSearch<Inverted>,
  ending: AbortSignal,
  showing?: () => Highlights,
): Promise<Hit[]> {
  const pause = async (): Promise<void> => {
    await live.platform.time.breathe();
    signal?.throwIfAborted();
    ending.throwIfAborted();
  };
  await caughtUp(live, spec, pause);
  let highlights: Highlights | undefined;
  const search = new BestSearch(live, reader, { spec, query, k: params.k });
  const use: Use<Hit[]> = (_, found, asked, atOnce) => {
    const best = search.now(found.filter && bitsOf(found), atOnce, pause);
    if (best instanceof Promise) return best.then(() => undefined);
    // A smaller distance is nearer everywhere.
    const matches = best.map(({ slot, score }) => ({ slot, distance: -score }));
    highlights = showing?.();
    const aspects = spec.kind === 'text' ? fieldOf<TextField>(live, spec).aspects : NO_ASPECT;
    const hits = hitsOf(live, { ...found, matches, aspects }, asked, atOnce);
    if (!highlights) return hits;
    const shown = shownBy(live, highlights);
    return hits instanceof Promise ? hits.then((some) => some && shown(some)) : shown(hits);
  };
  const hits = await reader.answer({ params, signal, own: true }, use);
  await highlights?.fill(pause);
  return hits;
}

function shownBy(live: LiveIndex, highlights: Highlights): (hits: readonly Hit[]) => Hit[] {
  const rowOf = ({ id }: Hit): number => live.store.rowOf(live.collection, idKeyOf(id));
  return (hits) => hits.map((hit) => ({ ...hit, highlights: highlights.of(rowOf(hit)) }));
}
