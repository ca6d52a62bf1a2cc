/* What every build of the kernel of MaxSim offers. Addresses and counts are unsigned 32-bit. */
export interface MaxSimKernel {
  /**
   * How far the point is, whose vectors are in their place: for each vector of the query the best of these, added up in
   * float64. Smaller is nearer: similarities are negated. Changes the vectors in their place. Not finite where float32
   * does not hold what is between.
   */
  compare(vectors: number): number;
}
