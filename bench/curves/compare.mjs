// @ts-check
// From points to claims. Speeds are compared at equal recall, and ratios are taken within a round before
// the median, because only figures of the same minutes can be divided.
import { median } from '../base/numbers.mjs';
import { engineRow } from '../engines/engines.mjs';

export const TARGETS = [0.9, 0.95, 0.985, 0.99];

/** @typedef {import('./measure.mjs').Measured} Measured */
/** @typedef {import('./section.mjs').EngineResult} EngineResult */

/** Queries per second; above: its narrowest setting finds more than was looked for, and that is its speed.
 * @typedef {{ qps: number, above: boolean }} Speed */

/**
 * The fastest way to at least so much recall: that of a point, or of a place between two neighbours, where the curve is
 * linear in recall against the logarithm of the speed.
 * @param {Measured[]} points by rising ef, or recall that was asked for
 * @param {number} recall
 * @param {number} k an ef no larger is the narrowest there is
 * @returns {Speed | null} null: it does not find so much; or the narrowest setting was not measured, and what was finds more
 */
export function speedAt(points, recall, k) {
  const first = points[0];
  if (first === undefined) return null;
  const above = first.recall > recall;
  if (above && first.ef !== null && first.ef > k) return null;
  const enough = points.flatMap((point) => (point.recall >= recall ? [point.qps] : []));
  const between = points.flatMap((high, i) => {
    const low = points[i - 1];
    if (!low || low.recall >= recall || high.recall < recall) return [];
    const share = (recall - low.recall) / (high.recall - low.recall);
    return [Math.exp(Math.log(low.qps) + share * (Math.log(high.qps) - Math.log(low.qps)))];
  });
  return enough.length === 0 ? null : { qps: Math.max(...enough, ...between), above };
}

/**
 * @param {EngineResult} result
 * @returns {Measured[]} per ef, or recall that was asked for, the median of the rounds
 */
export function medians(result) {
  const first = result.rounds[0] ?? [];
  return first.map(({ ef, asked }, i) => {
    const points = result.rounds.flatMap((round) => round[i] ?? []);
    const of = (/** @type {'recall' | 'qps' | 'p50' | 'p99'} */ field) =>
      median(points.map((point) => point[field]));
    return { ef, asked, recall: of('recall'), qps: of('qps'), p50: of('p50'), p99: of('p99') };
  });
}

/** Of Silt to others, each in the same round, median of the rounds; best: to the fastest peer of each round.
 * @typedef {{ best: number | null, [peer: string]: number | null }} Ratios */

/**
 * @typedef {object} Comparison
 * @property {{ recall: number, qps: Record<string, number | null>, above: string[], bestPeer: string | null,
 *   ratios: Record<string, Ratios> }[]} speeds ratios: for each engine that is Silt
 * @property {{ toUsearch: number | null, toBestPeer: number | null, bestPeer: string | null }} build
 */

/** Whether an engine is Silt, in one way or another. @param {{ name: string }} result */
export function isSilt({ name }) {
  return engineRow(name).package === null;
}

/**
 * @param {EngineResult[]} results
 * @param {number} k
 * @returns {Comparison}
 */
export function compare(results, k) {
  const sound = results.filter((result) => result.failure === null);
  const peers = sound.filter((result) => !isSilt(result));
  const speeds = TARGETS.map((recall) => {
    const found = sound.map((result) => ({
      name: result.name,
      speed: speedAt(medians(result), recall, k),
    }));
    const qps = Object.fromEntries(found.map(({ name, speed }) => [name, speed?.qps ?? null]));
    const above = found.filter(({ speed }) => speed?.above).map(({ name }) => name);
    const bestPeer = best(peers, (peer) => qps[peer.name] ?? null);
    const ratios = Object.fromEntries(
      sound.filter(isSilt).map((own) => [own.name, ratiosOf(own, peers, recall, k)]),
    );
    return { recall, qps, above, bestPeer, ratios };
  });
  const rate = (/** @type {EngineResult | undefined} */ result) => result?.build?.vectorsPerSecond ?? null;
  const bestBuilder = best(peers, rate);
  const silt = sound.find(({ name }) => name === 'silt');
  const usearch = peers.find((peer) => peer.name === 'usearch');
  const against = (/** @type {EngineResult | undefined} */ peer) => divide(rate(silt), rate(peer));
  const bestPeer = peers.find((peer) => peer.name === bestBuilder);
  return {
    speeds,
    build: { toUsearch: against(usearch), toBestPeer: against(bestPeer), bestPeer: bestBuilder },
  };
}

/**
 * @param {EngineResult} own
 * @param {EngineResult[]} peers
 * @param {number} recall
 * @param {number} k
 * @returns {Ratios}
 */
function ratiosOf(own, peers, recall, k) {
  const overRounds = (/** @type {EngineResult[]} */ some) => {
    const each = own.rounds.flatMap((round, i) => {
      const speed = speedAt(round, recall, k)?.qps;
      const others = some.flatMap((peer) => speedAt(peer.rounds[i] ?? [], recall, k)?.qps ?? []);
      return speed === undefined || others.length === 0 ? [] : [speed / Math.max(...others)];
    });
    return each.length > 0 ? median(each) : null;
  };
  return {
    ...Object.fromEntries(peers.map((peer) => [peer.name, overRounds([peer])])),
    best: overRounds(peers),
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
