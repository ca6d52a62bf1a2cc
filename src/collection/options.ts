/* What callers of a collection give it, and are told of it. */
import type { PayloadIndexInfo } from '../filter/payload-indexes.js';
import type { ResolvedConfig } from './config.js';

export interface UpsertOptions {
  /** What to do with a bad point: reject the call, or leave the point out and say so in the receipt. Default 'throw'. */
  readonly onInvalid?: 'throw' | 'skip' | undefined;
  /**
   * When to resolve: 'flushed', once the points are on the disk; 'committed', once they survive the end of this
   * process (a loss of power may take the last ones). Default 'flushed'.
   */
  readonly durability?: 'flushed' | 'committed' | undefined;
  /** When linking is far behind: wait, or throw a BackpressureError. Default 'wait'. */
  readonly backpressure?: 'wait' | 'error' | undefined;
  /** Takes the write back as long as its commit has not begun. */
  readonly signal?: AbortSignal | undefined;
}

/** When a write has come so far: on the disk; found by searches; in the graph. */
export type Stage = 'durable' | 'searchable' | 'indexed';

export interface CollectionInfo {
  readonly name: string;
  readonly config: ResolvedConfig;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly points: number;
  readonly memoryBytes: number;
  readonly seq: number;
  readonly payloadIndexes: readonly PayloadIndexInfo[];
}
