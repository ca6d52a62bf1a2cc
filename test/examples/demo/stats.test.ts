import { expect, test } from 'vitest';
import { LatencyLog, percentile, RateMeter } from '#silt/examples/demo/stats.js';

test('percentiles are values that occurred', () => {
  const hundred = Array.from({ length: 100 }, (_, i) => i + 1);
  expect([0, 0.01, 0.5, 0.99, 1].map((p) => percentile(hundred, p))).toEqual([1, 1, 50, 99, 100]);
  expect(percentile([7], 0.99)).toBe(7);
  expect(percentile([], 0.5)).toBeNaN();
});

test('a latency log keeps every value, and can look at the last ones', () => {
  const log = new LatencyLog();
  for (let i = 1; i <= 5000; i++) log.add(5001 - i);
  expect(log.summary()).toEqual({ count: 5000, p50: 2500, p99: 4950 });
  expect(log.summary(10)).toEqual({ count: 5000, p50: 5, p99: 10 });
  expect(new LatencyLog().summary().p99).toBeNaN();
});

test('a rate follows the last seconds and knows when nothing moves', () => {
  const meter = new RateMeter(1000);
  expect(meter.perSecond).toBe(0);
  expect(meter.secondsFor(5)).toBeNull();
  for (let at = 0; at <= 3000; at += 100) meter.add(at, at);
  expect(meter.perSecond).toBe(1000);
  for (let at = 3100; at <= 6000; at += 100) meter.add(at, 3000 + 2 * (at - 3000));
  expect(meter.perSecond).toBe(2000);
  expect(meter.secondsFor(1000)).toBe(0.5);
  for (let at = 6100; at <= 8000; at += 100) meter.add(at, 9000);
  expect(meter.secondsFor(1000)).toBeNull();
});
