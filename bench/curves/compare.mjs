// @ts-check
// From points to claims. Speeds are compared at equal recall, and ratios are taken within a round before
// the median, because only figures of the same minutes can be divided.
import { median } from '../base/numbers.mjs';

export const TARGETS = [0.9, 0.95, 0.985];

/** @typedef {import('./measure.mjs').Measured} Measured */
/** @typedef {import('./section.mjs').EngineResult} EngineResult */

/**
 * Speed at a recall: linear in recall against the logarithm of the speed, between the two neighbouring
 * points; never beyond the measured ones.
 * @param {Measured[]} points by rising ef
 * @param {number} recall
 * @returns {number | null} null: the curve does not cross it
 */
export function speedAt(points, recall) {
  for (let i = 1; i < points.length; i++) {
    const low = /** @type {Measured} */ (points[i - 1]);
    const high = /** @type {Measured} */ (points[i]);
    if (low.recall <= recall && recall <= high.recall) {
      const share = high.recall === low.recall ? 0 : (recall - low.recall) / (high.recall - low.recall);
      return Math.exp(Math.log(low.qps) + share * (Math.log(high.qps) - Math.log(low.qps)));
    }
  }
  return null;
}

/**
 * @param {EngineResult} result
 * @returns {Measured[]} per ef the median of the rounds
 */
export function medians(result) {
  const first = result.rounds[0] ?? [];
  return first.map(({ ef }, i) => {
    const points = result.rounds.flatMap((round) => round[i] ?? []);
    const of = (/** @type {'recall' | 'qps' | 'p50' | 'p99'} */ field) =>
      median(points.map((point) => point[field]));
    return { ef, recall: of('recall'), qps: of('qps'), p50: of('p50'), p99: of('p99') };
  });
}

/**
 * @typedef {object} Comparison
 * @property {{ recall: number, qps: Record<string, number | null>, bestPeer: string | null, ratio: number | null }[]} speeds
 *   ratio: Silt's speed to that of the fastest peer in the same round, median of the rounds
 * @property {{ toUsearch: number | null, toBestPeer: number | null, bestPeer: string | null }} build
 */

/**
 * @param {EngineResult[]} results
 * @returns {Comparison}
 */
export function compare(results) {
  const sound = results.filter((result) => result.failure === null);
  const silt = sound.find((result) => result.name === 'silt');
  const peers = sound.filter((result) => result !== silt);
  const speeds = TARGETS.map((recall) => {
    const qps = Object.fromEntries(sound.map((result) => [result.name, speedAt(medians(result), recall)]));
    const bestPeer = best(peers, (peer) => qps[peer.name] ?? null);
    const ratios = (silt?.rounds ?? []).flatMap((round, i) => {
      const own = speedAt(round, recall);
      const others = peers.flatMap((peer) => speedAt(peer.rounds[i] ?? [], recall) ?? []);
      return own === null || others.length === 0 ? [] : [own / Math.max(...others)];
    });
    return { recall, qps, bestPeer, ratio: ratios.length > 0 ? median(ratios) : null };
  });
  const rate = (/** @type {EngineResult | undefined} */ result) => result?.build?.vectorsPerSecond ?? null;
  const bestBuilder = best(peers, rate);
  const usearch = peers.find((peer) => peer.name === 'usearch');
  const against = (/** @type {EngineResult | undefined} */ peer) => divide(rate(silt), rate(peer));
  const bestPeer = peers.find((peer) => peer.name === bestBuilder);
  return {
    speeds,
    build: { toUsearch: against(usearch), toBestPeer: against(bestPeer), bestPeer: bestBuilder },
  };
}

/**
 * @param {EngineResult[]} list
 * @param {(result: EngineResult) => number | null} value
 * @returns {string | null}
 */
function best(list, value) {
  const known = list.filter((each) => value(each) !== null);
  return known.sort((a, b) => Number(value(b)) - Number(value(a)))[0]?.name ?? null;
}

/** @param {number | null} a @param {number | null} b */
function divide(a, b) {
  return a === null || b === null ? null : a / b;
}
