/*
 * Calls made one after another take effect in that order, whatever kind each is and whatever it waits for. Random
 * sequences of calls that nobody awaits, beside a Map that takes them one by one; seeded, and a failure prints its line.
 */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Filter } from '#silt/api/filter.js';
import { type Collection, type CollectionConfig, type Database, open, type Point } from '#silt/index.js';
import { amount, someOf } from '../support/amount.js';
import { BACKENDS, type Backend, failureOf, withCollection, withDatabase } from '../support/databases.js';
import { withFolder } from '../support/files.js';
import { gaussianVector, integer, type Random, randomOf } from '../support/random.js';

const DIMENSION = 32;

/** Ten rows that wait are much: writes wait for the linkers soon. */
const WAITING: CollectionConfig = {
  dimension: DIMENSION,
  metric: 'euclidean',
  indexing: { mergeThreshold: 10, threads: 1 },
};

const TAGS = ['red', 'green', 'blue', 'bluish'];

function pointOf(random: Random, id: number): Point {
  const tag = TAGS[integer(random, 0, TAGS.length)]!;
  return { id, vector: gaussianVector(random, DIMENSION), payload: { tag } };
}

/** So many rows wait that a write has to. */
async function fill(points: Collection): Promise<void> {
  const random = randomOf(7);
  const some = (count: number, from: number): Point[] =>
    Array.from({ length: count }, (_, i) => ({
      id: from + i,
      vector: gaussianVector(random, DIMENSION),
      payload: { tag: 'old' },
    }));
  await points.upsert(some(200, 10_000));
  await points.buildNow();
  await points.upsert(some(600, 20_000));
}

const tagged = (tag: string): Filter => ({ must: { key: 'tag', match: { value: tag } } });

describe.each(someOf(BACKENDS, 2))('%s', (backend) => {
  test('T16: a deletion by filter finds what was called before it, also what waits for backpressure', async () => {
    await withCollection(backend, WAITING, async (points) => {
      await fill(points);
      const random = randomOf(1);
      const doomed = Array.from({ length: 50 }, (_, id) => ({
        ...pointOf(random, id),
        payload: { tag: 'doomed' },
      }));
      const filter = tagged('doomed');
      const written = points.upsert(doomed);
      const deleted = points.delete({ filter });
      const again = points.upsert(doomed.slice(0, 3));
      expect((await written).inserted).toBe(50);
      expect((await deleted).deleted).toBe(50);
      expect((await again).inserted).toBe(3);
      expect(await points.count({ filter })).toBe(3);
    });
  });

  test('T16: a write that waits is not lost to a drop that was called behind it', async () => {
    await withCollection(backend, WAITING, async (points, db) => {
      await fill(points);
      const written = points.upsert(pointOf(randomOf(1), 1));
      const dropped = db.dropCollection('points');
      const late = failureOf(() => points.upsert(pointOf(randomOf(1), 2)));
      const made = db.createCollection('points', WAITING);
      expect((await written).inserted).toBe(1);
      expect(await dropped).toBe(true);
      expect(await late).toBe('COLLECTION_NOT_FOUND');
      expect(await (await made).count()).toBe(0);
    });
  });

  test('collections are made and dropped in the order of the calls', async () => {
    await withDatabase(backend, async (db) => {
      const calls = [
        db.createCollection('x', WAITING).then(() => 'made'),
        db.dropCollection('x'),
        db.dropCollection('x'),
        db.createCollection('x', { ...WAITING, dimension: 3 }).then(() => 'made'),
        failureOf(() => db.createCollection('x', WAITING)),
      ];
      expect(await Promise.all(calls)).toEqual(['made', true, false, 'made', 'COLLECTION_EXISTS']);
      expect(db.collection('x').config.dimension).toBe(3);
    });
  });

  test('a compaction leaves out what was deleted before it was called', async () => {
    await withCollection(backend, { ...WAITING, indexing: { paused: true } }, async (points) => {
      const random = randomOf(2);
      await points.upsert(Array.from({ length: 500 }, (_, id) => pointOf(random, id)));
      const deleted = points.delete({ filter: tagged('red') });
      const { rows } = await points.compact();
      expect(rows).toBe(500 - (await deleted).deleted);
      expect(points.status().masked).toBe(0);
    });
  });

  test('an abort takes a waiting write out of the order, and nothing else', async () => {
    await withCollection(backend, WAITING, async (points) => {
      await fill(points);
      const stop = new AbortController();
      const random = randomOf(3);
      const first = points.upsert({ ...pointOf(random, 1), payload: { tag: 'x' } });
      const second = failureOf(() =>
        points.upsert({ ...pointOf(random, 2), payload: { tag: 'x' } }, { signal: stop.signal }),
      );
      const deleted = points.delete({ filter: tagged('x') });
      stop.abort();
      expect(await second).toBe('AbortError');
      expect((await first).inserted).toBe(1);
      expect((await deleted).deleted).toBe(1);
      expect(await points.get(2)).toBeUndefined();
    });
  });
});

/** What a collection must hold, and whether it has a text index: that changes nothing. */
class Model {
  readonly points = new Map<number, string>();
  indexed = false;

  put(some: readonly Point[]): { inserted: number; replaced: number } {
    const before = this.points.size;
    for (const { id, payload } of some) this.points.set(Number(id), String((payload as { tag: string }).tag));
    const inserted = this.points.size - before;
    return { inserted, replaced: some.length - inserted };
  }

  remove(matches: (id: number, tag: string) => boolean): { deleted: number } {
    const gone = [...this.points].filter(([id, tag]) => matches(id, tag));
    for (const [id] of gone) this.points.delete(id);
    return { deleted: gone.length };
  }
}

