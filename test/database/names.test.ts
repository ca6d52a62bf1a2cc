/* Collections by name: made where there is none, given other names. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { type CollectionConfig, open } from '#silt/index.js';
import { errorOf, failureOf, pointsOf, SMALL, withDatabase } from '../support/databases.js';
import { ROOT } from '../support/sources.js';

describe('getOrCreateCollection', () => {
  test('makes a collection once, whoever asks, however often', () =>
    withDatabase('disk', async (db, path) => {
      const all = await Promise.all([1, 2, 3].map(() => db.getOrCreateCollection('a', SMALL)));
      expect(new Set(all).size).toBe(1);
      await all[0]!.upsert(pointsOf(1, 3));
      await db.close();
      const again = await open(path);
      expect(await (await again.getOrCreateCollection('a', SMALL)).count()).toBe(3);
      await again.close();
      const reader = await open(path, { readOnly: true });
      expect(await (await reader.getOrCreateCollection('a', SMALL)).count()).toBe(3);
      expect(await failureOf(() => reader.getOrCreateCollection('b', SMALL))).toBe('READ_ONLY');
      await reader.close();
    }));

  test('another dimension, metric, storage or graph is an error that names both; how it is indexed may differ', () =>
    withDatabase('memory', async (db) => {
      const { dimension, metric } = SMALL;
      await db.createCollection('a', { dimension, metric, hnsw: { m: 8 } });
      const wrong = [
        { dimension: dimension! + 1, metric },
        { dimension, metric: 'dot' },
        { dimension, metric, storage: 'disk' },
        { dimension, metric, hnsw: { m: 16 } },
      ] as const;
      for (const config of wrong)
        await expect(db.getOrCreateCollection('a', config)).rejects.toThrow(
          /"a" exists and has .* was requested/,
        );
      await expect(db.getOrCreateCollection('a', { metric, dimension: 7 })).rejects.toThrow(
        `has dimension ${dimension}, but 7 was requested`,
      );
      const same = await db.getOrCreateCollection('a', {
        dimension,
        metric,
        indexing: { mergeThreshold: 5 },
      });
      expect(same).toBe(db.collection('a'));
      expect(await failureOf(() => db.getOrCreateCollection('a', { ...SMALL, dim: 3 } as never))).toBe(
        'INVALID_OPTION',
      );
      expect(await failureOf(() => db.getOrCreateCollection('', SMALL))).toBe('INVALID_NAME');
    }));

  test('in the order of the calls: behind one that drops it, before one that does, before close', () =>
    withDatabase('memory', async (db) => {
      const made = db.getOrCreateCollection('a', SMALL);
      const dropped = db.dropCollection('a');
      await made;
      expect(await dropped).toBe(true);
      expect(db.collections()).toEqual([]);
      const last = db.getOrCreateCollection('b', SMALL);
      const closed = db.close();
      expect((await last).name).toBe('b');
      await closed;
    }));

  test('a program that began with fewer fields finds the collection to which it has added some; what it asks for must be there', () =>
    withDatabase('memory', async (db) => {
      const unnamed = { dimension: 2, metric: 'dot' } as const;
      const first = { ...unnamed, vectors: { a: { ...unnamed, hnsw: { m: 8 } } } } as const;
      const c = await db.createCollection('c', first);
      await c.createField('t', { text: { path: 't', language: 'german' } });
      await c.createField('b', { vector: unnamed });
      await c.createField('constructor', { sparse: {} });
      const all = {
        ...unnamed,
        vectors: { b: unnamed, a: { ...unnamed, hnsw: { m: 8 } } },
        text: { t: { language: 'german', path: 't' } },
        sparse: { constructor: {} },
      } as const;
      for (const config of [unnamed, first, all]) expect(await db.getOrCreateCollection('c', config)).toBe(c);
      const says = async (config: CollectionConfig): Promise<string> =>
        (await errorOf(() => db.getOrCreateCollection('c', config))).message;
      expect(await says({ ...first, dimension: 3 })).toMatch(
        /"c" exists and has dimension 2, but 3 was requested/,
      );
      expect(await says({ ...unnamed, vectors: { a: { dimension: 3, metric: 'dot' } } })).toMatch(
        /has vectors "a" with dimension 2, but 3 was requested/,
      );
      expect(await says({ ...unnamed, vectors: { a: { ...unnamed, hnsw: { m: 9 } } } })).toMatch(
        /has vectors "a" with hnsw.m 8, but 9 was requested/,
      );
      expect(await says({ ...unnamed, text: { t: { path: 't' } } })).toMatch(
        /text "t" with language "german"/,
      );
      await c.dropField('t');
      expect(await says(all)).toMatch(
        /"c" exists and has no text "t". Add it with createField, pass the configuration/,
      );
      expect(await says({ ...unnamed, sparse: { a: {} } })).toMatch(/has no sparse "a"/);
    }));

  test('a storage in its other spelling is compared too', () =>
    withDatabase('memory', async (db) => {
      const { dimension, metric } = SMALL;
      await db.createCollection('a', { dimension, metric });
      const asked = db.getOrCreateCollection('a', { dimension, metric, storage: 'disk' });
      await expect(asked).rejects.toThrow(/storage "memory", but "disk" was requested/);
    }));

  test('behind a drop that is under way, it is a new one', () =>
    withDatabase('disk', async (db) => {
      const old = await db.createCollection('a', SMALL);
      await old.upsert(pointsOf(1, 3));
      const [, made] = await Promise.all([db.dropCollection('a'), db.getOrCreateCollection('a', SMALL)]);
      expect(await made.count()).toBe(0);
    }));
});

describe('renameCollection', () => {
  test('gives it another name for good; objects at hand go on, and the old name is free', () =>
    withDatabase('disk', async (db, path) => {
      const points = await db.createCollection('a', SMALL);
      await points.upsert(pointsOf(1, 3));
      await db.renameCollection('a', 'b');
      expect(points.name).toBe('b');
      expect(points.info().name).toBe('b');
      expect(db.collection('b')).toBe(points);
      expect(() => db.collection('a')).toThrow(/"?a"?/);
      await points.upsert(pointsOf(2, 3, 3));
      const other = await db.createCollection('a', SMALL);
      await db.renameCollection('b', 'b');
      await db.close();
      const again = await open(path);
      expect(again.collections().map(({ name, points }) => [name, points])).toEqual([
        ['a', 0],
        ['b', 6],
      ]);
      await again.close();
      expect(other.name).toBe('a');
    }));

  test('a name that is taken, missing or invalid is an error, and nothing changes', () =>
    withDatabase('memory', async (db) => {
      await db.createCollection('a', SMALL);
      await db.createCollection('b', SMALL);
      expect(await failureOf(() => db.renameCollection('a', 'b'))).toBe('COLLECTION_EXISTS');
      expect(await failureOf(() => db.renameCollection('c', 'd'))).toBe('COLLECTION_NOT_FOUND');
      expect(await failureOf(() => db.renameCollection('a', ''))).toBe('INVALID_NAME');
      expect(db.collections().map(({ name }) => name)).toEqual(['a', 'b']);
    }));

  test('calls at once come one after another, in whichever order of names', () =>
    withDatabase('memory', async (db) => {
      await db.createCollection('a', SMALL);
      await Promise.all([
        db.renameCollection('a', 'b'),
        db.renameCollection('b', 'c'),
        db.renameCollection('c', 'a'),
        db.renameCollection('a', 'z'),
        db.createCollection('a', SMALL),
      ]);
      expect(db.collections().map(({ name }) => name)).toEqual(['a', 'z']);
      const swapped = await Promise.allSettled([
        db.renameCollection('a', 'z'),
        db.renameCollection('z', 'a'),
      ]);
      expect(swapped.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    }));

  test('what is not a name, whatever it is, is an error that says so', () =>
    withDatabase('memory', async (db) => {
      await db.createCollection('a', SMALL);
      for (const name of [
        undefined,
        7,
        Symbol('a'),
        { toString: 1 },
        Object.create(null),
        ['a'],
      ] as never[]) {
        expect(await failureOf(() => db.renameCollection(name, 'b'))).toBe('COLLECTION_NOT_FOUND');
        expect(await failureOf(() => db.renameCollection('a', name))).toBe('INVALID_NAME');
        expect(await failureOf(async () => db.collection(name))).toBe('COLLECTION_NOT_FOUND');
        expect(await db.dropCollection(name)).toBe(false);
      }
      expect(db.collections().map(({ name }) => name)).toEqual(['a']);
    }));

  test('takes both names at the call, whichever of them is busy: who asks for the new one later finds it taken', () =>
    withDatabase('memory', async (db) => {
      const [, renamed, made] = await Promise.allSettled([
        db.createCollection('a', SMALL),
        db.renameCollection('a', 'b'),
        db.createCollection('b', SMALL),
      ]);
      expect(renamed.status).toBe('fulfilled');
      expect(made).toMatchObject({ status: 'rejected', reason: { code: 'COLLECTION_EXISTS' } });
      const [first, second] = await Promise.allSettled([
        db.renameCollection('b', 'c'),
        db.renameCollection('b', 'd'),
      ]);
      expect(first.status).toBe('fulfilled');
      expect(second).toMatchObject({ status: 'rejected', reason: { code: 'COLLECTION_NOT_FOUND' } });
      expect(db.collections().map(({ name }) => name)).toEqual(['c']);
    }));

  test('a reader follows: the same object has the new name, also where two names were exchanged', () =>
    withDatabase('disk', async (db, path) => {
      for (const [i, name] of ['a', 'b'].entries())
        await (await db.createCollection(name, SMALL)).upsert(pointsOf(i, 5 + i));
      const script = `
        import { open } from ${JSON.stringify(pathToFileURL(join(ROOT, 'dist/index.js')).href)};
        const db = await open(process.argv[1], { readOnly: true });
        const [a, b] = [db.collection('a'), db.collection('b')];
        console.log('ready');
        await new Promise((resolve) => process.stdin.once('data', resolve));
        console.log(JSON.stringify([await a.count(), a.name, await b.count(), b.name, db.collections().map(({ name, points }) => [name, points])]));
        await db.close();
        process.exit(0);`;
      const args = ['--input-type=module', '-e', script, path!];
      const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
      await once(child.stdout, 'data');
      await db.renameCollection('a', 'c');
      await db.renameCollection('b', 'a');
      await db.renameCollection('c', 'b');
      child.stdin.write('go\n');
      const [said] = await once(child.stdout.setEncoding('utf8'), 'data');
      expect(JSON.parse(said as string)).toEqual([
        5,
        'b',
        6,
        'a',
        [
          ['a', 6],
          ['b', 5],
        ],
      ]);
    }));
});

test('no two collections were made at the same time, also where one is gone', () =>
  withDatabase('memory', async (db) => {
    const times: number[] = [];
    for (let i = 0; i < 30; i++) {
      times.push((await db.createCollection(`c${i}`, SMALL)).info().createdAt);
      if (i % 3 === 0) await db.dropCollection(`c${i}`);
    }
    expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
  }));
