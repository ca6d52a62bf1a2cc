/* A single arena with forced codes, and what its kernel computes on it. */
import { Arena } from '#silt/hnsw/arena.js';
import type { KernelCode } from '#silt/kernel/builds.js';
import * as L from '#silt/kernel/layout.js';
import { nodePlatform } from '#silt/platform/node/node.js';

export interface Shape {
  readonly dimension: number;
  readonly metric: number;
  readonly codeKind: number;
  readonly m?: number;
  readonly efConstruction?: number;
}

export function newArena(code: KernelCode, shape: Shape, accept: (row: number) => number = () => 1): Arena {
  return new Arena(
    nodePlatform,
    { m: 16, efConstruction: 100, seed: 1, threads: 1, maxBytes: 1 << 24, ...shape },
    code,
    0,
    accept,
  );
}

/** Appends rows; ids are row numbers. */
export function fill(arena: Arena, vectors: readonly (Float32Array | readonly number[])[]): void {
  for (const vector of vectors) {
    const verdict = arena.stage(arena.rows, vector);
    arena.publish(BigInt(arena.rows), verdict === L.VECTOR_WIDE ? L.WIDE | L.QUARANTINED : 0);
  }
}

const image = new DataView(new ArrayBuffer(4));

/** The float32 whose place in the order is `key`. */
export function distanceOfKey(key: number): number {
  image.setUint32(0, key & 0x80000000 ? key ^ 0x80000000 : ~key);
  return image.getFloat32(0);
}

const part = (arena: Arena, field: number): number => arena.scratch + arena.geometry.descriptor[field / 4]!;

/** Addresses of the prepared queries in the scratch of the calling thread. */
export const walkQuery = (arena: Arena): number => part(arena, L.D_S_WALK_QUERY);
export const pairQuery = (arena: Arena): number => part(arena, L.D_S_PAIR_QUERY);

/** Distances of a prepared query to rows, as the walk sees them, and the words behind the list of rows. */
export function distances(
  arena: Arena,
  query: number,
  rows: readonly number[],
): { values: number[]; behind: number[] } {
  const words = new Uint32Array(arena.memory.buffer);
  const list = part(arena, L.D_S_ROWS) / 4;
  const keys = part(arena, L.D_S_KEYS) / 4;
  const padded = Math.ceil(rows.length / 4) * 4;
  words.fill(0xabcdef, list, list + padded + 4);
  words.set(rows, list);
  arena.kernel.distances(query, rows.length, list * 4, keys * 4);
  return {
    values: Array.from(rows, (_, i) => distanceOfKey(words[keys + i]!)),
    behind: [...words.subarray(list + padded, list + padded + 4)],
  };
}

/** Exact top k of a range of rows: `[row, distance]`. */
export function scan(
  arena: Arena,
  query: Float32Array | readonly number[],
  o: { k: number; from?: number; to?: number; skip?: number; filtered?: boolean; into?: number },
): [number, number][] {
  arena.setQuery(query);
  const { k, from = 0, to = arena.rows, skip = 0, filtered = false, into = 0 } = o;
  const size = arena.kernel.scan(arena.scratch, from, to, k, into, skip, filtered ? 1 : 0);
  const words = arena.results;
  return Array.from({ length: size }, (_, i) => [words[2 * i]! >>> 2, distanceOfKey(words[2 * i + 1]!)]);
}
