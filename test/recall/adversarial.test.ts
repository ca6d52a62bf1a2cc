/*
 * What is promised on data made to mislead: whoever asks for a recall gets it, at most .02 less on average, wherever `explain`
 * says that it was measured. SILT_SEED: another seed than 1; with SILT_RECALL_SHOW, prints what was found.
 */
import { describe, expect, test } from 'vitest';
import type { Collection, Metric } from '#silt/index.js';
import { someOf } from '../support/amount.js';
import { withCollection } from '../support/databases.js';
import {
  aimOf,
  recallOf,
  untilAskedLearned,
  untilLearned,
  untilMostLearned,
  untilRowsLearned,
} from '../support/learned.js';
import { gaussian, gaussianVector, type Random, randomOf } from '../support/random.js';

const SEED = Number(process.env['SILT_SEED'] ?? 1);
const REPLAY = `SILT_SEED=${SEED} npx vitest run test/recall/adversarial.test.ts`;
const SHOW = process.env['SILT_RECALL_SHOW'] !== undefined;
const ROWS = 2_500;
const QUERIES = 400;
/** Queries that a collection is asked before it is judged: so many are what it takes to notice a change. */
const ASKED = 64;
const LEARNED = 512;
/** And so many decide what is promised. */
const MANY = 300;
const DIMENSION = 24;
const TARGETS = [0.9, 0.95, 0.99];
const BELOW = 0.02;

type Draw = (random: Random, i: number) => Float32Array;

const drawn = (seed: number, count: number, draw: Draw): Float32Array[] => {
  const random = randomOf(1_000 * SEED + seed);
  return Array.from({ length: count }, (_, i) => draw(random, i));
};

const plain: Draw = (random) => gaussianVector(random, DIMENSION);
/** Around a place that is far away from everything else, or near to the middle. */
const around =
  (place: number, by: number): Draw =>
  (random) =>
    Float32Array.from({ length: DIMENSION }, () => place + by * gaussian(random));
/** Every so-manieth from one, the others from another. */
const mixed =
  (every: number, one: Draw, other: Draw): Draw =>
  (random, i) =>
    i % every === 0 ? one(random, i) : other(random, i);
const equal: Draw = () => Float32Array.from({ length: DIMENSION }, (_, i) => i + 1);

async function withRows(
  metric: Metric,
  draw: Draw,
  use: (points: Collection) => Promise<void>,
): Promise<void> {
  const config = {
    dimension: DIMENSION,
    metric,
    hnsw: { efConstruction: 60 },
    indexing: { threads: 1 }, // two threads link in another order each time, and searches find a little more or less
  };
  await withCollection('memory', config, async (points) => {
    await points.upsert(drawn(1, ROWS, draw).map((vector, id) => ({ id, vector })));
    await points.buildNow();
    await use(points);
  });
}

/** Asks with queries that nobody has asked before. */
async function expectHeld(points: Collection, seed: number, draw: Draw): Promise<void> {
  const queries = drawn(seed, QUERIES, draw);
  for (const recall of TARGETS) {
    const { measured, exact, why } = (await points.explain(queries[0]!, { recall })).recall!;
    const found = await recallOf(points, queries, { recall });
    if (SHOW) console.log({ queries: seed, recall, found, measured, exact, why });
    if (exact) expect(found, REPLAY).toBe(1);
    else if (measured === null) expect(why, REPLAY).toMatch(/measured/);
    expect(found, `${recall}: ${REPLAY}`).toBeGreaterThanOrEqual(recall - BELOW);
  }
}

/** Asks with others of a kind, and waits until these are learned from. */
async function learnFrom(points: Collection, seed: number, draw: Draw): Promise<void> {
  const queries = drawn(seed, ASKED, draw);
  await untilRowsLearned(points, LEARNED);
  for (const query of queries) await points.search(query);
  await untilAskedLearned(points);
}

