/* How threads that have no store read the vectors that are in one. */

/** Of one collection. Can be posted: the thread that reads imports `module`, and gives it `input`. */
export interface VectorReading {
  readonly module: string;
  readonly input: unknown;
}

/** What such a module exports. */
export interface VectorReaderModule {
  /** Throws where nothing can be read: then the thread that has the store does. */
  openReader(input: unknown): VectorReader;
}

export interface VectorReader {
  /**
   * Copies the vector of a row to `into`, exactly as it was written. False where it was not found whole: it is deleted, or
   * damaged, or the thread that has the store is just going over to another state of it, and can tell.
   */
  read(row: number, into: Float32Array): boolean;
  close(): void;
}
