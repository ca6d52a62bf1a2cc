/*
 * Of equal scores, points come in the order in which they were written. An engine puts them in the order of its places, and a point
 * that got another vector has a new place: there, it is asked for more, as long as the last of the `k` has others beside it, and all are
 * put in the order of their slots. So the answer is the same when the field is read again, and places are in order.
 */
import { asOfNow, byDistance, type Match, type Query } from '../../hnsw/query.js';
import type { LiveField } from '../live-field.js';

/** Beyond so many more, it may be others of those with the last score. */
const TIES_MAX = 10_000;

type Found = Match[] | Promise<Match[]>;

/** The nearest by places, as `ask` gives them: `k` of them, or more where those are to be chosen by slots. */
export function withTies(field: LiveField, query: Query, ask: (query: Query) => Found): Found {
  const { k } = query;
  if (field.part.places.ascending) return ask(query);
  const most = k + TIES_MAX;
  const take = (asked: number, own: Query): Found => {
    const found = ask({ ...own, k: asked });
    const whole = (matches: Match[], now: Query): Found =>
      asked === most || !endsInTie(matches, k, asked) ? matches : take(Math.min(2 * asked, most), now);
    return found instanceof Promise
      ? found.then((matches) => whole(matches, asOfNow(query)))
      : whole(found, own);
  };
  return take(k + 1, query);
}

/** Whether there may be more that are as far as the last of the first `k`. */
function endsInTie(matches: readonly Match[], k: number, asked: number): boolean {
  return matches.length === asked && matches[asked - 1]!.distance === matches[k - 1]!.distance;
}

/** The `k` nearest of what an engine found, by slots. */
export function inSlots(field: LiveField, matches: readonly Match[], k: number): readonly Match[] {
  const { places } = field.part;
  if (places.same) return matches;
  const found = matches.map((match) => ({ ...match, slot: places.slotAt(match.slot) }));
  return places.ascending ? found : found.sort(byDistance).slice(0, k);
}
