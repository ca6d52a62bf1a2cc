/* Two filters that ask different things are never taken for one, whatever an application has patched. */
import { afterEach, describe, expect, test } from 'vitest';
import type { Filter } from '#silt/api/filter.js';
import { keyOf } from '#silt/filter/key.js';
import { parseFilter } from '#silt/filter/parse.js';
import { withCollection } from '../../support/databases.js';
import { arbitraryFilter } from '../../support/filters.js';
import fc, { runs } from '../../support/properties.js';

const PATCHED = [BigInt.prototype, Array.prototype, String.prototype, Object.prototype] as const;

function patch(prototype: object, toJSON: () => unknown): void {
  Object.defineProperty(prototype, 'toJSON', { value: toJSON, configurable: true });
}

afterEach(() => {
  for (const prototype of PATCHED) Reflect.deleteProperty(prototype, 'toJSON');
});

const TWO = { dimension: 2, metric: 'euclidean' } as const;

/** Ids found by each filter, asked one after another so that the later could meet what is known of the earlier. */
async function idsFor(
  points: { id: number | string | bigint; vector: number[] }[],
  asked: readonly Filter[],
) {
  return withCollection('memory', TWO, async (collection) => {
    await collection.upsert(points);
    const found: unknown[] = [];
    for (const filter of asked) found.push((await collection.search([0, 0], { filter })).map(({ id }) => id));
    return found;
  });
}

describe('filters with ids that only look alike stay apart', () => {
  const points = [
    { id: 7, vector: [1, 0] },
    { id: '7', vector: [0, 1] },
  ];

  test('where bigints are turned into strings for JSON', async () => {
    patch(BigInt.prototype, function (this: bigint) {
      return String(this);
    });
    expect(await idsFor(points, [{ must: { has_id: [7n] } }, { must: { has_id: ['7'] } }])).toEqual([
      [7],
      ['7'],
    ]);
  });

  test('where bigints are turned into numbers for JSON', async () => {
    patch(BigInt.prototype, function (this: bigint) {
      return Number(this);
    });
    const [odd, even] = [9_007_199_254_740_993n, 9_007_199_254_740_992n];
    const far = [odd, even].map((id, i) => ({ id, vector: [i, 0] }));
    expect(await idsFor(far, [{ must: { has_id: [odd] } }, { must: { has_id: [even] } }])).toEqual([
      [odd],
      [even],
    ]);
  });

  test.each(['Array', 'Object', 'String'])('where %s.prototype has a toJSON', async (name) => {
    patch((globalThis as unknown as Record<string, { prototype: object }>)[name]!.prototype, () => 'same');
    expect(await idsFor(points, [{ must: { has_id: [7] } }, { must: { has_id: ['7'] } }])).toEqual([
      [7],
      ['7'],
    ]);
  });

  test('where a list is of a class with a toJSON or an iterator of its own', async () => {
    class Ids extends Array<number | string> {
      toJSON(): string {
        return 'Ids';
      }
      override entries(): ReturnType<Array<number | string>['entries']> {
        return [7].entries();
      }
    }
    const asked = [Ids.of(7), Ids.of('7')].map((has_id) => ({ must: { has_id } }));
    expect(await idsFor(points, asked)).toEqual([[7], ['7']]);
  });
});

/** A condition as plain data that only deep equality compares. */
function plain(value: unknown): unknown {
  if (value instanceof Set) return { set: [...value] };
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

test('two conditions have one key only if they are equal', () => {
  fc.assert(
    fc.property(arbitraryFilter(), arbitraryFilter(), (a, b) => {
      const [first, second] = [parseFilter(a), parseFilter(b)];
      expect(keyOf(first).text).toBe(keyOf(parseFilter(a)).text);
      if (keyOf(first).text === keyOf(second).text) expect(plain(first)).toEqual(plain(second));
    }),
    { numRuns: runs(1_000) },
  );
});

test.each<[Filter, Filter]>([
  [{ must: { key: 'a', match: { value: 1 } } }, { must: { key: 'a', match: { value: '1' } } }],
  [{ must: { key: 'a', match: { value: true } } }, { must: { key: 'a', match: { value: 'true' } } }],
  [{ must: { key: 'a', match: { any: ['x', 'y'] } } }, { must: { key: 'a', match: { any: ['x,y'] } } }],
  [{ must: { key: 'a', match: { any: ['"', ','] } } }, { must: { key: 'a', match: { any: ['",","'] } } }],
  [{ must: { key: 'a', match: { any: ['x'] } } }, { must: { key: 'a', match: { except: ['x'] } } }],
  [{ must: { key: 'a', range: { gt: 1 } } }, { must: { key: 'a', range: { gte: 1 } } }],
  [{ must: { key: 'a', range: { gt: 1 } } }, { must: { key: 'a', values_count: { gt: 1 } } }],
  [{ must: { key: 'a', range: { gte: 1 } } }, { must: { key: 'a', range: { lte: 1 } } }],
  [{ must: { is_null: { key: 'a' } } }, { must: { is_empty: { key: 'a' } } }],
  [{ must_not: { has_id: [1] } }, { must: { has_id: [1] } }],
])('%j and %j have different keys', (a, b) => {
  expect(keyOf(parseFilter(a)).text).not.toBe(keyOf(parseFilter(b)).text);
});
