/*
 * Prints float32 numbers as the shortest decimals that round to them: 0.19 is stored as 0.1899999976158142 and must come back as 0.19.
 */

/** Powers of ten for 6 to 9 decimals, as many as a float32 may need. */
const SCALES = [1e6, 1e7, 1e8, 1e9] as const;

export function shortest(value: number): number {
  const size = Math.abs(value);
  // Larger integers have more digits than a float32 can distinguish.
  if (Number.isInteger(value) && size < 1e8) return value;
  if (size >= 1e-3 && size < 8)
    for (const scale of SCALES) {
      const short = Math.round(value * scale) / scale;
      if (Math.fround(short) === value) return short;
    }
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return Number(value.toPrecision(9));
}

/** Qdrant's scores are float32: .8, and not .800000011920929. Those beyond float32 stay as they are. */
export function scoreOut(score: number): number {
  const rounded = Math.fround(score);
  return Number.isFinite(rounded) ? shortest(rounded) : score;
}

/** The components of a vector, each divided by `by`. */
export function floatsOut(vector: ArrayLike<number>, by = 1): number[] {
  const out = new Array<number>(vector.length);
  for (let i = 0; i < vector.length; i++)
    out[i] = shortest(by === 1 ? vector[i]! : Math.fround(vector[i]! / by));
  return out;
}

/** Qdrant normalises cosine vectors when it stores them, and returns them normalised. */
export function normalisedOut(vector: ArrayLike<number>): number[] {
  let squares = 0;
  for (let i = 0; i < vector.length; i++) squares += vector[i]! * vector[i]!;
  const norm = Math.sqrt(squares);
  return floatsOut(vector, Math.abs(norm - 1) < 1e-6 || norm === 0 ? 1 : norm);
}