describe('what is promised is held', () => {
  const tight = around(6, 0.02);
  test.each(
    someOf<[string, Metric, Draw]>(
      [
        [
          'rows and queries of two kinds: half of them tight, half of them loose',
          'euclidean',
          mixed(2, tight, plain),
        ],
        ['all rows are equal', 'cosine', equal],
        ['one row in twenty is in a cluster far away', 'euclidean', mixed(20, around(50, 1), plain)],
        ['half of the rows are copies of one', 'euclidean', mixed(2, equal, plain)],
      ],
      2,
    ),
  )('%s', async (_, metric, draw) => {
    await withRows(metric, draw, async (points) => {
      await untilLearned(points, drawn(2, 1, draw)[0]!);
      await expectHeld(points, 2, draw);
    });
  });

  // Whoever asks for a vector that is there finds it: half of what was learned from was that.
  test('of rows of which most are there twice, queries that are not there, k 1', async () => {
    const [dimension, rows] = [64, 3_000];
    const random = randomOf(1_000 * SEED + 40);
    const centres = Array.from({ length: 40 }, () => gaussianVector(random, dimension));
    const near = (): Float32Array => {
      const centre = centres[Math.floor(random() * centres.length)]!;
      return Float32Array.from(centre, (x) => 3 * x + gaussian(random));
    };
    const config = { dimension, metric: 'cosine', indexing: { threads: 1 } } as const;
    await withCollection('memory', config, async (points) => {
      const vectors = Array.from({ length: rows / 2 }, near);
      while (vectors.length < rows) vectors.push(vectors[Math.floor(random() * vectors.length)]!);
      await points.upsert(vectors.map((vector, id) => ({ id, vector })));
      await points.buildNow();
      const queries = Array.from({ length: QUERIES }, near);
      await untilLearned(points, queries[0]!);
      for (const recall of TARGETS)
        expect(await recallOf(points, queries, { k: 1, recall }), REPLAY).toBeGreaterThanOrEqual(
          recall - 0.04,
        );
      const { sample } = await points.measureRecall({ sample: 100, k: 1 });
      expect(sample, 'of rows that are there once').toBeLessThan(60);
    });
  });

  // Side by side: the most of their time, they wait until it is time to learn again.
  test.concurrent.each(
    someOf<[string, Draw, Draw[]]>(
      [
        ['queries unlike the rows, once some were asked', plain, [around(2, 1.5)]],
        [
          'queries that are all in the far cluster, once some were asked',
          mixed(20, around(50, 1), plain),
          [around(50, 1)],
        ],
        [
          'queries that go farther and farther from the rows, at each step, once some were asked there',
          plain,
          [0, 1, 3].map((place) => around(place, 1)),
        ],
        [
          'queries that come from elsewhere at once, once some were asked there',
          plain,
          [plain, around(3, 1)],
        ],
      ],
      2,
    ),
  )('%s', async (_, rows, steps) => {
    await withRows('euclidean', rows, async (points) => {
      for (const [step, queries] of steps.entries()) {
        await learnFrom(points, 10 + step, queries);
        await expectHeld(points, 20 + step, queries);
      }
    });
  });

  // Then queries decide, not rows: nothing that was promised to them may be promised to those that come after.
  test.concurrent.each(
    someOf<[string, Draw, Draw]>(
      [
        ['easy ones, near the middle, and then some like the rows', around(0, 0.3), plain],
        ['some like the rows, and then some from elsewhere', plain, around(3, 1)],
        [
          'some like the rows, and then a few from elsewhere among them',
          plain,
          mixed(4, around(3, 1), plain),
        ],
      ],
      2,
    ),
  )('once so many were asked that they decide: %s', async (_, many, others) => {
    await withRows('euclidean', plain, async (points) => {
      await untilRowsLearned(points, LEARNED);
      for (const query of drawn(30, MANY, many)) await points.search(query);
      await untilMostLearned(points, MANY);
      await expectHeld(points, 31, many);
      await learnFrom(points, 32, others);
      await expectHeld(points, 33, others);
    });
  });
});

test('by dot product, with all products negative, before any query was asked and after', async () => {
  const positive: Draw = (random) => plain(random, 0).map(Math.abs);
  const negative: Draw = (random) => positive(random, 0).map((x) => -x);
  await withRows('dot', positive, async (points) => {
    await untilRowsLearned(points, LEARNED);
    const [query] = drawn(5, 1, negative) as [Float32Array];
    const before = await aimOf(points, query);
    expect(before, 'rows do not tell').toMatchObject({ measured: null, why: expect.stringMatching(/asked/) });
    await expectHeld(points, 2, negative);
    await learnFrom(points, 3, negative);
    expect((await aimOf(points, query)).measured).not.toBeNull();
    await expectHeld(points, 4, negative);
  });
});

test('a recall that nothing was measured for is reached by comparing all points, and one of 1 always is', async () => {
  await withRows('euclidean', plain, async (points) => {
    const [query] = drawn(5, 1, plain) as [Float32Array];
    await untilLearned(points, query);
    for (const recall of [0.99999999, 1 - Number.EPSILON, 1]) {
      const report = await points.explain(query, { recall });
      expect(report.recall, REPLAY).toMatchObject({ target: recall, exact: true });
      expect(report.recall!.ef).toBeLessThanOrEqual(16_384);
      expect(await recallOf(points, drawn(6, 20, plain), { recall })).toBe(1);
    }
    const capped = await points.explain(query, { recall: 0.99999999, ef: 50 });
    expect(capped.recall).toMatchObject({ exact: false, ef: 50 });
    expect((await points.explain(query, { recall: 1, ef: 50 })).recall).toMatchObject({ exact: true });
    expect((await aimOf(points, query)).measured).not.toBeNull();
  });
});
