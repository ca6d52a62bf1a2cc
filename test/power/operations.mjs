/*
 * What the process whose writes are recorded does, and what its database must hold. Points are made of their number
 * and a version alone (test/crash/points.mjs), so that a mark need hold no more than those. There is a mark for each
 * operation before it is called, and one when it was acknowledged.
 */
import { readFileSync } from 'node:fs';
import { INDEXES, patchedBy, randomOf, WORDS } from '../crash/points.mjs';

export { randomOf };

const LINKED = { mergeThreshold: 15, maxBufferAgeMs: 10, threads: 1 };

/** Of four kinds: one that grows and is linked, one with its vectors on the disk, one with rows longer than a page, one of several fields. */
export const CONFIGS = {
  main: { dimension: 8, metric: 'euclidean', hnsw: { efConstruction: 40 }, indexing: LINKED },
  side: { dimension: 3, metric: 'cosine', storage: 'disk', hnsw: { efConstruction: 40 }, indexing: LINKED },
  wide: { dimension: 1_100, metric: 'euclidean', hnsw: { efConstruction: 40 }, indexing: { paused: true } },
  words: { dimension: 4, metric: 'euclidean', ...WORDS, hnsw: { efConstruction: 40 }, indexing: LINKED },
};
/** What releases before there were fields could have. */
export const PLAIN = Object.keys(CONFIGS).filter((name) => CONFIGS[name].sparse === undefined);
const NUMBERS = { main: 120, side: 40, wide: 12, words: 40 };
const MOST = { main: 30, side: 12, wide: 4, words: 12 };

export const integer = (random, from, to) => from + Math.floor(random() * (to - from));

/** The next operation on a collection, which is `undefined` while there is none. */
export function randomOperation(random, name, op, before) {
  if (before === undefined) return { op, name, create: true };
  const chance = random();
  if (chance < 0.03) return { op, name, drop: true };
  if (chance < 0.09) {
    const [path, kind] = INDEXES[integer(random, 0, INDEXES.length)];
    return before.indexes.has(path) ? { op, name, unindex: path } : { op, name, index: path, kind };
  }
  const count = random() < 0.3 ? 1 : integer(random, 1, MOST[name] + 1);
  const numbers = [...new Set(Array.from({ length: count }, () => integer(random, 0, NUMBERS[name])))];
  if (chance < 0.25) return { op, name, remove: numbers };
  if (chance < 0.4) return { op, name, patch: numbers, version: op };
  return chance < 0.6 ? { op, name, renew: numbers, version: op } : { op, name, put: numbers, version: op };
}

/** What a collection holds behind an operation: points by number, with their versions, and paths of indexes. */
export function after(state, { create, drop, put, renew, remove, patch, version, index, unindex }) {
  if (create) return { points: new Map(), indexes: new Set() };
  if (drop) return undefined;
  const points = new Map(state.points);
  const indexes = new Set(state.indexes);
  for (const number of put ?? []) points.set(number, version);
  for (const number of renew ?? []) if (points.has(number)) points.set(number, version);
  for (const number of remove ?? []) points.delete(number);
  for (const number of patch ?? [])
    if (points.has(number)) points.set(number, patchedBy(points.get(number), version));
  if (index) indexes.add(index);
  if (unindex) indexes.delete(unindex);
  return { points, indexes };
}

/** The marks in a file, one a line; none without one. */
export function marksIn(file) {
  if (file === undefined) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

/**
 * By collection, the states it may be in where these marks were made: with all that was acknowledged, and any number,
 * from the first on, of the operations that were called since.
 */
export function statesBy(marks) {
  const states = new Map(Object.keys(CONFIGS).map((name) => [name, [undefined]]));
  const names = new Map();
  const called = new Map();
  for (const mark of marks) {
    if (mark.name !== undefined) {
      names.set(mark.op, mark.name);
      const own = states.get(mark.name);
      own.push(after(own.at(-1), mark));
      called.set(mark.name, [...(called.get(mark.name) ?? []), mark.op]);
    } else if (mark.acknowledged !== undefined) {
      const name = names.get(mark.acknowledged);
      const own = called.get(name);
      // What was acknowledged was written behind all that was called before it.
      const count = own.findIndex((op) => op > mark.acknowledged);
      const settled = count < 0 ? own.length : count;
      own.splice(0, settled);
      states.get(name).splice(0, settled);
    }
  }
  return states;
}
