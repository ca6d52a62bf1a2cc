/* Times of the last searches: percentiles as a sort of them says, rates by the last ten seconds. */
import { expect, test } from 'vitest';
import { Latencies } from '#silt/server/http/latencies.js';

const QUERY = '/collections/{collection_name}/points/query';

test('percentiles are those of the last 1,024 searches that succeeded', () => {
  const latencies = new Latencies();
  expect(latencies.report(0)).toEqual({ total: 0, perSecond: 0, p50: null, p95: null, p99: null });
  for (let i = 0; i < 3_000; i++) latencies.add(QUERY, 200, i, i);
  latencies.add(QUERY, 400, 1e9, 3_000);
  latencies.add('/collections/{collection_name}/points/scroll', 200, 1e9, 3_000);
  const last = Array.from({ length: 1_024 }, (_, i) => 3_000 - 1_024 + i);
  expect(latencies.report(3_000)).toMatchObject({
    total: 3_000,
    p50: last[511],
    p95: last[Math.ceil(0.95 * 1_024) - 1],
    p99: last[Math.ceil(0.99 * 1_024) - 1],
  });
});

test('what counts as a search: those of Qdrant, also in batches and groups, and those of the dashboard', () => {
  const latencies = new Latencies();
  const searches = [
    'points/query',
    'points/query/batch',
    'points/search',
    'points/search/groups',
    'points/recommend',
  ];
  for (const path of [
    ...searches.map((name) => `/collections/{collection_name}/${name}`),
    '/dashboard/api/collections/:name/query',
  ])
    latencies.add(path, 200, 1, 0);
  for (const path of ['points', 'points/count', 'facet'])
    latencies.add(`/collections/{collection_name}/${path}`, 200, 1, 0);
  expect(latencies.report(0).total).toBe(6);
});

test('the rate is that of the last ten seconds, and of a shorter time where more came than are kept', () => {
  const latencies = new Latencies();
  for (let i = 0; i < 50; i++) latencies.add(QUERY, 200, 1, 100 * i);
  expect(latencies.report(5_000).perSecond).toBe(5);
  expect(latencies.report(12_000).perSecond).toBeCloseTo(3, 0);
  expect(latencies.report(60_000).perSecond).toBe(0);
  for (let i = 0; i < 5_000; i++) latencies.add(QUERY, 200, 1, 60_000 + i / 2);
  expect(latencies.report(62_500).perSecond).toBeCloseTo(2_000, -2);
});
