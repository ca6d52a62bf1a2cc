/* A process that follows another sees fields come and go, in order with the writes around them. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { open } from '#silt/index.js';
import { amount } from '../support/amount.js';
import { ChangingFields, type Writes } from '../support/changing-fields.js';
import { errorOf, failureOf } from '../support/databases.js';
import { withFolder } from '../support/files.js';
import { randomOf } from '../support/random.js';
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
      const methods = ['upsert', 'delete', 'createField', 'dropField', 'compact'] as const;
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
            await c.has(0); // what is committed is taken up
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
