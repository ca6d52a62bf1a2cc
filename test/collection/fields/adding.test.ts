/* Fields are added to collections that have points, and dropped: what is refused, what is found, what is freed. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { coreOf } from '#silt/collection/collection.js';
import { OLDER_WAIT_MS_MAX } from '#silt/collection/upkeep/inverted-indexer.js';
import { type Collection, type Hit, type NewField, open, type PointInput } from '#silt/index.js';
import { errorOf, liveOf, withCollection } from '../../support/databases.js';
import { withFolder } from '../../support/files.js';
import { until } from '../../support/steps.js';

const PLAIN = { dimension: 2, metric: 'euclidean', indexing: { threads: 1, paused: true } } as const;
const DENSE: NewField = { vector: { dimension: 2, metric: 'euclidean' } };
const ids = (hits: readonly Pick<Hit, 'id'>[]): unknown[] => hits.map(({ id }) => id);
const points = (count: number, from = 0): PointInput[] =>
  Array.from({ length: count }, (_, i) => ({
    id: from + i,
    vector: [i, 1],
    payload: { text: `word${i % 3}` },
  }));

describe('what is refused', () => {
  const REFUSED: [what: string, name: unknown, field: unknown, code: string, says: RegExp][] = [
    ['no name', '', DENSE, 'INVALID_NAME', /1 to .* bytes/],
    ['a name that is none', 7, DENSE, 'INVALID_NAME', /must be a string/],
    ['nothing', 'x', undefined, 'INVALID_OPTION', /a field must be an object, got undefined/],
    [
      'no kind around it',
      'x',
      { path: 'a' },
      'INVALID_OPTION',
      /has no option "path".*\{ text: \{ path \} \}/,
    ],
    ['a kind that is true', 'x', { text: true }, 'INVALID_OPTION', /\{ text: \{ path \} \}.*its text is a/],
    ['no kind', 'x', {}, 'INVALID_OPTION', /one of them; got none/],
    ['two kinds', 'x', { ...DENSE, sparse: {} }, 'INVALID_OPTION', /got vector and sparse/],
    [
      'an unknown kind',
      'x',
      { vectors: {} },
      'INVALID_OPTION',
      /no option "vectors"; it has vector, sparse, text/,
    ],
    ['no metric', 'x', { vector: { dimension: 2 } }, 'INVALID_OPTION', /vectors "x": metric must be/],
    ['an unknown option', 'x', { text: { path: 'a', lang: 'x' } }, 'INVALID_OPTION', /no option "lang"/],
    ['an unknown language', 'x', { text: { path: 'a', language: 'latin' } }, 'INVALID_OPTION', /language/],
    ['the name of a field', 's', DENSE, 'INVALID_OPTION', /has a field "s" already/],
  ];
  test.each(REFUSED)('%s', (_, name, field, code, says) =>
    withCollection('memory', { ...PLAIN, sparse: { s: {} } }, async (c, db) => {
      const before = JSON.stringify(db.collections());
      const error = await errorOf(() => c.createField(name as string, field as NewField));
      expect(error).toMatchObject({ code, message: expect.stringMatching(says) });
      expect(JSON.stringify(db.collections())).toBe(before);
    }),
  );

  test('a 65th field; one that is dropped makes room', () =>
    withCollection('memory', PLAIN, async (c) => {
      for (let i = 1; i < 64; i++) await c.createField(`f${i}`, { sparse: {} });
      const error = await errorOf(() => c.createField('more', DENSE));
      expect(error).toMatchObject({ code: 'LIMIT_EXCEEDED' });
      expect(await c.dropField('f7')).toBe(true);
      await c.createField('more', DENSE);
      expect(Object.keys(c.status().fields)).toHaveLength(64);
    }));

  test('one more than there are numbers for: they are never given twice', () =>
    withCollection('memory', PLAIN, async (c) => {
      await c.createField('x', DENSE);
      const { store } = liveOf(c);
      const [[key, record]] = store.records('collection/') as [[string, object]];
      await store.commit({ records: [[key, { ...record, fieldsEver: 65_533 }]] });
      store.refresh();
      await c.createField('last', DENSE);
      await c.upsert({ id: 1, vector: { last: [1, 2] } });
      expect(await c.get(1)).toEqual({ id: 1, vector: { last: Float32Array.of(1, 2) } });
      await c.dropField('x');
      expect(await errorOf(() => c.createField('x', DENSE))).toMatchObject({ code: 'LIMIT_EXCEEDED' });
    }));

  test('that the unnamed field is dropped, and fields of a collection that is closed', () =>
    withCollection('memory', PLAIN, async (c, db) => {
      expect(await errorOf(() => c.dropField(''))).toMatchObject({ code: 'INVALID_NAME' });
      expect(await c.dropField('never there')).toBe(false);
      await db.close();
      expect(await errorOf(() => c.createField('x', DENSE))).toMatchObject({ code: 'CLOSED' });
      expect(await errorOf(() => c.dropField('x'))).toMatchObject({ code: 'CLOSED' });
    }));
});

test('writes called before a field is dropped have values in it, those called afterwards may not name it', () =>
  withCollection('memory', { ...PLAIN, vectors: { x: { dimension: 2, metric: 'dot' } } }, async (c) => {
    const before = c.upsert({ id: 1, vector: { x: [1, 2] } });
    const found = before.then(() => c.search([1, 2], { using: 'x' }));
    const dropped = c.dropField('x');
    const behind = c.upsert({ id: 2, vector: { '': [1, 1], x: [1, 2] } }); // the field is there yet
    expect(await dropped).toBe(true);
    expect((await found.catch(() => [{ id: 1 }] as Hit[])).map(({ id }) => id)).toEqual([1]);
    expect((await behind).inserted).toBe(1);
    expect(await c.getMany([1, 2])).toEqual([{ id: 1 }, { id: 2, vector: Float32Array.of(1, 1) }]);
    const error = await errorOf(() => c.upsert({ id: 3, vector: { '': [1, 1], x: [1, 2] } } as never));
    expect(error).toMatchObject({ code: 'INVALID_VECTOR' });
    await c.createField('x', { vector: { dimension: 3, metric: 'dot' } });
    expect(await c.search([1, 2, 3], { using: 'x' })).toEqual([]);
    await c.upsert({ id: 3, vector: { x: [1, 2, 3] } });
    expect(ids(await c.search([1, 2, 3], { using: 'x', withVector: ['x'] }))).toEqual([3]);
  }));

test('a field of text has the texts of all points at once, in whichever order they come', () =>
  withCollection('memory', PLAIN, async (c) => {
    await c.upsert(points(3_000));
    const search = (): Promise<Hit[]> => c.search({ text: 'word1' }, { using: 't', k: 10_000 });
    const made = c.createField('t', { text: { path: 'text', language: 'english' } });
    await made;
    expect(await search()).toHaveLength(1_000);
    await c.setPayload([1, 4], { text: 'other' });
    await c.upsert({ id: 'new', vector: [1, 1], payload: { text: 'word1' } });
    expect(await search()).toHaveLength(999);
    expect(c.status().fields['t']).toMatchObject({ kind: 'text', pending: 0 });
  }));

test('a write behind a new field of text waits no longer than half a second, whatever is stored', () =>
  withCollection('memory', PLAIN, async (c) => {
    const { indexer } = coreOf(c).maintenance;
    const wordy = Array.from({ length: 50 }, (_, i) => `word${i}`).join(' ');
    const count = 8_000;
    await c.upsert(points(count).map((point) => ({ ...point, payload: { text: wordy } })));
    await c.createField('words', { text: { path: 'text' } });
    let most = 0;
    while (c.status().fields['words']!.pending > 100) {
      most = Math.max(most, indexer.waitMsFor(100_000));
      await c.upsert(points(1, count)); // goes on meanwhile
    }
    expect(most).toBe(OLDER_WAIT_MS_MAX);
    expect((await c.search({ text: 'word7' }, { using: 'words', k: count + 1 })).length).toBe(count);
  }));

test('an ingest that goes on while fields come may name them', () =>
  withCollection('memory', PLAIN, async (c) => {
    async function* source(): AsyncGenerator<PointInput> {
      yield { id: 1, vector: [1, 1] };
      await c.createField('x', DENSE);
      yield { id: 2, vector: { '': [1, 1], x: [2, 2] } };
      yield { id: 3 };
      await c.dropField('x');
      yield { id: 4, vector: { x: [2, 2] } };
      yield { id: 5, vector: [1, 1] };
    }
    const summary = await c.ingest(source(), { onInvalid: 'skip', total: 5 });
    expect(summary).toMatchObject({ written: 4, rejected: [{ index: 3, id: 4, code: 'INVALID_VECTOR' }] });
    expect(await c.getMany([1, 2, 3, 5])).toMatchObject([{ id: 1 }, { id: 2 }, { id: 3 }, { id: 5 }]);
  }));

test('searches, queries and builds under way by a field that is dropped reject or end, and others go on', () =>
  withCollection('memory', { ...PLAIN, indexing: { threads: 2, paused: true } }, async (c) => {
    await c.createField('x', { vector: { dimension: 30, metric: 'cosine' } });
    await c.createField('m', { vector: { dimension: 2, metric: 'dot', multi: true } });
    await c.createField('s', { sparse: {} });
    await c.createField('t', { text: { path: 'text' } });
    const vector = (i: number): number[] => Array.from({ length: 30 }, (_, j) => Math.sin(i * 31 + j));
    const sparse = { indices: [1], values: [1] };
    const all = points(4_000).map((point, i) => ({
      ...point,
      vector: { '': [i, 1], x: vector(i), m: [[i, 1]], s: sparse },
    }));
    await c.upsert(all);
    const filter = { must: { key: 'text', match: { value: 'word1' } } };
    const asked: Promise<unknown>[] = [
      c.search(vector(1), { using: 'x', filter }),
      c.searchBatch([vector(2), vector(3)], { using: 'x', filter, exact: true }),
      c.query({ query: { recommend: { positive: [1], strategy: 'best_score' } }, using: 'x' }),
      c.search([[1, 2]] as never, { using: 'm' }),
      c.query({ query: [[1, 2]] as never, using: 'm' }),
      c.search(sparse, { using: 's' }),
      c.query({ query: { text: 'word1' }, using: 't' }),
      c.distanceMatrix({ using: 'x', sample: 500 }),
      c.measureRecall({ using: 'x' }),
    ];
    const built = c.buildNow();
    const dropped = Promise.all(['x', 'm', 's', 't'].map((name) => c.dropField(name)));
    const answers = await Promise.allSettled(asked);
    expect(await dropped).toEqual([true, true, true, true]);
    for (const answer of answers)
      if (answer.status === 'rejected')
        expect(answer.reason).toMatchObject({
          code: 'INVALID_OPTION',
          message: expect.stringMatching(/dropped meanwhile/),
        });
    expect(answers.some(({ status }) => status === 'rejected')).toBe(true);
    await built;
    expect(c.status()).toMatchObject({ lastError: null, pending: 0 });
    expect(Object.keys(c.status().fields)).toEqual(['']);
    expect(await c.verify()).toMatchObject({ ok: true });
    expect(await c.search([7, 1], { k: 1, exact: true, withVector: true })).toMatchObject([{ id: 7 }]);
  }));

test('a compaction under way begins again where fields come and go, and leaves out what was deleted', () =>
  withCollection('memory', PLAIN, async (c) => {
    await c.upsert(points(6_000));
    await c.delete(Array.from({ length: 3_000 }, (_, i) => 2 * i));
    const compacted = c.compact();
    await c.createField('x', DENSE);
    await c.upsert({ id: 'new', vector: { x: [1, 1] } });
    await c.createField('y', { sparse: {} });
    await c.dropField('y');
    expect(await compacted).toMatchObject({ rows: 3_001 });
    expect(await c.verify()).toMatchObject({ ok: true, missingRows: 0, extraRows: 0 });
    expect(ids(await c.search([1, 1], { using: 'x' }))).toEqual(['new']);
    expect(await c.search([1, 1], { k: 10_000, exact: true })).toHaveLength(3_000);
  }));

test('each new field has its snapshot at once, also beside the writing of another', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'db');
    const db = await open(path);
    const c = await db.createCollection('c', PLAIN);
    await c.upsert(points(100));
    await Promise.all(['a', 'b', 'c'].map((name) => c.createField(name, DENSE)));
    await until(() => [1, 2, 3].every((field) => existsSync(join(path, `snapshots/1.${field}.snapshot`))));
    await db.close();
  }));

test('memory and file of a dropped field are freed, also where the process ended before that', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'db');
    const file = (field: number): string => join(path, `snapshots/1.${field}.snapshot`);
    let db = await open(path);
    let c: Collection = await db.createCollection('c', PLAIN);
    await c.upsert(points(100));
    const before = c.info().memoryBytes;
    await c.createField('x', DENSE);
    await c.upsert(points(2_000).map(({ id }) => ({ id, vector: { x: [1, 2] } })));
    await c.buildNow();
    await db.close();
    expect(existsSync(file(1))).toBe(true);
    db = await open(path);
    c = db.collection('c');
    const { engine } = liveOf(c).graphs[1]!;
    expect(await c.dropField('x')).toBe(true);
    expect(() => engine.arenas).toThrow(/closed/);
    expect(existsSync(file(1))).toBe(false);
    expect(c.info().memoryBytes).toBeLessThan(before + 100_000);
    await db.close();
    await writeFile(file(1), 'left behind');
    await writeFile(join(path, 'snapshots/11.1.snapshot'), 'of another collection');
    db = await open(path);
    expect(existsSync(file(1))).toBe(false);
    expect(existsSync(join(path, 'snapshots/11.1.snapshot'))).toBe(true);
    expect(await db.collection('c').count()).toBe(2_000);
    await db.close();
  }));
