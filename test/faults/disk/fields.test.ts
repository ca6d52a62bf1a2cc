/*
 * T10 where points have several fields, of which any may be missing: commits and operations on files fail, each of a whole life
 * in its turn. After each write, also one that was refused, every point is as it was acknowledged, and each field finds what it must.
 */
import { afterEach, describe, expect, test } from 'vitest';
import { type Collection, type Database, type PointInput, StoreError } from '#silt/index.js';
import { nodePlatform } from '#silt/platform/node/node.js';
import type { Store } from '#silt/store/store.js';
import { amount, someOf } from '../../support/amount.js';
import { FaultyStore } from '../../support/faulty-store.js';
import { withFolder } from '../../support/files.js';
import { expectAnswers, FIELDS, type Held, type Payload } from '../../support/kinds.js';
import { type Random, randomOf } from '../../support/random.js';
import { newMemoryStore, openLmdb, openWith } from '../../support/stores.js';

const SEED = Number(process.env['SILT_SEED'] ?? 1);
/** One in so many fails; of those that take long, fewer. */
const STEP = amount('SILT_STEP', 5, 2);

afterEach(() => {
  nodePlatform.faults.file = undefined;
});

/** A collection, and what it should hold by all that it acknowledged. */
class Life {
  readonly #random: Random = randomOf(SEED);
  #held = new Map<number, Held>();
  #version = 0;
  database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  get #points(): Collection {
    return this.database.collection('points');
  }

  /** Does something once, and again if the disk refuses; each time, all is as the answer says. */
  async #tried(
    work: (points: Collection) => Promise<unknown>,
    change: (held: Map<number, Held>) => void = () => {},
  ): Promise<void> {
    try {
      await work(this.#points);
    } catch (error) {
      expect(error).toBeInstanceOf(StoreError);
      await this.expectWhole();
      await work(this.#points);
    }
    change(this.#held);
    await this.expectWhole();
  }

  async create(): Promise<void> {
    const { indexing, ...config } = FIELDS.config(this.#random);
    const make = (): Promise<unknown> =>
      this.database.createCollection('points', { ...config, indexing: { threads: 1, paused: true } });
    await make().catch((error: unknown) => {
      expect(error).toBeInstanceOf(StoreError);
      return make();
    });
  }

  #drawn(from: number, count: number): (Held & { readonly id: number })[] {
    return Array.from({ length: count }, (_, i) => ({
      id: from + i,
      vector: FIELDS.vector(this.#random),
      payload: { version: ++this.#version, ...FIELDS.payload(this.#random) },
    }));
  }

  upsert(from: number, count: number): Promise<void> {
    const points = this.#drawn(from, count);
    return this.#tried(
      (collection) => collection.upsert(points as readonly PointInput[]),
      (held) => {
        for (const { id, vector, payload } of points) held.set(id, { vector, payload });
      },
    );
  }

  setPayload(ids: readonly number[]): Promise<void> {
    const change = { version: ++this.#version, text: `w${this.#version % 12} w3` };
    return this.#tried(
      (points) => points.setPayload(ids, change),
      (held) => {
        for (const id of ids) patch(held, id, (payload) => ({ ...payload, ...change }));
      },
    );
  }

  deleteTexts(ids: readonly number[]): Promise<void> {
    return this.#tried(
      (points) => points.deletePayload(ids, ['text']),
      (held) => {
        for (const id of ids) patch(held, id, ({ version }) => ({ version }));
      },
    );
  }

  /** A deletion, an insertion and a change in one commit. */
  batch(gone: readonly number[], from: number, count: number): Promise<void> {
    const points = this.#drawn(from, count);
    return this.#tried(
      (collection) =>
        collection.batch([
          { delete: gone },
          { upsert: points as readonly PointInput[] },
          { setPayload: [from], payload: { text: 'w1 w2' } },
        ]),
      (held) => {
        for (const id of gone) held.delete(id);
        for (const { id, vector, payload } of points) held.set(id, { vector, payload });
        patch(held, from, (payload) => ({ ...payload, text: 'w1 w2' }));
      },
    );
  }

  build = (): Promise<void> => this.#tried((points) => points.buildNow());
  compact = (): Promise<void> => this.#tried((points) => points.compact());

  async expectWhole(): Promise<void> {
    const found = new Map<number, unknown>();
    for await (const { id, vector, payload } of this.#points.scroll({ withVector: true }))
      found.set(id as number, { vector, payload });
    expect(found).toEqual(this.#held);
    for (const question of FIELDS.questions(this.#random, this.#held))
      await expectAnswers(this.#points, question, this.#held, (work) => work);
    expect(await this.#points.verify()).toMatchObject({ ok: true, missingRows: 0, extraRows: 0 });
  }
}

function patch(held: Map<number, Held>, id: number, change: (payload: Payload) => Payload): void {
  const one = held.get(id);
  if (one) held.set(id, { ...one, payload: change(one.payload) });
}

/** All that commits and writes files: one thing after another, so that every run has the same. */
async function live(life: Life): Promise<void> {
  await life.create();
  await life.upsert(0, 40);
  await life.setPayload([3, 9, 20, 999]);
  await life.build();
  await life.upsert(30, 20); // half of them replace, with other fields
  await life.deleteTexts([1, 2, 35]);
  await life.batch([5, 6, 31], 48, 6);
  await life.compact();
  await life.setPayload([48, 10]);
  await life.build();
}

async function lived(store: Store, what: string): Promise<Life> {
  const database = await openWith(store);
  const life = new Life(database);
  try {
    await live(life);
    return life;
  } catch (error) {
    throw new Error(`SILT_SEED=${SEED}, ${what}: ${(error as Error).message}`, { cause: error });
  } finally {
    await database.close();
  }
}

async function expectReopened(life: Life, path: string): Promise<void> {
  life.database = await openWith(await openLmdb(path));
  await life.expectWhole();
  await life.database.close();
}

describe.each(someOf(['before', 'after'] as const, 2))('the n-th commit fails, %s it is made', (moment) => {
  test('in memory', async () => {
    for (let n = 0, struck = true; struck; n += STEP) {
      const store = new FaultyStore(newMemoryStore(), n, moment);
      await lived(store, `commit ${n}`);
      ({ struck } = store);
      if (!struck) expect(n).toBeGreaterThan(6);
    }
  });

  test('on disk, and after reopening', async () => {
    await withFolder(async (folder) => {
      for (let n = 0, struck = true; struck; n += 3 * STEP) {
        const path = `${folder}/${n}`;
        const store = new FaultyStore(await openLmdb(path), n, moment);
        await expectReopened(await lived(store, `commit ${n}`), path);
        ({ struck } = store);
      }
    });
  });
});

test('the n-th operation on a file of a snapshot fails, of whichever field: nothing is lost', async () => {
  await withFolder(async (folder) => {
    let struck = true;
    let n = 0;
    for (; struck; n += 6 * STEP) {
      const path = `${folder}/${n}`;
      let left = n;
      struck = false;
      nodePlatform.faults.file = () => {
        if (left-- !== 0) return;
        struck = true;
        throw Object.assign(new Error('EIO: failed on purpose'), { code: 'EIO' });
      };
      const life = await lived(await openLmdb(path), `file operation ${n}`);
      nodePlatform.faults.file = undefined;
      await expectReopened(life, path);
    }
    expect(n).toBeGreaterThan(20);
  });
});
