/* What searches find under filters whose rows are known, on real vectors: wherever matching rows lie, near the query or far. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ALL } from '#silt/hnsw/admitted.js';
import { Engine } from '#silt/hnsw/engine.js';
import { runWalk } from '#silt/hnsw/job.js';
import { recallOf } from '#silt/hnsw/measure.js';
import { walkFor } from '#silt/hnsw/plan-job.js';
import type { Query } from '#silt/hnsw/query.js';
import { matchesIn } from '#silt/hnsw/scan.js';
import { S_BOUND, WAY_AMONG } from '#silt/kernel/layout.js';
import { nodePlatform } from '#silt/platform/node/node.js';
import { randomOf } from '../support/random.js';
import { WORD_DIMENSION, words } from '../support/words.js';

const ROWS = 4_900;
const QUERIES = 50;
const K = 10;
const FLOOR = 0.95;
const SHARES = [0.5, 0.2, 0.05];
const BOUND = 0.2;

const vectors = words('cosine', 0, ROWS);
const queries = words('cosine', ROWS, QUERIES, 2);

function cosine(a: Float32Array, b: Float32Array): number {
  let dot = 0;
  for (let i = 0; i < a.length; i++) dot += a[i]! * b[i]!;
  return dot / (Math.hypot(...a) * Math.hypot(...b));
}

/** Words that clusters gather around. */
const centres = vectors.filter((_, row) => row % 100 === 0);
const clusterOf = vectors.map((vector) => {
  const near = centres.map((centre) => cosine(vector, centre));
  return near.indexOf(Math.max(...near));
});

/** Clusters in the order of their centres, the nearest to the query first or the farthest, until there are `wanted` rows. */
function clusters(query: Float32Array, sign: number, wanted: number): number[] {
  const order = centres
    .map((centre, at) => [sign * cosine(query, centre), at] as const)
    .sort(([a], [b]) => b - a)
    .map(([, at]) => at);
  const taken = new Set<number>();
  let rows = 0;
  for (const at of order) {
    if (rows >= wanted) break;
    taken.add(at);
    rows += clusterOf.filter((cluster) => cluster === at).length;
  }
  return [...vectors.keys()].filter((row) => taken.has(clusterOf[row]!));
}

const random = randomOf(3);
const MATCHES: Record<string, (query: Float32Array, share: number) => number[]> = {
  'rows at random': (_, share) => [...vectors.keys()].filter(() => random() < share),
  'the clusters nearest to the query': (query, share) => clusters(query, 1, share * ROWS),
  'the clusters farthest from the query': (query, share) => clusters(query, -1, share * ROWS),
};

let engine: Engine;
beforeAll(async () => {
  engine = new Engine(nodePlatform, { dimension: WORD_DIMENSION, metric: 'cosine', efConstruction: 100 });
  engine.append(vectors.map((vector, row) => [row, vector]));
  await engine.build.start(1); // two threads link in another order each time
}, 60_000);
afterAll(() => engine.close());

/** Below the plan, which scans so few rows: what the walk finds of the nearest `K` with a bit, and how many rows it met. */
function walked(query: Query, bits: Uint32Array, matching: number): { recall: number; met: number } {
  const [arena] = engine.arenas;
  const exact = engine.answerAtOnce({ ...query, admitted: { kind: 'bits', bits }, exact: true });
  arena!.setQuery(query.vector);
  arena!.admitToWalk(bits);
  const { kernel, scratch } = arena!;
  const met = runWalk(kernel, scratch, walkFor(arena!, query, K, query.ef, matching / ROWS));
  const found = matchesIn(arena!, kernel.rescore(scratch, met, K, 0));
  expect(found.every(({ slot }) => (bits[slot >>> 5]! >>> (slot & 31)) & 1)).toBe(true);
  return { recall: recallOf(exact, found, K), met: [...arena!.visitedRows(true)].length };
}

