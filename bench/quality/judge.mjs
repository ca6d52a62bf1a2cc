// @ts-check
// What a ranking is worth, by what experts judged: nDCG@10 with the gains as they are (not 2^gain - 1), recall@100.

/** @param {readonly number[]} ranked documents, best first @param {ReadonlyMap<number, number>} gains @param {number} [k] */
export function ndcg(ranked, gains, k = 10) {
  const best = [...gains.values()].sort((a, b) => b - a);
  const ideal = discounted(best.slice(0, k));
  return ideal === 0 ? null : discounted(ranked.slice(0, k).map((id) => gains.get(id) ?? 0)) / ideal;
}

/** @param {readonly number[]} gains */
function discounted(gains) {
  return gains.reduce((sum, gain, i) => sum + gain / Math.log2(i + 2), 0);
}

/** @param {readonly number[]} ranked @param {ReadonlyMap<number, number>} gains @param {number} [k] */
export function recall(ranked, gains, k = 100) {
  if (gains.size === 0) return null;
  return ranked.slice(0, k).filter((id) => gains.has(id)).length / gains.size;
}
