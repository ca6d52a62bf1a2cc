/*
 * One seed, one thread: whatever the build, the same codes, the same graph and the same answers, bit by bit. The
 * scalar build is the oracle: what it computes is written down in plain loops.
 */
import { describe, expect, test } from 'vitest';
import { ORIGIN_FROM } from '#silt/base/limits.js';
import type { Arena } from '#silt/hnsw/arena.js';
import { AsyncIndexBuilder, HnswIndex, type HnswOptions, type Id } from '#silt/index.js';
import type { KernelBuild } from '#silt/kernel/kernel.js';
import * as L from '#silt/kernel/layout.js';
import { someOf } from '../../support/amount.js';
import { engineOf } from '../../support/index.js';
import { BUILDS, withKernel } from '../../support/kernels.js';
import { METRICS, type Vector } from '../../support/oracle.js';
import { integer, randomOf, vectorsFor } from '../../support/random.js';

const FAST = BUILDS.map((code) => code.build).filter((build) => build !== 'scalar');

/** Floats, int8, 4-bit codes of whole and of broken groups, 4-bit codes with a first look at their beginning. */
const DIMENSIONS = [3, 20, 40, 100, 130, 400];
const ROWS = 400;

const SECTIONS: Record<string, number> = {
  codes: L.D_SEC_CODES,
  links: L.D_SEC_LINKS,
  'upper links': L.D_SEC_UPPER,
  vectors: L.D_SEC_VECTORS,
  ids: L.D_SEC_IDS,
  locks: L.D_SEC_LOCKS,
  norms: L.D_SEC_NORMS,
  'upper slots': L.D_SEC_UPPER_SLOT,
  levels: L.D_SEC_LEVELS,
  states: L.D_SEC_STATES,
};

const arenaOf = (index: HnswIndex): Arena => engineOf(index).arenas[0]!;

function blocksOf(arena: Arena): Buffer {
  const { blockRows, blockBytes } = arena.geometry;
  return Buffer.from(arena.copyBlocks(0, Math.ceil(arena.rows / blockRows) * blockBytes));
}

/** Where two arenas differ first, as block, section and byte of it. */
function differenceOf(a: Arena, b: Arena): string | undefined {
  const [one, two] = [blocksOf(a), blocksOf(b)];
  if (one.length !== two.length) return `${one.length} and ${two.length} bytes`;
  const at = one.findIndex((byte, i) => byte !== two[i]);
  if (at < 0) return undefined;
  const { descriptor, blockBytes } = a.geometry;
  const within = at % blockBytes;
  const start = (name: string): number => descriptor[SECTIONS[name]! / 4]!;
  const section = Object.keys(SECTIONS).findLast((name) => start(name) <= within)!;
  return `block ${Math.floor(at / blockBytes)}, ${section}, byte ${within - start(section)}: ${one[at]} and ${two[at]}`;
}

/** Entry point and its level, as the kernel holds them. */
const entryOf = (arena: Arena): bigint => new BigInt64Array(arena.memory.buffer, L.DESC + L.D_ENTRY, 1)[0]!;

function expectSameArena(a: HnswIndex, b: HnswIndex, when: string): void {
  expect(differenceOf(arenaOf(a), arenaOf(b)), when).toBeUndefined();
  expect(entryOf(arenaOf(a)), when).toBe(entryOf(arenaOf(b)));
}

/** What ends a walk besides `ef`, and a row that it does not see. */
interface Limits {
  readonly rank?: number;
  readonly bound?: number;
  readonly hidden?: number;
  /** Of all rows, those said to be admitted, in 65,536ths: many more than there are have the codes scanned. */
  readonly share?: number;
}

/** What a walk leaves in scratch: rows and keys of the beam, as words. */
function beamOf(arena: Arena, query: Vector, ef: number, admission: number, o: Limits = {}): number[] {
  arena.setQuery(query);
  const { rank = 10, bound = Infinity, hidden = L.NONE } = o;
  const found = arena.kernel.walk(arena.scratch, ef, admission, rank, bound, hidden);
  const beam = arena.scratch + arena.geometry.descriptor[L.D_S_BEAM / 4]!;
  return [...new Uint32Array(arena.memory.buffer, beam, 2 * found)];
}

/** Every so-manieth row. */
const SHARES = [1, 2, 3, 11, 97];

