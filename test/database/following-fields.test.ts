/* A process that follows another sees fields come and go, in order with the writes around them. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { open } from '#silt/index.js';
import { amount } from '../support/amount.js';
import { ChangingFields, type Writes } from '../support/changing-fields.js';
import { errorOf, failureOf } from '../support/databases.js';
import { withFolder } from '../support/files.js';
import { randomOf } from '../support/random.js';
import { ROOT } from '../support/sources.js';
import { startWriter } from '../support/writers.js';

const SEEDS = Array.from({ length: amount('SILT_RUNS', 2, 10) }, (_, i) => i + 1);
const STEPS = 40;

test.each(SEEDS)(
  'each read that begins after a write or a change of fields resolved elsewhere sees it (%i)',
  (seed) =>
    withFolder(async (folder) => {
      const path = join(folder, 'db');
      const random = randomOf(seed);
      const model = new ChangingFields(random, { atOnce: false });
      const writer = await startWriter(path);
      let last: Promise<unknown> = Promise.resolve();
      // One message at a time, in order.
      const send =
        (method: string) =>
        (...values: unknown[]): Promise<never> => {
          const sent = last.then(() => writer.call('c', method, ...values));
          last = sent.catch(() => {});
          return sent as Promise<never>;
        };
      const methods = [
        'upsert',
        'delete',
        'updateVectors',
        'deleteVectors',
        'createField',
        'dropField',
        'compact',
      ] as const;
      const writes = Object.fromEntries(methods.map((name) => [name, send(name)])) as unknown as Writes;
      try {
        await writer.call('db', 'createCollection', 'c', model.config);
        const db = await open(path, { readOnly: true });
        try {
          const c = db.collection('c');
          expect(await failureOf(() => c.createField('x', { sparse: {} }))).toBe('READ_ONLY');
          expect(await failureOf(() => c.dropField('x'))).toBe('READ_ONLY');
          for (let i = 0; i < STEPS; i++) {
            await model.step(writes);
            if (random() < 0.5) await c.has(0); // what is committed is taken up; otherwise with the next ones, most often
            if (random() < 0.6) await model.expectSame(c);
          }
          await model.expectSame(c);
          expect(c.status().lastError).toBe(null);
        } finally {
          await db.close();
        }
      } catch (error) {
        throw new Error(`${model.done.join(', ')}: ${(error as Error).message}`, { cause: error });
      } finally {
        await writer.kill();
      }
    }),
);

const BETWEEN_LOOKS = `
import { open } from '#silt/index.js';
const db = await open(process.argv[1]);
const c = db.collection('c');
await c.createField('x', { vector: { dimension: 2, metric: 'dot' } });
await c.upsert([{ id: 1, vector: { x: [1, 2] } }, { id: 2, payload: { a: 1 } }, { id: 3, vector: [1, 1] }]);
await c.dropField('x');
await db.close();`;

test('a field that came and went before a reader looked again: points that were written meanwhile are there', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'db');
    let db = await open(path);
    await db.createCollection('c', { dimension: 2, metric: 'euclidean', indexing: { threads: 1 } });
    await db.collection('c').upsert({ id: 0, vector: [0, 1] });
    await db.close();
    db = await open(path, { readOnly: true });
    const c = db.collection('c');
    expect(await c.count()).toBe(1);
    // This process stands still meanwhile.
    execFileSync(process.execPath, ['--input-type=module', '--eval', BETWEEN_LOOKS, path], { cwd: ROOT });
    expect(await c.count()).toBe(4);
    expect(await c.getMany([1, 2, 3])).toEqual([
      { id: 1 },
      { id: 2, payload: { a: 1 } },
      { id: 3, vector: Float32Array.of(1, 1) },
    ]);
    expect((await c.search([1, 1], { k: 10 })).map(({ id }) => id)).toEqual([3, 0]);
    expect(c.status()).toMatchObject({ unreadable: 0, lastError: null });
    await db.close();
  }));

test('a search of a field that another process drops rejects', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'db');
    const writer = await startWriter(path);
    await writer.call('db', 'createCollection', 'c', {
      dimension: 2,
      metric: 'dot',
      text: { t: { path: 'a' } },
    });
    await writer.call('c', 'upsert', [{ id: 1, vector: [1, 1], payload: { a: 'word' } }]);
    const db = await open(path, { readOnly: true });
    const c = db.collection('c');
    expect(await c.search({ text: 'word' })).toHaveLength(1);
    await writer.call('c', 'dropField', 't');
    expect(await errorOf(() => c.search({ text: 'word' }, { using: 't' }))).toMatchObject({
      code: 'INVALID_OPTION',
    });
    expect(await c.search([1, 1])).toHaveLength(1);
    expect(c.config.text).toBe(undefined);
    await db.close();
    await writer.kill();
  }));
