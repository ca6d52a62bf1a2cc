/* What the page's map asks: how far it is, where points lie, their values for colours, and points by their numbers. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Collection, type Database, open } from '#silt/index.js';
import type { ColoursView, MapView, PointView, WalkView } from '#silt/server/dashboard/wire.js';
import { type Server, serve } from '#silt/server/http/index.js';
import { gaussianVectors } from '../../support/random.js';

let database: Database;
let server: Server;
let words: Collection;

const point = (id: number, vector: Float32Array) => ({
  id,
  vector,
  payload: { kind: ['noun', 'verb', 'noun', 'adverb'][id % 4]!, rank: id, tags: [id % 30] },
});

beforeAll(async () => {
  database = await open();
  words = (await database.createCollection('words', { dimension: 8, metric: 'cosine' })) as Collection;
  await words.upsert(gaussianVectors(1, 120, 8).map((vector, id) => point(id, vector)));
  await database.createCollection('texts', { text: { title: { path: 'title' } } });
  server = await serve({ database, port: 0 });
});

afterAll(async () => {
  await server.close();
  await database.close();
});

async function asked(name: string, body: object, collection = 'words'): Promise<Response> {
  return fetch(`${server.url}/dashboard/api/collections/${collection}/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

async function said<T>(name: string, body: object): Promise<T> {
  const response = await asked(name, body);
  const text = await response.text();
  expect(response.status, text).toBe(200);
  return JSON.parse(text) as T;
}

/** Asks until it is so. */
async function mapWhere(is: (view: MapView) => boolean, body: object = {}): Promise<MapView> {
  for (let view = await said<MapView>('map', body); ; view = await said<MapView>('map', { gone: 0 })) {
    if (is(view)) return view;
    expect(view.share).toBeGreaterThanOrEqual(0);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

async function placesFrom(map: number, from: number): Promise<Float32Array> {
  const response = await asked('map-places', { map, from });
  expect(response.headers.get('content-type')).toBe('application/octet-stream');
  return new Float32Array(await response.arrayBuffer());
}

test('a map is made when it is asked for; points that come are placed, those that go are told, no other moves', async () => {
  const { map, points, gone } = await mapWhere(({ ready }) => ready);
  expect([points, gone]).toEqual([120, []]);
  const xy = await placesFrom(map, 0);
  expect(xy.length).toBe(240);
  expect(xy.every(Number.isFinite)).toBe(true);
  expect(await placesFrom(map, 118)).toEqual(xy.slice(236));
  await words.delete(5);
  await words.upsert(point(120, gaussianVectors(2, 1, 8)[0]!));
  const later = await mapWhere(({ points, gone }) => points === 121 && gone.length === 1);
  expect(later.map).toBe(map);
  expect((await placesFrom(map, 0)).slice(0, 240)).toEqual(xy);
  const [gonePoint, there] = await said<(PointView | null)[]>('map-points', {
    map,
    numbers: [later.gone[0], 120],
    withPayload: true,
  });
  expect(gonePoint).toBeNull();
  expect(there).toEqual({ id: '120', payload: { kind: 'noun', rank: 120, tags: [0] } });
});

test('points are coloured by their values, the most frequent first, numbers by ranges, others together', async () => {
  const { map, points, gone } = await mapWhere(({ ready, waiting }) => ready && waiting === 0);
  const live = points - gone.length;
  const codesOf = ({ codes }: ColoursView): Uint8Array => new Uint8Array(Buffer.from(codes, 'base64'));
  const kinds = await said<ColoursView>('map-colours', { map, path: 'kind' });
  expect(kinds.entries.map(({ label }) => label)).toEqual(['noun', 'adverb', 'verb']);
  expect(kinds.entries.reduce((sum, { count }) => sum + count, 0)).toBe(live);
  expect([...codesOf(kinds).subarray(0, 4)]).toEqual([1, 3, 1, 2]);
  const had = { edition: kinds.edition, from: points - 1 };
  const since = await said<ColoursView>('map-colours', { map, path: 'kind', ...had });
  expect(codesOf(since)).toEqual(codesOf(kinds).slice(-1));
  const ranks = await said<ColoursView>('map-colours', { map, path: 'rank' });
  expect(ranks.entries.length).toBe(7);
  expect(ranks.entries[0]!.label).toMatch(/^0 to \d+$/);
  const codes = [...codesOf(ranks)].slice(0, 120).filter((code) => code !== 0);
  expect(codes.length).toBe(119);
  expect(codes).toEqual(codes.toSorted((a, b) => a - b));
  const tags = await said<ColoursView>('map-colours', { map, path: 'tags' });
  expect(tags.entries.length).toBe(7);
  expect((await said<ColoursView>('map-colours', { map, path: 'none' })).entries).toEqual([]);
});

test('colours follow payloads that change, and values that come later are counted', async () => {
  const { map } = await mapWhere(({ ready, waiting }) => ready && waiting === 0);
  const codesOf = (codes: string): number[] => [...Buffer.from(codes, 'base64')];
  const before = await said<ColoursView>('map-colours', { map, path: 'kind' });
  const [noun, adverb] = before.entries;
  expect([noun!.label, adverb!.label, before.ranges]).toEqual(['noun', 'adverb', false]);
  await words.setPayload(0, { kind: 'adverb' });
  await words.setPayload(2, { kind: 'from here to there' });
  const { edition, changes } = before;
  const had = { map, path: 'kind', edition, from: codesOf(before.codes).length, changes };
  const after = await said<ColoursView>('map-colours', had);
  expect([after.edition, after.ranges, after.codes]).toEqual([edition, false, '']);
  expect(after.changed.numbers).toEqual([0, 2]);
  expect(codesOf(after.changed.codes)).toEqual([2, before.entries.length + 1]);
  expect(after.entries.slice(0, 2).map(({ count }) => count)).toEqual([noun!.count - 2, adverb!.count + 1]);
  expect(after.entries.at(-1)).toEqual({ label: 'others', count: 1, rest: true });
  const all = await said<ColoursView>('map-colours', { map, path: 'kind' });
  expect(codesOf(all.codes).slice(0, 3)).toEqual([2, 3, before.entries.length + 1]);
  const seen = await said<MapView>('map', {});
  await words.setPayload(2, { kind: 'noun' });
  expect((await said<MapView>('map', {})).patches).toBe(seen.patches + 1);
});

test('another scale is made when far more points have come: ranges are those of all', async () => {
  const numbers = (await database.createCollection('numbers', {
    dimension: 2,
    metric: 'cosine',
  })) as Collection;
  const some = (from: number, count: number) =>
    Array.from({ length: count }, (_, i) => ({
      id: from + i,
      vector: [1, from + i],
      payload: { rank: from + i, title: `number ${from + i}` },
    }));
  await numbers.upsert(some(0, 100));
  const of = async <T>(name: string, body: object): Promise<T> => {
    const response = await asked(name, body, 'numbers');
    expect(response.status).toBe(200);
    return (await response.json()) as T;
  };
  const mapOf = async (count: number): Promise<MapView> => {
    for (;;) {
      const view = await of<MapView>('map', {});
      if (view.points === count) return view;
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  };
  const { map } = await mapOf(100);
  const first = await of<ColoursView>('map-colours', { map, path: 'rank' });
  expect([first.ranges, first.entries.length, first.entries[0]!.label]).toEqual([true, 7, '0 to 13']);
  await numbers.upsert(some(100, 900));
  await mapOf(1_000);
  const then = await of<ColoursView>('map-colours', { map, path: 'rank', edition: first.edition, from: 100 });
  expect(then.edition).not.toBe(first.edition);
  expect([then.from, Buffer.from(then.codes, 'base64').length]).toEqual([0, 1_000]);
  expect(then.entries.map(({ count }) => count).every((count) => count > 130 && count < 160)).toBe(true);
  const titles = await of<ColoursView>('map-colours', { map, path: 'title' });
  expect(titles.entries.map(({ count }) => count)).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1, 991]);
  expect(titles.entries.at(-1)).toEqual({ label: '991 others', count: 991, rest: true });
});

test('a field that is dropped and made again has a map again; another server gives its maps other numbers', async () => {
  const twice = (await database.createCollection('twice', {
    vectors: { one: { dimension: 2, metric: 'cosine' }, two: { dimension: 2, metric: 'cosine' } },
  })) as Collection;
  const write = () =>
    twice.upsert([1, 2, 3].map((id) => ({ id, vector: { one: [1, id], two: [id, 1] } }) as never));
  const look = async (): Promise<MapView | undefined> => {
    const response = await asked('map', { field: 'two' }, 'twice');
    const view = (await response.json()) as MapView;
    return response.status === 200 && view.points === 3 ? view : undefined;
  };
  await write();
  await expect.poll(look).toBeDefined();
  const { map } = (await look())!;
  await twice.dropField('two');
  expect((await asked('map', { field: 'two' }, 'twice')).status).toBe(400);
  await twice.createField('two', { vector: { dimension: 2, metric: 'cosine' } });
  await write();
  await expect.poll(look, { timeout: 10_000 }).toBeDefined();
  expect((await look())!.map).not.toBe(map);
  const other = await serve({ database, port: 0 });
  const response = await fetch(`${other.url}/dashboard/api/collections/words/map`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  const numbers = [map, ((await response.json()) as MapView).map];
  await other.close();
  expect(Math.abs(numbers[0]! - numbers[1]!)).toBeGreaterThan(10);
});

test('the walk of a query ends at what a search finds, whether a vector is given or a point', async () => {
  await words.buildNow();
  const { map } = await mapWhere(({ ready, waiting }) => ready && waiting === 0);
  const idsOf = async (numbers: readonly number[]): Promise<string[]> =>
    (await said<PointView[]>('map-points', { map, numbers })).map(({ id }) => id);
  const [vector] = gaussianVectors(4, 1, 8);
  const byVector = await said<WalkView>('map-walk', { map, vector: [...vector!], k: 5 });
  expect(byVector.steps.length).toBeGreaterThan(1);
  const hits = await words.search(vector!, { k: 5 });
  expect(await idsOf(byVector.found.map(({ number }) => number))).toEqual(hits.map(({ id }) => String(id)));
  expect(byVector.query).toBe(-1);
  const others = await words.search({ id: 3 }, { k: 5 });
  for (const body of [{ like: 3 }, { id: '3' }]) {
    const like = await said<WalkView>('map-walk', { map, ...body, k: 5 });
    expect(like.query).toBe(3);
    expect(await idsOf(like.found.map(({ number }) => number))).toEqual(others.map(({ id }) => String(id)));
    const [first] = like.steps[1]!.met;
    expect(like.steps[1]!.expanded).toContain(first!.from);
  }
});

test('what is not there, or not a map, is said', async () => {
  const { map } = await mapWhere(({ ready }) => ready);
  for (const [name, body, why] of [
    ['map-places', { map: 99 }, /no map 99/],
    ['map-places', { map, from: -1 }, /from must be/],
    ['map-points', { map, numbers: ['a'] }, /numbers must be/],
    ['map-points', { map, numbers: Array(10_001).fill(0) }, /10000 points at once/],
    ['map-walk', { map }, /needs a vector/],
    ['map-walk', { map, vector: [1, 2] }, /dimension|components|8/],
    ['map-walk', { map, like: 3, k: 0 }, /k must be/],
    ['map-walk', { map, like: 3, ef: 1_001 }, /ef must be an integer from 1 to 1000/],
    ['map-walk', { map, id: '"none"' }, /there is no point .*none/],
    ['map-walk', { map, like: 99_999 }, /deleted or replaced/],
    ['map-colours', { map, path: '[' }, /path must be a path/],
    ['map', { field: 'none' }, /none.* is not one/],
  ] as const) {
    let response = await asked(name, body);
    if (name === 'map') {
      await new Promise((resolve) => setTimeout(resolve, 50));
      response = await asked(name, body);
    }
    expect(response.status).toBe(400);
    expect(await response.text()).toMatch(why);
  }
  const without = await asked('map', {}, 'texts');
  expect(without.status).toBe(200);
});
