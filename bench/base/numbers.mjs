// @ts-check
// The few statistics a noisy machine allows: medians, percentiles, and how they are printed.

/**
 * @param {ArrayLike<number>} values
 * @param {number} p between 0 and 1
 * @returns {number} nearest-rank percentile; NaN of nothing
 */
export function percentile(values, p) {
  const sorted = Float64Array.from(values).sort();
  if (sorted.length === 0) return Number.NaN;
  return /** @type {number} */ (sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)]);
}

/**
 * @param {ArrayLike<number>} values
 * @returns {number} NaN of nothing
 */
export function median(values) {
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length >> 1;
  if (sorted.length === 0) return Number.NaN;
  if (sorted.length % 2 === 1) return /** @type {number} */ (sorted[half]);
  return (Number(sorted[half - 1]) + Number(sorted[half])) / 2;
}

/**
 * @param {number | null | undefined} value
 * @param {number} [digits]
 */
export function figure(value, digits = 0) {
  if (value === null || value === undefined || !Number.isFinite(value)) return '-';
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