/** The recall of a walk among the rows of a kind, and of one among all rows. */
function recallsAt(
  which: string,
  share: number,
  vector: (typeof queries)[number],
  bound: number | undefined,
) {
  const rows = MATCHES[which]!(vector, share);
  const bits = new Uint32Array(Math.ceil(ROWS / 32));
  for (const row of rows) bits[row >>> 5]! |= 1 << (row & 31);
  const query = { vector, k: K, ef: 256, bound, admitted: ALL, exact: false, exactBelow: 0 };
  const plain = recallOf(engine.answerAtOnce({ ...query, exact: true }), engine.answerAtOnce(query), K);
  return { among: walked(query, bits, rows.length).recall, plain };
}

describe.each([
  ['with a bound', BOUND],
  ['without one', undefined],
])('a walk %s', (_, bound) => {
  test.each(Object.keys(MATCHES))(`finds ${FLOOR} of the nearest among %s`, (which) => {
    for (const share of SHARES) {
      let sum = 0;
      let plain = 0;
      for (const vector of queries) {
        const found = recallsAt(which, share, vector, bound);
        sum += found.among;
        plain += found.plain;
      }
      const recall = sum / QUERIES;
      expect(recall, `${share} of the rows`).toBeGreaterThan(FLOOR);
      // What was learned without a filter is promised with one.
      if (bound !== undefined) expect(recall, `${share} of the rows`).toBeGreaterThan(plain / QUERIES - 0.02);
    }
  });
});

test.each(Object.keys(MATCHES))(
  'a bound for little recall finds no less among %s than among all rows',
  (which) => {
    for (const share of SHARES)
      for (const bound of [0.03, 0.06, 0.1]) {
        let sum = 0;
        let plain = 0;
        for (const vector of queries) {
          const found = recallsAt(which, share, vector, bound);
          sum += found.among;
          plain += found.plain;
        }
        expect
          .soft(sum / QUERIES, `${share} of the rows, bound ${bound}`)
          .toBeGreaterThan(plain / QUERIES - 0.02);
      }
  },
);

test('matches that are far from the query are found by a narrow bound, by which too little is found of all rows', () => {
  const bound = 0.01;
  let sum = 0;
  let plain = 0;
  const shares = [0.7, 0.5, 0.35, 0.2];
  for (const share of shares)
    for (const vector of queries) {
      const found = recallsAt('the clusters farthest from the query', share, vector, bound);
      sum += found.among;
      plain += found.plain;
    }
  // Without what makes up for the distance, .954 was found.
  expect(sum / QUERIES / shares.length).toBeGreaterThan(0.97);
  expect(plain / QUERIES / shares.length).toBeLessThan(0.95);
});

test('a bound is less small where more match around the query than elsewhere, however few match in all', () => {
  const share = 0.05;
  const boundOver = (which: string): number => {
    const bounds = queries.flatMap((vector) => {
      recallsAt(which, share, vector, BOUND);
      const { memory, scratch, way } = engine.arenas[0]!;
      return way === WAY_AMONG ? new Float32Array(memory.buffer, scratch + S_BOUND, 1)[0]! : [];
    });
    expect(bounds.length, `walks among ${which}`).toBeGreaterThan(QUERIES / 2);
    return bounds.reduce((a, b) => a + b) / bounds.length;
  };
  const near = boundOver('the clusters nearest to the query');
  expect(near).toBeGreaterThan(1.1 * BOUND * share ** (1 / 8));
  expect(near).toBeLessThan(BOUND);
});

test('a bound ends a walk sooner where half of the rows match at random', () => {
  const rows = [...vectors.keys()].filter((row) => row % 2 === 0);
  const bits = new Uint32Array(Math.ceil(ROWS / 32)).fill(0x55555555);
  const met = (bound: number | undefined): number =>
    queries.reduce((sum, vector) => {
      const query = { vector, k: K, ef: 256, bound, admitted: ALL, exact: false, exactBelow: 0 };
      return sum + walked(query, bits, rows.length).met;
    }, 0);
  expect(met(BOUND)).toBeLessThan(met(1e9));
});