/** What a walk and scans among some of the rows find: words of beams and results. */
function admittedOf(arena: Arena, query: Vector, every: number, o: Limits = {}): number[] {
  const { kernel, scratch, rows } = arena;
  const { descriptor } = arena.geometry;
  const wordsAt = (field: number, count: number): Uint32Array =>
    new Uint32Array(arena.memory.buffer, scratch + descriptor[field / 4]!, count);
  const bits = new Uint32Array(Math.ceil(rows / 32));
  for (let row = 0; row < rows; row++) if (row % every === 0) bits[row >>> 5]! |= 1 << (row & 31);
  const admit = (): void => wordsAt(L.D_S_ADMITTED, bits.length).set(bits);
  arena.setQuery(query);
  admit();
  const scanned = kernel.scan(scratch, 5, rows, 7, 0, L.WIDE | L.MASKED, L.ADMITTED);
  const exact = [...wordsAt(L.D_S_RESULTS, 2 * scanned)];
  const near = kernel.scanCodes(scratch, 0, rows, 20, L.WIDE, L.ADMITTED);
  const onCodes = [...wordsAt(L.D_S_BEAM, 2 * near)];
  const { rank = 10, bound = Infinity, hidden = L.NONE } = o;
  const { share = Math.floor(65536 / every) } = o;
  const masks = arena.masked ? 1 : 0;
  const found = kernel.walkAdmitted(scratch, 30, 10, share, masks, rank, bound, hidden);
  return [...exact, ...onCodes, ...wordsAt(L.D_S_BEAM, 2 * found), ...wordsAt(L.D_S_ADMITTED, bits.length)];
}

const BOUNDS = [0, 0.15, 1];

function answersOf(index: HnswIndex, queries: readonly Vector[]): unknown[] {
  const filter = (id: Id): boolean => Number(id) % 3 === 0;
  const arena = arenaOf(index);
  return queries.map((query) => [
    index.search(query, 10),
    index.search(query, 5, { ef: 12 }),
    index.search(query, 10, { ef: 60, filter }),
    index.search(query, 10, { ef: L.LIST_MAX }),
    beamOf(arena, query, 1, L.WALK_ALL),
    beamOf(arena, query, 40, L.WALK_LIVE),
    ...SHARES.map((every) => admittedOf(arena, query, every)),
    ...SHARES.map((every) => admittedOf(arena, query, every, { bound: 0.2, hidden: 7 })),
    admittedOf(arena, query, 97, { share: 65_536, hidden: 97 }),
    admittedOf(arena, query, 11, { share: 65_536, bound: 0.1 }),
    ...BOUNDS.flatMap((bound) => [
      beamOf(arena, query, 100, L.WALK_ALL, { bound }),
      beamOf(arena, query, 100, L.WALK_LIVE, { bound, rank: 3, hidden: 7 }),
      admittedOf(arena, query, 3, { bound, rank: 5, hidden: 390 }),
    ]),
  ]);
}

/** Two indexes, of the scalar build and of another, to which the same happens. */
function pairOf(options: HnswOptions, build: KernelBuild): [HnswIndex, HnswIndex] {
  const make = (which: KernelBuild): HnswIndex =>
    withKernel(which, () => new HnswIndex({ threads: 1, m: 8, efConstruction: 60, ...options }));
  return [make('scalar'), make(build)];
}

