/* Texts are searched exactly, by BM25, the moment a write resolves: whatever was written, changed, deleted or reopened before. */
import { describe, expect, test } from 'vitest';
import { type Collection, type Database, open, type TextQuery } from '#silt/index.js';
import { amount } from '../../support/amount.js';
import { type Bm25Query, bm25 } from '../../support/bm25.js';
import { errorOf } from '../../support/databases.js';
import { withFolder } from '../../support/files.js';
import { integer, type Random, randomOf } from '../../support/random.js';
import { until } from '../../support/steps.js';

interface Written {
  readonly body?: string;
  readonly n: number;
}

const WORDS = Array.from({ length: 40 }, (_, i) => `w${i}`);

function randomText(random: Random): string {
  const length = integer(random, 0, 12);
  return Array.from({ length }, () => WORDS[Math.floor(random() ** 2 * WORDS.length)]!).join(' ');
}

/** What is searched must be the best by the oracle: ties in whatever order. */
async function expectBest(
  collection: Collection,
  points: ReadonlyMap<number, Written>,
  query: Bm25Query,
  { k, below = 10 }: { readonly k: number; readonly below?: number },
): Promise<void> {
  const texts = new Map([...points].map(([id, { body }]) => [id, body]));
  const scores = bm25(texts, query);
  for (const id of scores.keys()) if (points.get(id)!.n >= below) scores.delete(id);
  const filter = below < 10 ? { must: [{ key: 'n', range: { lt: below } }] } : undefined;
  const hits = await collection.search(query, { k, filter, using: 'body' });
  const best = [...scores.values()].sort((a, b) => b - a).slice(0, k);
  expect(hits).toHaveLength(best.length);
  expect(new Set(hits.map(({ id }) => id)).size).toBe(hits.length);
  for (const [i, { id, score, payload }] of hits.entries()) {
    expect(score).toBeCloseTo(best[i]!, 4);
    expect(score).toBeCloseTo(scores.get(Number(id))!, 4);
    expect(payload).toEqual(points.get(Number(id)));
  }
}

class Run {
  collection!: Collection;
  readonly points = new Map<number, Written>();
  readonly #random: Random;
  #db!: Database;
  readonly #folder: string;

  constructor(folder: string, random: Random) {
    this.#folder = folder;
    this.#random = random;
  }

  async open(): Promise<void> {
    this.#db = await open(this.#folder);
    this.collection = await this.#db.getOrCreateCollection('texts', { text: { body: { path: 'body' } } });
  }

  close(): Promise<void> {
    return this.#db.close();
  }

  async upsert(): Promise<void> {
    const random = this.#random;
    const from = integer(random, 0, 200);
    const some = Array.from({ length: integer(random, 1, 60) }, (_, i) => {
      const body = random() < 0.85 ? { body: randomText(random) } : {};
      return { id: from + i, payload: { n: integer(random, 0, 10), ...body } };
    });
    await this.collection.upsert(some);
    for (const { id, payload } of some) this.points.set(id, payload);
  }

