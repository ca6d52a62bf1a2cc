/* Components of vectors are written as floats, also those that are integers: clients that tell one from the other take no others. */
import { expect, test } from 'vitest';
import { withServer } from './served.js';

const CONFIG = {
  vectors: {
    a: { size: 4, distance: 'Dot' },
    m: { size: 1, distance: 'Dot', multivector_config: { comparator: 'max_sim' } },
  },
  sparse_vectors: { s: {} },
};

test('of points read, found, scrolled, grouped and looked up, and of nothing else', async () => {
  await withServer({}, async (_, asked) => {
    const ask = async (method: string, path: string, body?: object): Promise<string> =>
      (await asked(method, `/collections/c${path}`, body)).text;
    await ask('PUT', '', CONFIG);
    const vector = { a: [1, -0, 0.5, 1e30], m: [[2], [0.25]], s: { indices: [7, 9], values: [3, 0.5] } };
    await ask('PUT', '/points?wait=true', { points: [{ id: 1, vector, payload: { vector: [1], of: 1 } }] });
    const written = '"a":[1.0,0.0,0.5,1e+30],"m":[[2.0],[0.25]],"s":{"indices":[7,9],"values":[3.0,0.5]}';
    const query = { query: [1, 1, 2, 0], using: 'a', with_vector: true, with_payload: true };
    for (const text of await Promise.all([
      ask('GET', '/points/1'),
      ask('POST', '/points', { ids: [1], with_vector: true }),
      ask('POST', '/points/scroll', { with_vector: true }),
      ask('POST', '/points/query', query),
      ask('POST', '/points/query/batch', { searches: [query] }),
      ask('POST', '/points/query/groups', { ...query, group_by: 'of' }),
      ask('POST', '/points/query/groups', {
        ...{ ...query, with_vector: false, group_by: 'of' },
        with_lookup: { collection: 'c', with_vectors: true },
      }),
    ])) {
      expect(text).toContain(`"vector":{${written}}`);
      expect(text).toContain('"payload":{"vector":[1],"of":1}');
      expect(JSON.parse(text)).toMatchObject({ status: 'ok' });
    }
  });
});
