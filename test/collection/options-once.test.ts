/* What is given to a call is read once, at the call: no getter or hidden member makes it mean more than it looks. */
import { describe, expect, test } from 'vitest';
import type { Collection, Filter } from '#silt/index.js';
import { errorOf, PAUSED, pointsOf, vectors, withCollection } from '../support/databases.js';

const [QUERY] = vectors(1, 1) as [Float32Array];
const RED = { must: { key: 'color', match: { value: 'red' } } } as const;

/** Ten points, one of which is red. */
const withPoints = (use: (points: Collection) => Promise<void>): Promise<void> =>
  withCollection('memory', PAUSED, async (points) => {
    const color = (id: number): { color: string } => ({ color: id === 3 ? 'red' : 'blue' });
    await points.upsert(pointsOf(1, 10).map((point) => ({ ...point, payload: color(point.id) })));
    await use(points);
  });

const BY_FILTER: Record<string, (points: Collection, o: { filter: Filter }) => Promise<unknown>> = {
  search: (points, o) => points.search(QUERY, o),
  searchBatch: (points, o) => points.searchBatch([QUERY], o),
  explain: (points, o) => points.explain(QUERY, o),
  count: (points, o) => points.count(o),
  scroll: async (points, o) => {
    for await (const _ of points.scroll(o));
  },
  setPayload: (points, o) => points.setPayload(o, { seen: true }),
  delete: (points, o) => points.delete(o),
};

const hidden = (filter: object, key: string | symbol, value: unknown): object =>
  Object.defineProperty(filter, key, { value, enumerable: false });
const gotten = (filter: object, key: string, get: () => unknown): object =>
  Object.defineProperty(filter, key, { get, enumerable: true });

const HIDDEN: Record<string, [make: () => unknown, says: string]> = {
  'a member that is not enumerable': [
    () => hidden({}, 'must', RED.must),
    'filter has a member "must" that is not enumerable',
  ],
  'one further in': [
    () => ({ must: [{ key: 'color', match: hidden({ value: 'red' }, 'any', ['blue']) }] }),
    'filter.must[0].match has a member "any" that is not enumerable',
  ],
  'a member by a symbol': [
    () => ({ must: [], [Symbol('must_not')]: RED.must }),
    'filter has a member whose key is Symbol(must_not), not a string',
  ],
  'a getter': [
    () => gotten({}, 'must', () => RED.must),
    'filter has a getter or setter "must": give a plain value',
  ],
  'a getter within a list of conditions': [
    () => ({ should: [gotten({ key: 'color' }, 'match', () => ({ value: 'red' }))] }),
    'filter.should[0] has a getter or setter "match"',
  ],
  'a setter': [
    () => Object.defineProperty({}, 'must', { set() {}, enumerable: true }),
    'filter has a getter or setter "must"',
  ],
  'a proxy that lists no members': [
    () => new Proxy({ must: RED.must }, { ownKeys: () => [] }),
    'filter has a member "must" that is not its own',
  ],
  'a prototype with members': [() => Object.create({ must: RED.must }), 'filter must be an object'],
};

describe.each(Object.entries(BY_FILTER))('%s', (_, call) => {
  test.each(Object.keys(HIDDEN))('%s in a filter is refused, and nothing is done', async (kind) => {
    const [make, says] = HIDDEN[kind]!;
    await withPoints(async (points) => {
      const error = await errorOf(() => call(points, { filter: make() as Filter }));
      expect(error).toMatchObject({ name: 'ValidationError', code: 'INVALID_FILTER' });
      expect(error.message).toContain(says);
      expect(points.status()).toMatchObject({ points: 10, seq: 10 });
    });
  });

  test('the filter itself is asked for once, and so is each member of a proxy', async () => {
    await withPoints(async (points) => {
      let asked = 0;
      await call(points, {
        get filter() {
          return asked++ === 0 ? RED : {};
        },
      });
      expect(asked).toBe(1);
      expect(await points.count()).toBe(call === BY_FILTER['delete'] ? 9 : 10);
      const reads: string[] = [];
      const must = new Proxy({ key: 'color', match: { value: 'black' } } as object, {
        getOwnPropertyDescriptor: (target, key) => {
          reads.push(String(key));
          return Reflect.getOwnPropertyDescriptor(target, key);
        },
        get: (target, key) => {
          reads.push(`get ${String(key)}`);
          return Reflect.get(target, key);
        },
      });
      await call(points, { filter: { must } as Filter });
      expect(reads).toEqual(['key', 'match']);
    });
  });
});

test('a filter that comes again and again in itself is read once, and one that contains itself is refused', async () => {
  await withPoints(async (points) => {
    let doubled: Filter = RED;
    for (let i = 0; i < 40; i++) doubled = { must: [doubled, doubled] } as Filter;
    expect((await errorOf(() => points.delete({ filter: doubled }))).code).toBe('LIMIT_EXCEEDED');
    const endless: { must: unknown[] } = { must: [] };
    endless.must.push(endless);
    expect((await errorOf(() => points.delete({ filter: endless as Filter }))).code).toBe('INVALID_FILTER');
    let deep: unknown = RED;
    for (let i = 0; i < 1e5; i++) deep = { must: deep };
    expect((await errorOf(() => points.delete({ filter: deep as Filter }))).code).toBe('INVALID_FILTER');
    expect(await points.count()).toBe(10);
  });
});

test('ids to be deleted are those that the array holds, however it iterates', async () => {
  await withPoints(async (points) => {
    const ids = Object.assign([3], {
      *[Symbol.iterator]() {
        yield* [3, 4, 5];
      },
    });
    expect(await points.delete(ids)).toMatchObject({ deleted: 1 });
  });
});
