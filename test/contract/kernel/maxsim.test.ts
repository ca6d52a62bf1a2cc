/* MaxSim: whatever the build, the same bits; and what the definition says, as near as float32 allows. */
import { describe, expect, test } from 'vitest';
import { Comparison, MaxSim } from '#silt/kernel/maxsim.js';
import * as L from '#silt/kernel/maxsim-layout.js';
import { MaxSimQuery } from '#silt/kernel/maxsim-query.js';
import { METRIC_NAMES } from '#silt/kernel/metrics.js';
import { BUILDS } from '../../support/kernels.js';
import { higherIsBetter, SCORES } from '../../support/oracle.js';
import fc, { runs } from '../../support/properties.js';
import { gaussian, type Random, randomOf } from '../../support/random.js';

const some = (random: Random, count: number, dimension: number, scale = 1): Float32Array[] =>
  Array.from({ length: count }, () =>
    Float32Array.from({ length: dimension }, () => scale * gaussian(random)),
  );

/** As it is stored, at whatever address. */
function bytesOf(point: readonly Float32Array[], offset = 0): Uint8Array {
  const parts = point.map(({ buffer }) => Buffer.from(buffer));
  return new Uint8Array(Buffer.concat([Buffer.alloc(offset), ...parts])).subarray(offset);
}

/** Smaller is nearer; Euclidean distances are squared. */
function naive(metric: (typeof METRIC_NAMES)[number], query: Float32Array[], point: Float32Array[]): number {
  const best = query.map((own) => {
    const scores = point.map((one) => SCORES[metric](own, one));
    const least = higherIsBetter(metric) ? -Math.max(...scores) : Math.min(...scores);
    return metric === 'euclidean' ? least ** 2 : least;
  });
  return best.reduce((sum, one) => sum + one, 0);
}

/** A sum of `dimension` products errs by as many roundings of float32, at most. */
function allowed(
  metric: (typeof METRIC_NAMES)[number],
  query: Float32Array[],
  point: Float32Array[],
): number {
  const length = (v: Float32Array): number => Math.hypot(...v);
  const most = Math.max(...query.map(length)) * Math.max(...point.map(length));
  const size =
    metric === 'dot' ? most : metric === 'cosine' || metric === 'jaccard' ? 1 : naive(metric, query, point);
  return query.length * (query[0]!.length + 4) * 2 ** -23 * Math.max(size, 1e-30);
}

const shapes = fc.record({
  seed: fc.nat(2 ** 30),
  dimension: fc.integer({ min: 1, max: 70 }),
  own: fc.integer({ min: 1, max: 19 }),
  others: fc.integer({ min: 1, max: 15 }),
});

describe.each(METRIC_NAMES)('%s', (metric) => {
  const kernels = BUILDS.map((code) => new MaxSim(code));

  test('every build gives the same number, and that is the sum of the best', () => {
    fc.assert(
      fc.property(shapes, ({ seed, dimension, own, others }) => {
        const random = randomOf(seed);
        const query = some(random, own, dimension);
        const asked = new MaxSimQuery(metric, dimension, query);
        for (let i = 0; i < 3; i++) {
          const point = some(random, others, dimension);
          const [first, ...more] = kernels.map((kernel) => kernel.distance(asked, bytesOf(point, i)));
          for (const other of more) expect(other).toBe(first);
          expect(Math.abs(first! - naive(metric, query, point))).toBeLessThanOrEqual(
            allowed(metric, query, point),
          );
        }
      }),
      { numRuns: runs(500) },
    );
  });

  test('a point is nearest to itself, and queries that take turns in one memory do not disturb one another', () => {
    const random = randomOf(3);
    const points = [1, 9, 40].map((count) => some(random, count, 33));
    const queries = points.map((point) => new MaxSimQuery(metric, 33, point));
    for (const kernel of kernels) {
      const alone = queries.map((query) => points.map((point) => kernel.distance(query, bytesOf(point))));
      for (const [p, point] of points.entries())
        for (const [q, query] of queries.entries())
          expect(kernel.distance(query, bytesOf(point))).toBe(alone[q]![p]);
      for (const [q, row] of alone.entries()) expect(row[q]).toBeLessThanOrEqual(Math.min(...row) + 1e-4);
    }
  });

  test('vectors whose squares float32 does not hold are compared all the same', () => {
    const random = randomOf(4);
    for (const scale of [1e-40, 1e-25, 1e25, 1e37]) {
      const [query, point] = [some(random, 5, 20), some(random, 6, 20, scale)];
      const wide = naive(metric, query, point);
      for (const kernel of kernels) {
        const found = kernel.distance(new MaxSimQuery(metric, 20, query), bytesOf(point));
        expect(Math.abs(found - wide)).toBeLessThanOrEqual(1e-4 * Math.max(1e-30, Math.abs(wide)));
      }
    }
  });
});

test.each([
  ...METRIC_NAMES.map((metric, i) => [metric, BUILDS[i % BUILDS.length]!, 1] as const),
  ['euclidean', BUILDS[0]!, 1e30] as const, // squares beyond float32
])(
  '%s: a large point is compared in pieces, between those of others, to the same bit',
  (metric, code, scale) => {
    const random = randomOf(6);
    const queryOf = (count: number): MaxSimQuery => new MaxSimQuery(metric, 64, some(random, count, 64));
    const [query, other] = [queryOf(scale === 1 ? 400 : 20), queryOf(3)];
    const point = bytesOf(some(random, 333, 64, scale));
    const kernel = new MaxSim(code);
    const whole = kernel.distance(query, point);
    const comparison = new Comparison(query, point.slice());
    const given = comparison.point;
    let [found, pauses]: [number | undefined, number] = [undefined, 0];
    for (; found === undefined; pauses++) {
      found = kernel.goOn(comparison, () => pauses < 50);
      kernel.distance(other, point);
      given.fill(0); // what a store gives is there for a turn
    }
    expect([found, pauses > 2]).toEqual([whole, true]);
  },
);

test('a large point makes the memory grow, and one behind it is compared as before', () => {
  const random = randomOf(5);
  const [query, small, large] = [some(random, 3, 1_000), some(random, 2, 1_000), some(random, 60, 1_000)];
  for (const code of BUILDS) {
    const kernel = new MaxSim(code);
    const asked = new MaxSimQuery('dot', 1_000, query);
    const before = kernel.distance(asked, bytesOf(small));
    expect(kernel.distance(asked, bytesOf(large))).toBeCloseTo(naive('dot', query, large), 1);
    expect(kernel.distance(asked, bytesOf(small))).toBe(before);
  }
});

test('parts of the descriptor follow each other', () => {
  const parts = [L.METRIC, L.DIMENSION, L.COUNT, L.QUERY, L.BITS, L.BEST, L.NUMBERS, L.POINT, L.FIRST];
  for (const [i, part] of parts.entries()) if (i > 0) expect(part - parts[i - 1]!).toBeGreaterThanOrEqual(4);
});
