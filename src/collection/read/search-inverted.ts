/* Searches of fields with inverted indexes: exact best scores among the live points that match, as hits. */
import type { Hit } from '../../api/points.js';
import type { TextField } from '../../fields/text/text-field.js';
import { NO_ASPECT } from '../../filter/aspects.js';
import type { LiveIndex } from '../live-index.js';
import { BestSearch } from './best-search.js';
import { bitsOf } from './count.js';
import { hitsOf } from './hydrate.js';
import { caughtUp, fieldOf, type Inverted, type InvertedSearch } from './inverted.js';
import type { Reader } from './reader.js';
import type { Use } from './request.js';

/** `query`: nobody else changes it. `showing`: gives, in the turn in which they are found, what shows hits. */
export async function searchInverted(
  live: LiveIndex,
  reader: Reader,
  query: unknown,
  { spec, params, signal }: InvertedSearch<Inverted>,
  ending: AbortSignal,
  showing: () => (hits: Hit[]) => Hit[] = () => (hits) => hits,
): Promise<Hit[]> {
  const pause = async (): Promise<void> => {
    await live.platform.time.breathe();
    signal?.throwIfAborted();
    ending.throwIfAborted();
  };
  await caughtUp(live, spec, pause);
  const search = new BestSearch(live, reader, { spec, query, k: params.k });
  const use: Use<Hit[]> = (_, found, asked, atOnce) => {
    const best = search.now(found.filter && bitsOf(found), atOnce, pause);
    if (best instanceof Promise) return best.then(() => undefined);
    // A smaller distance is nearer everywhere.
    const matches = best.map(({ slot, score }) => ({ slot, distance: -score }));
    const shown = showing();
    const aspects = spec.kind === 'text' ? fieldOf<TextField>(live, spec).aspects : NO_ASPECT;
    const hits = hitsOf(live, { ...found, matches, aspects }, asked, atOnce);
    return hits instanceof Promise ? hits.then((some) => some && shown(some)) : shown(hits);
  };
  return reader.answer({ params, signal, own: true }, use);
}
