/*
 * What the processes that are killed write, and the log that says which of it they saw acknowledged.
 *
 * A point is made of its number and a version alone, so that the log need hold no more than those: a line for every
 * batch before it is written, one for every batch that was acknowledged, one when it was found out what became of
 * those in between.
 */
import { readFileSync, writeSync } from 'node:fs';
import { randomFrom as randomOf } from '#silt/base/random.js';
import { geometryOf } from '#silt/kernel/geometry.js';
import { EUCLIDEAN } from '#silt/kernel/layout.js';

export { randomOf };

const integer = (random, from, to) => from + Math.floor(random() * (to - from));

/** Links take so much room that a block of an arena holds 128 rows. */
const WIDE_LINKS = { efConstruction: 40, m: 256 };

/** Bytes of an arena that holds one block where it has scratch for two threads, and two more for one. */
function tinyArena() {
  const shape = { ...WIDE_LINKS, dimension: 8, metric: EUCLIDEAN, seed: 1, threads: 2, searchers: 2 };
  let maxBytes = 65_536;
  while (geometryOf({ ...shape, maxBytes }).capacity < 128) maxBytes += 65_536;
  return maxBytes;
}

/** Of a collection whose points have sparse vectors and texts too: those of payloads, which patches change, and which they keep. */
export const WORDS = { sparse: { words: {} }, text: { note: { path: 'note' }, text: { path: 'text' } } };

/** Two collections each: `main` grows and is linked, `side` shares its commits. */
export const VARIANTS = {
  small: {
    ids: 150,
    batch: 20,
    collections: {
      main: {
        dimension: 8,
        metric: 'euclidean',
        hnsw: { efConstruction: 40 },
        indexing: { mergeThreshold: 15, maxBufferAgeMs: 10, threads: 1 },
      },
      side: {
        dimension: 3,
        metric: 'cosine',
        storage: 'disk',
        ...WORDS,
        indexing: { mergeThreshold: 30, maxBufferAgeMs: 20, threads: 2 },
      },
    },
  },
  // Enough rows for a graph, enough components for codes, enough replacements for compactions.
  large: {
    ids: 1_600,
    batch: 150,
    collections: {
      main: {
        dimension: 64,
        metric: 'cosine',
        hnsw: { efConstruction: 40 },
        indexing: { mergeThreshold: 100, maxBufferAgeMs: 50, threads: 2 },
      },
      side: {
        dimension: 3,
        metric: 'euclidean',
        indexing: { mergeThreshold: 10, maxBufferAgeMs: 5, threads: 1 },
      },
    },
  },
  // As many threads as there are cores, and arenas that hold more rows for fewer of them: see machines.mjs.
  arenas: {
    ids: 700,
    batch: 100,
    arenaBytes: tinyArena(),
    collections: {
      main: {
        dimension: 8,
        metric: 'euclidean',
        hnsw: WIDE_LINKS,
        indexing: { mergeThreshold: 50, maxBufferAgeMs: 20 },
      },
      side: { dimension: 3, metric: 'cosine', storage: 'disk' },
    },
  },
};

/** Ids of every kind. */
export function idOf(number) {
  if (number % 3 === 0) return `word ${number}`;
  return number % 3 === 1 ? number : 2n ** 60n + BigInt(number);
}

/** A version whose payload was patched later, by so many-th a batch. */
const PATCHED = 2 ** 26;
export function patchedBy(version, batch) {
  return (version % PATCHED) + batch * PATCHED;
}

/** What a patch sets. */
export function patchOf(batch) {
  return { patched: batch, note: `patch${batch % 7} batch${batch}` };
}

/** Five directions that mix, and some noise, as embeddings are. */
export function vectorOf(number, version, dimension) {
  const random = randomOf(number * 7_919 + (version % PATCHED) * 104_729 + 1);
  const weights = Array.from({ length: 5 }, () => random() - 0.5);
  return Float32Array.from({ length: dimension }, (_, i) =>
    weights.reduce(
      (sum, weight, j) => sum + weight * Math.sin((i + 1) * (j + 2) * 1.7),
      0.2 * (random() - 0.5),
    ),
  );
}

/** A third of the points has none. */
export function sparseOf(number, version) {
  const own = version % PATCHED;
  return number % 3 === 0 ? undefined : { indices: [number % 5, 7 + (own % 4)], values: [1 + number, 0.5] };
}

/** What a point has in the fields of its collection. */
export function vectorsOf(number, version, { dimension, sparse }) {
  const vector = vectorOf(number, version, dimension);
  const words = sparse && sparseOf(number, version);
  return words ? { '': vector, words } : vector;
}

export function payloadOf(number, version) {
  const [own, patched] = [version % PATCHED, Math.floor(version / PATCHED)];
  const written = number % 4 !== 0 && { number, version: own, text: 'x'.repeat((number * own) % 97) };
  if (!written && patched === 0) return undefined;
  return { ...written, ...(patched > 0 && patchOf(patched)) };
}

