/* What a search by words finds depends on what is there, and not on what was there before. */
import { expect, test } from 'vitest';
import { open } from '#silt/index.js';
import { errorOf } from '../../support/databases.js';
import { withFolder } from '../../support/files.js';

const TEXTS = { text: { body: { path: 'body' } } } as const;

test('words of deleted texts do not stand in the way of those that live texts have', async () => {
  await using db = await open();
  const texts = await db.createCollection('texts', TEXTS);
  const ids = Array.from({ length: 300 }, (_, id) => id);
  await texts.upsert(ids.map((id) => ({ id, payload: { body: `kin${id} kingdoma${id % 10}` } })));
  await texts.search({ text: 'kin0' });
  await texts.delete(ids);
  await texts.upsert({ id: 999, payload: { body: 'the kingdoms' } });

  const found = async (query: Parameters<typeof texts.search>[0]): Promise<unknown[]> =>
    (await texts.search(query)).map(({ id }) => id);
  expect(await found({ text: 'kin', prefix: true })).toEqual([999]);
  expect(await found({ text: 'the kin', prefix: true, match: 'all' })).toEqual([999]);
  expect(await found({ text: 'kingdomx', fuzzy: 1 })).toEqual([999]);
  const [hit] = await texts.search({ text: 'kin', prefix: true }, { highlight: true });
  expect(hit!.highlights).toEqual(['the <mark>kingdoms</mark>']);
});

test('of equal texts, pages have each once and in one order, also where some were changed and changed back', () =>
  withFolder(async (folder) => {
    const pages = async (texts: Awaited<ReturnType<typeof made>>): Promise<unknown[]> => {
      const all: unknown[] = [];
      for (let offset = 0; offset < 30; offset += 10)
        for (const { id } of await texts.search({ text: 'same' }, { k: 10, offset })) all.push(id);
      return all;
    };
    const made = async (db: Awaited<ReturnType<typeof open>>) => db.getOrCreateCollection('texts', TEXTS);
    const ids = Array.from({ length: 30 }, (_, id) => id);
    {
      await using db = await open(folder);
      const texts = await made(db);
      await texts.upsert(ids.map((id) => ({ id, payload: { body: 'same' } })));
      await texts.search({ text: 'same' });
      for (const id of [3, 17]) {
        await texts.setPayload(id, { body: 'other' });
        await texts.search({ text: 'same' });
        await texts.setPayload(id, { body: 'same' });
      }
      expect(await pages(texts)).toEqual(ids);
    }
    await using db = await open(folder);
    expect(await pages(await made(db))).toEqual(ids);
  }));

test('sparse vectors so large that their products are no numbers are rejected, written and asked with', async () => {
  await using db = await open();
  const points = await db.createCollection('points', { sparse: { words: {} } });
  const large = { indices: [1, 2], values: [3e38, -3e38] };
  const refusal = /squares.*at most 1e36/;
  expect((await errorOf(() => points.upsert({ id: 1, vector: { words: large } }))).message).toMatch(refusal);
  await points.upsert({ id: 2, vector: { words: { indices: [1, 2], values: [7e17, -7e17] } } });
  expect((await errorOf(() => points.search(large))).message).toMatch(refusal);
  const [hit] = await points.search({ indices: [1, 2], values: [7e17, 7e17] });
  expect(hit).toMatchObject({ id: 2, score: 0 });
});

test('a search does not wait until a load ends, however fast that is: writers wait for what is taken in', async () => {
  await using db = await open();
  const texts = await db.createCollection('texts', TEXTS);
  const body = Array.from({ length: 200 }, (_, i) => `word${i}`).join(' ');
  let over = false;
  let batches = 0;
  const load = (async () => {
    for (; batches < 150 && !over; batches++)
      await texts.upsert(
        Array.from({ length: 1_000 }, (_, i) => ({ id: batches * 1_000 + i, payload: { body } })),
      );
  })();
  while (batches < 5) await new Promise((resolve) => setImmediate(resolve));
  await texts.search({ text: 'word7' }, { withPayload: false });
  over = true;
  await load;
  expect(batches).toBeLessThan(150);
});