describe.each(FAST)('%s and scalar', (build) => {
  describe.each(someOf(METRICS, 2))('%s', (metric) => {
    test.each(someOf(DIMENSIONS, 3))(
      '%d dimensions: the same arena and the same answers at every stage',
      (dimension) => {
        const vectors = vectorsFor(metric, dimension, ROWS, dimension);
        const queries = [...vectorsFor(metric, dimension + 1, 12, dimension), vectors[7]!, vectors[390]!];
        const pair = pairOf({ dimension, metric }, build);
        const answers = (): unknown[][] => pair.map((index) => answersOf(index, queries));
        const same = (when: string): void => {
          expectSameArena(...pair, when);
          const [scalar, other] = answers();
          expect(other, when).toEqual(scalar);
        };

        for (const index of pair) for (const [id, v] of vectors.slice(0, 300).entries()) index.insert(id, v);
        same('one by one');
        for (const index of pair) {
          for (let id = 0; id < 300; id += 9) index.remove(id);
          for (let id = 4; id < 300; id += 50) index.insert(id, vectors[id + 1]!);
        }
        same('with rows removed and replaced');
        const builders = pair.map((index) => new AsyncIndexBuilder(index));
        for (const b of builders) b.enqueue(vectors.slice(300).map((v, i) => [300 + i, v]));
        same('with rows that wait');
        for (const b of builders) expect(b.flushSync()).toBe(100);
        same('built');
        expect(pair[0].verify()).toEqual(pair[1].verify());
      },
    );

    test('doubles, nearly doubles, and magnitudes from one end of float32 to the other', () => {
      const random = randomOf(5);
      for (const dimension of [20, 40, 100]) {
        const vectors = vectorsFor(metric, 1, 40, dimension).flatMap((v, i) => [
          v,
          v,
          v.map((x) => x * (1 + 2 ** -20 * integer(random, -2, 3))),
          v.map((x) => x * 10 ** (i - 20)),
        ]);
        const pair = pairOf({ dimension, metric, m: 4 }, build);
        for (const index of pair) for (const [id, v] of vectors.entries()) index.insert(id, v);
        expectSameArena(...pair, `dimension ${dimension}`);
        const [scalar, other] = pair.map((index) => answersOf(index, vectors.slice(0, 40)));
        expect(other, `dimension ${dimension}`).toEqual(scalar);
      }
    });
  });

  test('a bound means the same that is given in more digits than the kernel has, or is beyond them', () => {
    const vectors = vectorsFor('euclidean', 3, ROWS, 20);
    const random = randomOf(6);
    const bounds = [1e39, 3.5e38, ...Array.from({ length: 100 }, () => 0.5 * random())];
    const [scalar, other] = pairOf({ dimension: 20, metric: 'euclidean' }, build).map((index) => {
      for (const [id, v] of vectors.entries()) index.insert(id, v);
      const arena = arenaOf(index);
      const left = (): Uint32Array =>
        new Uint32Array(arena.memory.buffer, arena.scratch + L.S_RANK, 4).slice();
      return bounds.map((bound) => [
        beamOf(arena, vectors[0]!, 40, L.WALK_ALL, { bound }),
        [...left()],
        admittedOf(arena, vectors[0]!, 11, { bound, share: 65_536 / 8 }),
        [...left()],
      ]);
    });
    expect(other).toEqual(scalar);
  });

  test.each([
    ['cosine', 100],
    ['euclidean', 40],
    ['euclidean', 400],
    ['dot', 20],
    ['dot', 70],
  ] as const)('%s, %d dimensions: rows far from zero, which have an origin', (metric, dimension) => {
    const far = (v: Float32Array): Float32Array => v.map((x) => x + 2);
    const vectors = vectorsFor(metric, 8, ORIGIN_FROM + 100, dimension).map(far);
    const queries = vectorsFor(metric, 9, 12, dimension).map(far);
    const pair = pairOf({ dimension, metric, m: 4, efConstruction: 20 }, build);
    for (const index of pair) {
      const builder = new AsyncIndexBuilder(index);
      for (let at = 0; at < vectors.length; at += 300) {
        builder.enqueue(vectors.slice(at, at + 300).map((v, i) => [at + i, v]));
        builder.flushSync();
      }
    }
    const [scalar, other] = pair.map(arenaOf) as [Arena, Arena];
    expect(scalar.codes.copyOrigin().some((byte) => byte !== 0)).toBe(true);
    expect(Buffer.from(other.codes.copyOrigin()).equals(scalar.codes.copyOrigin())).toBe(true);
    expectSameArena(...pair, 'built');
    expect(answersOf(pair[1], queries)).toEqual(answersOf(pair[0], queries));
  });

  test.each(someOf(METRICS, 3))(
    '%s: other rows among so many copies of one that beams are full of them',
    (metric) => {
      for (const dimension of metric === 'cosine' ? [20, 40, 100, 400] : [100]) {
        const [same, ...own] = vectorsFor(metric, dimension, 60, dimension);
        const vectors = own.flatMap((v) => [same!, same!, same!, v]);
        const pair = pairOf({ dimension, metric, m: 4, efConstruction: 12 }, build);
        for (const index of pair) for (const [id, v] of vectors.entries()) index.insert(id, v);
        expectSameArena(...pair, `dimension ${dimension}`);
        const [scalar, other] = pair.map((index) => answersOf(index, own.slice(0, 10)));
        expect(other, `dimension ${dimension}`).toEqual(scalar);
        // Such a beam gets more room, so that it shows.
        const wider = own.filter((v) => beamOf(arenaOf(pair[0]), v, 8, L.WALK_LIVE).length > 2 * 8);
        expect(wider.length, `dimension ${dimension}`).toBeGreaterThan(0);
      }
    },
  );

  test.each([2, 5, 64])('m = %d, beams of every width while linking', (m) => {
    for (const efConstruction of [1, 2, 7, 300]) {
      const pair = pairOf({ dimension: 70, metric: 'cosine', m, efConstruction, seed: 9 }, build);
      const vectors = vectorsFor('cosine', m, 250, 70);
      for (const index of pair) for (const [id, v] of vectors.entries()) index.insert(id, v);
      expectSameArena(...pair, `efConstruction ${efConstruction}`);
      expect(pair[0].verify()).toEqual(pair[1].verify());
    }
  });
});
