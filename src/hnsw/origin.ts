/*
 * The origin of codes whose vectors are not in the arena: the same rule as in the kernel (asm/origin.ts), over a
 * sample that was fetched.
 */

/** An origin is worth having from this share of the mean squared length on. */
const SHARE = 0.5;
/** Components beyond this are left out, as in the kernel. */
const WIDE_ABOVE = 2 ** 54;

/** The mean of the vectors (of their directions under cosine), if that is most of what they are. */
export function originOf(
  sample: readonly (Float32Array | undefined)[],
  dimension: number,
  directions: boolean,
): Float32Array<ArrayBuffer> | undefined {
  const mean = new Float64Array(dimension);
  let energy = 0;
  for (const vector of sample) {
    if (!vector?.every((x) => Math.abs(x) <= WIDE_ABOVE)) continue;
    const length = directions ? Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0)) : 1;
    for (let i = 0; i < dimension; i++) {
      const x = vector[i]! / length;
      mean[i]! += x / sample.length;
      energy += (x * x) / sample.length;
    }
  }
  const own = mean.reduce((sum, x) => sum + x * x, 0);
  return own >= SHARE * energy ? Float32Array.from(mean) : undefined;
}
