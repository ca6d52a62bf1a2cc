/* What every build of the kernel of MaxSim offers. Addresses and counts are unsigned 32-bit. */
export interface MaxSimKernel {
  /** Begins with a point: of none of its vectors is anything known. */
  begin(): void;
  /** Compares vectors of the point, those in their place, with all of the query. Changes them there. */
  take(vectors: number): void;
  /**
   * How far the point is, of which all vectors were taken: for each vector of the query the best of these, added up in
   * float64. Smaller is nearer: similarities are negated. Not finite where float32 does not hold what is between.
   */
  total(): number;
}
