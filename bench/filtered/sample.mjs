// @ts-check
// Which of the held-out queries are for what. They stand in the order of the file, so each part is spread evenly.
import { thin } from '../data/split.mjs';

const MEASURED = 200;
const PEER_MEASURED = 50; // of the same; some peers take milliseconds for each
const TUNING = 100;
const WARM = 20;

/**
 * @typedef {object} Sample
 * @property {number[]} measured
 * @property {number[]} peerSlots which of `measured` peers are asked
 * @property {number[]} tuning
 * @property {number[]} warm
 */

/** @param {number} count of all queries @returns {Sample} */
export function sampleQueries(count) {
  let left = Array.from({ length: count }, (_, i) => i);
  const take = (/** @type {number} */ most, /** @type {number} */ share) => {
    const taken = thin(left, Math.max(1, Math.min(most, Math.floor(count * share))));
    const gone = new Set(taken);
    left = left.filter((query) => !gone.has(query));
    return taken;
  };
  const measured = take(MEASURED, 0.5);
  return {
    measured,
    peerSlots: thin([...measured.keys()], PEER_MEASURED),
    tuning: take(TUNING, 0.25),
    warm: take(WARM, 0.125),
  };
}
