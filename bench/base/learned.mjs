// @ts-check
// A collection learns by itself how far its searches must go for a recall, in the background. This waits until it has.

const LOOK_MS = 200;
/** Rows that it asks for, when it has learned all that it learns of rows. */
const LEARNED = 512;

/** @typedef {{ learnedSeconds: number, queries: number }} Learned queries: of which what it learned is */

/**
 * Until a search is answered by what was learned from all that is to be measured; or until nothing was added for long.
 * @param {import('./silt.mjs').Collection} collection
 * @param {Float32Array} query
 * @param {number} waitMs at most
 * @returns {Promise<Learned>}
 */
export async function waitUntilLearned(collection, query, waitMs) {
  const began = performance.now();
  let queries = 0;
  let since = began;
  while (performance.now() - began < waitMs) {
    const { recall } = await collection.explain(query);
    const now = performance.now();
    if (recall && recall.queries !== queries) {
      queries = recall.queries;
      since = now;
    }
    if (queries > 0 && (queries >= LEARNED || now - since > waitMs / 4)) break;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return { learnedSeconds: (since - began) / 1000, queries };
}