  async delete(): Promise<void> {
    const ids = Array.from({ length: 10 }, () => integer(this.#random, 0, 250));
    await this.collection.delete(ids);
    for (const id of ids) this.points.delete(id);
  }

  async setPayload(): Promise<void> {
    const random = this.#random;
    const ids = Array.from({ length: 15 }, () => integer(random, 0, 250)).filter((id) => this.points.has(id));
    const change: Partial<Written> =
      random() < 0.5 ? { body: randomText(random) } : { n: integer(random, 0, 10) };
    if (ids.length > 0) await this.collection.setPayload(ids, change);
    for (const id of ids) this.points.set(id, { ...this.points.get(id)!, ...change });
  }

  async deletePayload(): Promise<void> {
    const ids = Array.from({ length: 4 }, () => integer(this.#random, 0, 250)).filter((id) =>
      this.points.has(id),
    );
    if (ids.length > 0) await this.collection.deletePayload(ids, ['body']);
    for (const id of ids) this.points.set(id, { n: this.points.get(id)!.n });
  }

  async look(): Promise<void> {
    const random = this.#random;
    const match = (['any', 'all', 'phrase'] as const)[integer(random, 0, 3)]!;
    const length = integer(random, 1, match === 'any' ? 5 : 3);
    const text = Array.from({ length }, () => WORDS[integer(random, 0, 20)]!).join(' ');
    const below = random() < 0.5 ? 10 : 4;
    await expectBest(this.collection, this.points, { text, match }, { k: integer(random, 1, 30), below });
  }
}

const SEEDS = amount('SILT_SEEDS', 2, 6);

test.each(Array.from({ length: SEEDS }, (_, i) => i + 1))(
  'words find what a plain BM25 finds, through writes, changes, deletions, compaction and reopening (seed %i)',
  (seed) =>
    withFolder(async (folder) => {
      const random = randomOf(seed);
      const run = new Run(folder, random);
      await run.open();
      for (let i = 0; i < 60; i++) {
        const dice = random();
        if (dice < 0.3) await run.upsert();
        else if (dice < 0.45) await run.delete();
        else if (dice < 0.7) await run.setPayload();
        else if (dice < 0.8) await run.deletePayload();
        else if (dice < 0.85) await run.collection.compact();
        else if (dice < 0.9) {
          await run.close();
          await run.open();
        }
        await run.look();
      }
      await run.close();
    }),
);

async function chapters(config: object = {}): Promise<Collection> {
  const db = await open();
  const made = await db.createCollection('chapters', {
    text: { body: { path: 'body', language: 'english', ...config } },
  });
  await made.upsert([
    { id: 1, payload: { body: 'The king rode through the kingdom of the north.' } },
    { id: 2, payload: { body: 'A queen and her horses; riding is their life.' } },
    { id: 3, payload: { body: 'Northern lights over the sea' } },
    { id: 4, payload: { title: 'no body' } },
  ]);
  return made;
}

const idsOf = async (points: Collection, query: TextQuery, o: object = {}): Promise<unknown[]> =>
  (await points.search(query, o)).map(({ id }) => id);

describe('a query of words', () => {
  test('finds stems of the language, and no stop words', async () => {
    const points = await chapters();
    expect(await idsOf(points, { text: 'horse' })).toEqual([2]);
    expect(await idsOf(points, { text: 'Rides' })).toEqual([2]);
    expect(await idsOf(points, { text: 'the of and' })).toEqual([]);
  });

  test('finds beginnings, misspelt words, phrases and all words', async () => {
    const points = await chapters({ language: 'none' });
    expect(await idsOf(points, { text: 'kin', prefix: true })).toEqual([1]);
    expect(await idsOf(points, { text: 'north', prefix: true })).toHaveLength(2);
    expect(await idsOf(points, { text: 'quean', fuzzy: 1 })).toEqual([2]);
    expect(await idsOf(points, { text: 'sea king' })).toHaveLength(2);
    expect(await idsOf(points, { text: 'sea king', match: 'all' })).toEqual([]);
    expect(await idsOf(points, { text: 'rode through the', match: 'phrase' })).toEqual([1]);
    expect(await idsOf(points, { text: 'through rode', match: 'phrase' })).toEqual([]);
  });

  test('shows where words were found, whatever is read of payloads', async () => {
    const points = await chapters();
    const [hit] = await points.search({ text: 'horse life' }, { highlight: true, withPayload: false });
    expect(hit).toMatchObject({
      id: 2,
      highlights: ['A queen and her <mark>horses</mark>; riding is their <mark>life</mark>.'],
    });
    expect(hit).not.toHaveProperty('payload');
    const [other] = await points.search(
      { text: 'sea' },
      { highlight: { pre: '[', post: ']', length: 10, fragments: 1 } },
    );
    expect(other!.highlights![0]).toContain('[sea]');
  });

  test('comes in batches', async () => {
    const points = await chapters();
    const found = await points.searchBatch([{ text: 'sea' }, { text: 'horses' }, { text: 'nothing' }]);
    expect(found.map((hits) => hits.map(({ id }) => id))).toEqual([[3], [2], []]);
    const error = await errorOf(() => points.searchBatch([{ text: 'sea' }, [1, 2]]));
    expect(error.message).toMatch(/no dense field/);
  });

  test('has offset, scoreThreshold, withPayload, minSeq and signal as other searches do', async () => {
    const points = await chapters({ language: 'none' });
    const all = await points.search({ text: 'the of sea' }, { k: 3 });
    expect(await points.search({ text: 'the of sea' }, { k: 1, offset: 1 })).toEqual(all.slice(1, 2));
    const some = await points.search({ text: 'the of sea' }, { scoreThreshold: all[0]!.score });
    expect(some).toEqual(all.slice(0, 1));
    const [bare] = await points.search({ text: 'sea' }, { withPayload: false });
    expect(bare).toEqual({ id: 3, score: expect.any(Number) });
    const later = points.search({ text: 'later' }, { minSeq: 5 });
    await points.upsert({ id: 9, payload: { body: 'later' } });
    expect((await later).map(({ id }) => id)).toEqual([9]);
    const error = await errorOf(() => points.search({ text: 'sea' }, { signal: AbortSignal.abort() }));
    expect(error.name).toBe('AbortError');
  });

  test('names what is wrong with it, and what to do', async () => {
    const points = await chapters({ positions: false });
    const wrong: [() => Promise<unknown>, RegExp][] = [
      [
        () => points.search({ text: 7 } as never),
        /text must be a string of at most 10,000 characters, got 7/,
      ],
      [() => points.search({ text: 'a', matches: 'all' } as never), /no option "matches"/],
      [() => points.search({ text: 'a', match: 'some' } as never), /match must be/],
      [() => points.search({ text: 'a b', match: 'phrase', fuzzy: 1 }), /leave out fuzzy/],
      [() => points.search({ text: 'a b', match: 'phrase' }), /positions: false/],
      [() => points.search({ text: 'a' }, { using: 'bodi' }), /no text field "bodi".*"body"/],
    ];
    for (const [call, message] of wrong) {
      const error = await errorOf(call);
      expect(error).toMatchObject({ code: 'INVALID_OPTION' });
      expect(error.message).toMatch(message);
    }
    const db = await open();
    const unknown = { text: { body: { path: 'body', language: 'englisch' } } };
    const error = await errorOf(() => db.createCollection('x', unknown));
    expect(error.message).toMatch(/text "body": language must be one of none, arabic, .*did you mean/i);
    const vectors = await db.createCollection('y', { dimension: 2, metric: 'dot' });
    expect((await errorOf(() => vectors.search([1, 0], { highlight: true }))).message).toMatch(
      /text searches/,
    );
    expect((await errorOf(() => vectors.search({ text: 'a' }))).message).toMatch(/text field/);
    await db.close();
  });
});

test('texts and sparse vectors are taken in behind writes and after opening, and the status says how far', () =>
  withFolder(async (folder) => {
    const config = { text: { body: { path: 'body' } }, sparse: { tags: {} } };
    let db = await open(folder);
    let points = await db.createCollection('points', config);
    const some = Array.from({ length: 3_000 }, (_, i) => ({
      id: i,
      payload: i % 3 === 0 ? {} : { body: `word${i} and others` },
      vector: { tags: { indices: [i % 7], values: [1] } },
    }));
    const settled = async (): Promise<unknown> => {
      await until(() => Object.values(points.status().fields).every(({ pending }) => pending === 0));
      return points.status().fields;
    };
    await points.upsert(some);
    const whole = {
      body: { kind: 'text', points: 2_000, indexed: 2_000, memoryBytes: expect.any(Number) },
      tags: { kind: 'sparse', points: 3_000, indexed: 3_000 },
    };
    expect(await settled()).toMatchObject(whole);
    expect(points.status().memoryBytes).toBeGreaterThan(10_000);
    await points.delete([1, 2, 3]);
    expect(await settled()).toMatchObject({ body: { points: 1_998 }, tags: { points: 2_997 } });
    await db.close();
    db = await open(folder);
    points = db.collection('points');
    expect(await settled()).toMatchObject({ body: { points: 1_998 }, tags: { points: 2_997 } });
    await db.close();
  }));

test('a text that is changed again and again takes the memory of a few', async () => {
  const points = await chapters();
  const bytes = (): number => points.status().fields['body']!.memoryBytes;
  const change = async (times: number): Promise<void> => {
    for (let i = 0; i < times; i++) {
      await points.setPayload({ filter: {} }, { body: `sea ${'very '.repeat(20)} n${i}` });
      expect(await idsOf(points, { text: `n${i}` })).toHaveLength(4);
    }
  };
  await change(1_000);
  const most = bytes();
  await change(100); // more places than are kept
  expect(bytes()).toBeLessThan(most);
});

test('a collection of three texts takes a tenth of a megabyte; memory counts 8 bytes for the slot of each point', async () => {
  await using db = await open();
  const points = await db.createCollection('points', { text: { body: { path: 'body' } } });
  await points.upsert([1, 2, 3].map((id) => ({ id, payload: { body: `the text of number ${id}` } })));
  expect(await points.search({ text: 'number' })).toHaveLength(3);
  expect(points.status().memoryBytes).toBeLessThan(110_000);
  expect(points.status().memoryBytes).toBeGreaterThan(80_000);

  const documents = await db.createCollection('documents', { text: { body: { path: 'body' } } });
  for (let from = 0; from < 12_000; from += 4_000)
    await documents.upsert(Array.from({ length: 4_000 }, (_, i) => ({ id: from + i })));
  const { memoryBytes } = documents.status();
  expect(memoryBytes).toBeGreaterThanOrEqual(8 * 12_000);
  expect(memoryBytes).toBeLessThan(8 * 12_000 + 8 * 8_192);
});
