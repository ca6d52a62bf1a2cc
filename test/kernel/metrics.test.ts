/* Distances in float64: one query against many rows is what each pair of them gives alone. */
import { expect, test } from 'vitest';
import { METRIC_NAMES, METRICS } from '#silt/kernel/metrics.js';
import { vectorsFor } from '../support/random.js';

test.each(METRIC_NAMES)('%s: a query against many rows has the score of each pair, bit by bit', (metric) => {
  for (const dimension of [1, 3, 64, 101]) {
    const [query, ...rows] = vectorsFor(metric, dimension, 50, dimension).map((v) => Float32Array.from(v));
    const score = METRICS[metric].against(query!);
    for (const row of [...rows, query!, new Float32Array(dimension)])
      expect(Object.is(score(row), METRICS[metric].compare(query!, row))).toBe(true);
  }
});