/** The operations of one commit that make points of another version, where they are: vectors and payloads, of those that are there. */
export function renewing(numbers, version, config) {
  const vectors = numbers.map((number) => ({
    id: idOf(number),
    vector: vectorsOf(number, version, config),
  }));
  const payloads = numbers.map((number) => {
    const [ids, payload] = [[idOf(number)], payloadOf(number, version)];
    return payload ? { overwritePayload: ids, payload } : { clearPayload: ids };
  });
  return [{ updateVectors: vectors }, ...payloads];
}

/** Payload indexes that come and go, and filters that ask them; the last one asks what no index tells. */
export const INDEXES = [
  ['number', 'integer'],
  ['version', 'float'],
  ['text', 'keyword'],
  ['patched', 'integer'],
];
export const FILTERS = [
  { must: { key: 'number', range: { lt: 70 } } },
  { must: { key: 'version', range: { gt: 3, lte: 60 } } },
  { must: { key: 'text', match: { except: [''] } } },
  { must: { key: 'patched', range: { gte: 5 } }, must_not: { key: 'version', range: { lt: 9 } } },
  { must: { key: 'text', is_empty: true }, must_not: { key: 'number', range: { gte: 900 } } },
  {
    should: [
      { key: 'number', match: { any: [1, 2, 3, 5, 8, 13, 21] } },
      { key: 'version', range: { lt: 4 } },
    ],
  },
  { must: [{ key: 'number', range: { gte: 10 } }, { has_id: [1, 7, 'word 9', 2n ** 60n + 11n] }] },
];

/**
 * A batch of random operations: `put` by number and version, or `remove`, `patch` or `renew` by number; or several in one commit, behind
 * a deletion of those whose payloads have numbers in a range.
 */
export function randomBatch(random, variant, name, batch) {
  const { ids, batch: most } = VARIANTS[variant];
  const range = name === 'main' ? ids : 40;
  const numbers = Array.from({ length: integer(random, 1, most + 1) }, () => integer(random, 0, range));
  if (random() < 0.2) return { batch, name, remove: [...new Set(numbers.slice(0, 1 + numbers.length / 2))] };
  if (random() < 0.12) return { batch, name, patch: [...new Set(numbers)], version: batch };
  if (random() < 0.12) return { batch, name, renew: [...new Set(numbers)], version: batch };
  if (random() < 0.2) {
    const from = integer(random, 0, range);
    const drop = [from, from + integer(random, 0, 12)];
    const [patch, remove] = [0.5, 0.2].map((share) => [...new Set(numbers.slice(0, share * numbers.length))]);
    return { batch, name, drop, put: [...new Set(numbers)], patch, remove, version: batch };
  }
  return { batch, name, put: [...new Set(numbers)], version: batch };
}

/** Whether the payload of a point has a number in a range. */
function isDropped(number, [from, to]) {
  return number % 4 !== 0 && number >= from && number < to;
}

/** The filter that says the same. */
export function filterOf([from, to]) {
  return { must: { key: 'number', range: { gte: from, lt: to } } };
}

/** Applies a batch to the points of its collection: number → version. */
function apply(points, { drop, put, renew, remove, patch, version }) {
  if (drop) for (const number of [...points.keys()]) if (isDropped(number, drop)) points.delete(number);
  for (const number of put ?? []) points.set(number, version);
  for (const number of renew ?? []) if (points.has(number)) points.set(number, version);
  for (const number of patch ?? [])
    if (points.has(number)) points.set(number, patchedBy(points.get(number), version));
  for (const number of remove ?? []) points.delete(number);
}

export function appendLine(file, line) {
  writeSync(file, `${JSON.stringify(line)}\n`);
}

/**
 * Reads the log: by collection, the points that were acknowledged, and the batches that were not, in order, of which
 * any number from the first on may have been kept.
 */
export function readLog(path) {
  const states = new Map();
  let last = 0;
  for (const text of readFileSync(path, 'utf8').split('\n')) {
    if (text === '') continue;
    const line = JSON.parse(text);
    if (line.batch !== undefined) {
      last = line.batch;
      if (!states.has(line.name)) states.set(line.name, { points: new Map(), open: [] });
      states.get(line.name).open.push(line);
    }
    if (line.acknowledged !== undefined) {
      const { points, open } = states.get(line.name);
      // What was acknowledged was written behind all that came before it.
      while (open.length > 0 && open[0].batch <= line.acknowledged) apply(points, open.shift());
    }
    if (line.settled !== undefined) {
      const { points, open } = states.get(line.name);
      for (const batch of open.splice(0).slice(0, line.settled)) apply(points, batch);
    }
  }
  return { states, last };
}

/** The states that a collection may be in: one for every number of open batches that were kept. */
export function* possible({ points, open }) {
  const state = new Map(points);
  yield new Map(state);
  for (const batch of open) {
    apply(state, batch);
    yield new Map(state);
  }
}
