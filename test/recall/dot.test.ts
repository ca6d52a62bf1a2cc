/*
 * Rows that dot products alone do not link well: of lengths that differ, or to one side of zero while queries look to the
 * other. What is asked for is found by walks of an ordinary width, with every kernel.
 */
import { describe, expect, test } from 'vitest';
import { HnswIndex, type Id, type KernelBuild } from '#silt/index.js';
import { someOf } from '../support/amount.js';
import { numbered } from '../support/index.js';
import { BUILDS, withKernel } from '../support/kernels.js';
import { bruteForce } from '../support/oracle.js';
import { gaussian, gaussianVector, type Random, randomOf } from '../support/random.js';

const countFor = (build: KernelBuild): number => (build === 'scalar' ? 1_200 : 3_000);
const QUERIES = 60;
const EF = 128;

type Make = (random: Random, dimension: number) => Float32Array;

/** Lengths are lognormal: one row in a hundred is ten times as long as half of the others. */
const lognormal: Make = (random, dimension) => {
  const length = Math.exp(gaussian(random));
  return gaussianVector(random, dimension).map((x) => x * length);
};
const positive: Make = (random, dimension) => gaussianVector(random, dimension).map(Math.abs);
const negative: Make = (random, dimension) => positive(random, dimension).map((x) => -x);

/** Rows, queries, the least recall@10 and @100. */
const KINDS: readonly [string, Make, Make, number, number][] = [
  ['of lognormal lengths', lognormal, lognormal, 0.97, 0.87],
  ['whose products with a query are all negative', positive, negative, 0.93, 0.85],
  ['whose products with a query are all positive', positive, positive, 0.97, 0.93],
];

describe.each(BUILDS)('$build', ({ build }) => {
  describe.each(build === 'scalar' ? someOf([20, 64], 2) : [20, 64])('%i dimensions', (dimension) => {
    test.each(someOf(KINDS, 2))(
      'rows %s are found by dot product',
      async (_, rowOf, queryOf, ten, hundred) => {
        const random = randomOf(3);
        const rows = Array.from({ length: countFor(build) }, () => rowOf(random, dimension));
        const index = withKernel(build, () => new HnswIndex({ dimension, metric: 'dot', threads: 2 }));
        await index.insertBatchParallel(numbered(rows));
        const found = [0, 0];
        for (let i = 0; i < QUERIES; i++) {
          const query = queryOf(random, dimension);
          const exact = bruteForce('dot', rows.entries(), query, 100).map(([id]) => id);
          for (const [at, k] of [10, 100].entries()) {
            const best = new Set<Id>(exact.slice(0, k));
            found[at]! +=
              index.search(query, k, { ef: EF }).filter(([id]) => best.has(id)).length / k / QUERIES;
          }
        }
        expect(index.verify()).toMatchObject({ ok: true });
        expect(found[0]).toBeGreaterThanOrEqual(ten);
        expect(found[1]).toBeGreaterThanOrEqual(hundred);
        await index.close();
      },
    );
  });
});
