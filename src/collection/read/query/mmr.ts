/*
 * Maximal marginal relevance (Carbonell & Goldstein 1998): one after another, the candidate that is most similar to the
 * query and least to those that are chosen. The first is the nearest.
 */

/** Candidates that are compared between two stops: large vectors in ten microseconds each. */
const STEP = 64;

/**
 * The places of `count` candidates, in the order in which they are chosen. `relevance`: how similar each is to the query;
 * `similar`: to one another. Of equal ones, the first. It stops behind each, and after some comparisons.
 */
export function* choosing(
  relevance: ArrayLike<number>,
  similar: (a: number, b: number) => number,
  { diversity, count }: { diversity: number; count: number },
): Generator<void, number[]> {
  const left = Array.from({ length: relevance.length }, (_, place) => place);
  const nearest = new Float64Array(left.length).fill(-Infinity);
  const order: number[] = [];
  while (order.length < count && left.length > 0) {
    let best = 0;
    let most = -Infinity;
    for (const [at, place] of left.entries()) {
      const likeness = order.length === 0 ? 0 : diversity * nearest[place]!;
      const value = (order.length === 0 ? 1 : 1 - diversity) * relevance[place]! - likeness;
      if (value > most) [best, most] = [at, value];
    }
    const [place] = left.splice(best, 1) as [number];
    order.push(place);
    for (const [at, other] of left.entries()) {
      nearest[other] = Math.max(nearest[other]!, similar(other, place));
      if (at % STEP === STEP - 1) yield;
    }
    yield;
  }
  return order;
}
