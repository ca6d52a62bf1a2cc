/* Where the database of a model lives: on this machine, or on several, which open it one after another. */
import { type CollectionConfig, type Database, open } from '#silt/index.js';
import { arenaBytesFor, openOn, TINY_HNSW } from '../support/machines.js';
import { integer, type Random } from '../support/random.js';

export interface Home {
  /** Undefined: in memory. */
  readonly path: string | undefined;
  /** Weights of reopening, and of writing many points at once, among the operations. */
  readonly reopening: number;
  readonly bulk: number;
  readonly hnsw: NonNullable<CollectionConfig['hnsw']>;
  /** Of the machine that opened it last, where there are several. */
  threads?: number;
  open(shape: Parameters<typeof arenaBytesFor>[0], random: Random): Promise<Database>;
}

export function ownMachine(path: string | undefined): Home {
  return {
    path,
    reopening: path === undefined ? 0 : 0.4,
    bulk: 0,
    hnsw: { efConstruction: 50, m: 8 },
    open: () => open(path),
  };
}

/** Machines of so many threads. An arena has room for 128 rows where it is laid out for `laidFor`, for 256 more for each less. */
export function machines(path: string, threads: readonly number[], laidFor: number): Home {
  return {
    path,
    reopening: 8,
    bulk: 4,
    hnsw: TINY_HNSW,
    async open(shape, random) {
      this.threads = threads[integer(random, 0, threads.length)]!;
      return openOn(path, { threads: this.threads, arenaBytes: arenaBytesFor(shape, laidFor, 1) });
    },
  };
}
