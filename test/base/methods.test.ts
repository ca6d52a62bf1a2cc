/* Methods that are taken off their object say what to write instead. */
import { expect, test } from 'vitest';
import { HnswIndex, open } from '#silt/index.js';

type Method = (this: unknown) => unknown;

/** By name; those that it inherits as well. */
function methodsOf(object: object): Record<string, Method> {
  const from: object = Object.getPrototypeOf(object);
  if (from === Object.prototype) return {};
  const own = Object.entries(Object.getOwnPropertyDescriptors(from))
    .filter(([name, { value }]) => typeof value === 'function' && name !== 'constructor')
    .map(([name, { value }]) => [name, value as Method]);
  return { ...methodsOf(from), ...Object.fromEntries(own) };
}

test('a method of a collection, a database or an index that is called alone names what it was taken from', async () => {
  const db = await open();
  const collection = await db.createCollection('points', { dimension: 1, metric: 'euclidean' });
  await collection.upsert({ id: 1, vector: [1] });
  const index = new HnswIndex({ dimension: 1, metric: 'euclidean' });
  const all = { collection, database: db, index };
  for (const [what, object] of Object.entries(all)) {
    const own = methodsOf(object);
    const names = Object.keys(own);
    expect(names.length).toBeGreaterThan(5);
    for (const name of names) {
      const method = own[name]!;
      expect(method.name).toBe(name);
      const message = `${name} was called without its ${what}: write ${what}.${name}(…), or const ${name} = ${what}.${name}.bind(${what})`;
      for (const other of [undefined, {}, all])
        expect(() => method.call(other)).toThrow(new TypeError(message));
    }
  }
  const { search } = collection;
  expect(() => search([1])).toThrow(TypeError);
  expect((await collection.search.bind(collection)([1], { k: 1 })).map(({ id }) => id)).toEqual([1]);
  await db.close();
});