/** Makes calls that nobody awaits; each is told by its promise that it did what the model did. */
class Caller {
  readonly #random: Random;
  readonly #points: Collection;
  readonly model = new Model();
  readonly #done: Promise<unknown>[] = [];
  /** How what goes on in the background may end. */
  ended: (string | undefined)[] = [undefined];
  #seq = 0;

  constructor(points: Collection, random: Random) {
    this.#points = points;
    this.#random = random;
  }

  #expect(call: Promise<{ seq: number }>, wanted: object): void {
    this.#done.push(
      call.then((receipt) => {
        expect(receipt).toMatchObject(wanted);
        expect(receipt.seq).toBeGreaterThanOrEqual(this.#seq); // they resolve in their order
        this.#seq = receipt.seq;
      }),
    );
  }

  #upsert(): void {
    const ids = new Set(
      Array.from({ length: integer(this.#random, 1, 6) }, () => integer(this.#random, 0, 40)),
    );
    const some = Array.from(ids, (id) => pointOf(this.#random, id));
    this.#expect(this.#points.upsert(some), this.model.put(some));
  }

  #delete(): void {
    const ids = Array.from({ length: 4 }, () => integer(this.#random, 0, 40));
    this.#expect(
      this.#points.delete(ids),
      this.model.remove((id) => ids.includes(id)),
    );
  }

  #deleteMatching(): void {
    const tag = TAGS[integer(this.#random, 0, 3)]!;
    const start = tag.slice(0, 4);
    const kind = integer(this.#random, 0, 2);
    if (kind === 0)
      this.#expect(
        this.#points.delete({ filter: tagged(tag) }),
        this.model.remove((_, own) => own === tag),
      );
    else if (kind === 1)
      this.#expect(
        this.#points.delete({ filter: { must: { key: 'tag', match: { text: start } } } }),
        this.model.remove((_, own) => own === start),
      );
    else
      this.#expect(
        this.#points.delete({ filter: { must: { key: 'tag', match: { contains: start } } } }),
        this.model.remove((_, own) => own.startsWith(start)),
      );
  }

  #changeIndex(): void {
    const { indexed } = this.model;
    this.model.indexed = !indexed;
    const call = indexed
      ? this.#points.dropPayloadIndex('tag')
      : this.#points.createPayloadIndex('tag', 'text');
    this.#inBackground(call.then((dropped) => expect(dropped).toBe(indexed ? true : undefined)));
  }

  /** What goes on behind the calls ends with the collection; its place in the order it has had by then. */
  #inBackground(call: Promise<unknown>): void {
    this.#done.push(failureOf(() => call).then((code) => expect(this.ended).toContain(code)));
  }

  call(): void {
    const kind = this.#random();
    if (kind < 0.5) this.#upsert();
    else if (kind < 0.65) this.#delete();
    else if (kind < 0.9) this.#deleteMatching();
    else if (kind < 0.96) this.#changeIndex();
    else this.#inBackground(this.#points.compact());
  }

  done(): Promise<unknown> {
    return Promise.all(this.#done);
  }
}

async function expectHolds(points: Collection, model: Model): Promise<void> {
  const there = new Map<number, string>();
  for await (const { id, payload } of points.scroll({ filter: { must_not: tagged('old') } }))
    there.set(Number(id), String((payload as { tag: string }).tag));
  expect(there).toEqual(new Map([...model.points].sort(([a], [b]) => a - b)));
}

/** Calls in bursts, and what is there behind each; the last burst runs into `close`, or into a drop. */
async function run(db: Database, seed: number): Promise<Model> {
  const random = randomOf(seed);
  let points = await db.createCollection('points', WAITING);
  await fill(points);
  let caller = new Caller(points, random);
  for (let burst = 0; burst < 4; burst++) {
    for (let calls = integer(random, 5, 25); calls > 0; calls--) caller.call();
    if (random() < 0.5) await new Promise((resolve) => setTimeout(resolve, integer(random, 0, 30)));
    if (random() < 0.3) continue;
    await caller.done();
    await expectHolds(points, caller.model);
  }
  const dropped = random() < 0.3;
  for (let calls = 10; calls > 0; calls--) caller.call();
  if (dropped) {
    caller.ended.push('COLLECTION_NOT_FOUND');
    const gone = db.dropCollection('points');
    const late = failureOf(() => points.upsert(pointOf(random, 1)));
    const making = db.createCollection('points', WAITING);
    await caller.done();
    expect(await gone).toBe(true);
    expect(await late).toBe('COLLECTION_NOT_FOUND');
    points = await making;
    caller = new Caller(points, random);
    for (let calls = 10; calls > 0; calls--) caller.call();
  }
  caller.ended.push('CLOSED');
  const closed = db.close();
  for (const late of [() => points.upsert(pointOf(random, 1)), () => points.delete(1), () => points.count()])
    expect(await failureOf(late)).toBe('CLOSED');
  await caller.done();
  await closed;
  return caller.model;
}

const SEEDS = amount('SILT_SEEDS', 2, 3);
const ONLY = process.env['SILT_ORDER_SEED'];

describe.each(someOf(BACKENDS, 2))('random calls that nobody awaits, %s', (backend: Backend) => {
  test.each(
    ONLY ? [Number(ONLY)] : Array.from({ length: SEEDS }, (_, i) => 100 * Number(backend === 'disk') + i),
  )(
    'T16: take effect in the order of the calls; again: SILT_ORDER_SEED=%i npx vitest run test/collection/order.test.ts',
    async (seed) => {
      await withFolder(async (folder) => {
        const path = backend === 'disk' ? join(folder, 'db') : undefined;
        const model = await run(await open(path), seed);
        if (path === undefined) return;
        const again = await open(path);
        try {
          await expectHolds(again.collection('points'), model);
        } finally {
          await again.close();
        }
      });
    },
    60_000,
  );
});
