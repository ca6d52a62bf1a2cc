/* A payload comes back as it was given, whatever JSON it is; written, read, scrolled and found after reopening. */
import { describe, expect, test } from 'vitest';
import { open } from '#silt/index.js';
import { EITHER, PAUSED, vectors, withCollection } from '../support/databases.js';
import fc, { runs } from '../support/properties.js';

const [vector] = vectors(1, 1) as [Float32Array];
const payload = fc.dictionary(fc.string(), fc.jsonValue());

describe.each(EITHER)('%s', (backend) => {
  test('any object of JSON values', async () => {
    await withCollection(backend, PAUSED, async (points, db, path) => {
      const all: object[] = [];
      const property = fc.asyncProperty(fc.array(payload, { minLength: 1, maxLength: 5 }), async (given) => {
        const from = all.length;
        await points.upsert(given.map((one, i) => ({ id: from + i, vector, payload: one })));
        all.push(...given);
        const stored = await points.getMany(given.map((_, i) => from + i));
        for (const [i, one] of given.entries()) expectSame(stored[i]?.payload, one);
      });
      await fc.assert(property, { numRuns: runs(150) });
      let seen = 0;
      for await (const point of points.scroll()) expectSame(point.payload, all[seen++]);
      expect(seen).toBe(all.length);
      if (path === undefined) return;
      await db.close();
      const again = await open(path);
      for (const { id, payload: found } of await again.collection('points').search(vector, { k: all.length }))
        expectSame(found, all[Number(id)]);
      await again.close();
    });
  });

  test('names and numbers that are easily bent', async () => {
    await withCollection(backend, PAUSED, async (points) => {
      const odd: Record<string, unknown>[] = [
        JSON.parse('{"__proto__": {"x": 1}, "constructor": 2, "toString": null}'),
        { '': '', ' ': [], '\u0000': '\u0000', '\ud800': '\udfff', 'a.b': { 'c[0]': 1 } },
        { n: [0, -0, 1e308, -1e-308, 2 ** 53, 2 ** 53 + 2, 0.1, 4294967295, -2147483649, 1e21] },
        { t: [true, false, null, '', [], {}], deep: [[[[[[{ a: [{}] }]]]]]] },
        { text: 'x'.repeat(100_000), emoji: '\u{1f600}', lines: 'a\nb\r\n\t"\\' },
        Object.assign(Object.create(null), { bare: 1 }),
      ];
      await points.upsert(odd.map((one, id) => ({ id, vector, payload: one })));
      for (const [id, one] of odd.entries()) expectSame((await points.get(id))?.payload, one);
    });
  });

  test('members that are undefined are left out, as JSON does', async () => {
    await withCollection(backend, PAUSED, async (points) => {
      await points.upsert({ id: 1, vector, payload: { a: undefined, b: { c: undefined, d: 1 } } });
      expect(Object.keys((await points.get(1))!.payload!)).toEqual(['b']);
      expect((await points.get(1))!.payload).toStrictEqual({ b: { d: 1 } });
    });
  });
});

/** -0 may become 0: JSON has one zero. */
function expectSame(found: unknown, given: unknown): void {
  const text = JSON.stringify(given);
  if (JSON.stringify(found) !== text) expect(found).toStrictEqual(JSON.parse(text));
}
