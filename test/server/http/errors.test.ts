/* Errors over HTTP, line by line: the status and the text that Qdrant has. */
import { expect, test } from 'vitest';
import { type Ask, withPoints } from './served.js';

const POINTS = '/collections/test/points';
const QUERY = `${POINTS}/query`;
const vectors = { size: 4, distance: 'Dot' };

const TABLE: readonly (readonly [string, string, string, unknown, number, RegExp])[] = [
  [
    'another dimension',
    'POST',
    QUERY,
    { query: [1, 2] },
    400,
    /^Wrong input: Vector dimension error: expected dim: 4, got 2$/,
  ],
  [
    'an unknown vector',
    'POST',
    QUERY,
    { query: [1, 2, 3, 4], using: 'foo' },
    400,
    /^Wrong input: Not existing vector name error: foo$/,
  ],
  [
    'order without an index',
    'POST',
    `${POINTS}/scroll`,
    { order_by: 'count' },
    400,
    /^Wrong input: No range index for `order_by` key: `?count/,
  ],
  [
    'a facet without an index',
    'POST',
    '/collections/test/facet',
    { key: 'city' },
    400,
    /^Wrong input: No appropriate index for faceting: `?city/,
  ],
  ['no JSON', 'POST', QUERY, '{"query":[1,', 400, /^Format error in JSON body: /],
  ['no body', 'PUT', POINTS, '', 400, /^Format error in JSON body: /],
  ['a list for an object', 'POST', QUERY, [], 400, /^Format error in JSON body: /],
  [
    'a text for a number',
    'POST',
    QUERY,
    { query: [1, 2, 3, 4], limit: 'many' },
    400,
    /^Format error in JSON body: limit: /,
  ],
  [
    'a negative number',
    'POST',
    QUERY,
    { query: [1, 2, 3, 4], limit: -1 },
    400,
    /^Format error in JSON body: .*limit/,
  ],
  [
    'an unknown member of a filter',
    'POST',
    QUERY,
    { query: [1, 2, 3, 4], filter: { mustt: [] } },
    400,
    /^Format error in JSON body: .*mustt/,
  ],
  [
    'an id that is not one',
    'PUT',
    POINTS,
    { points: [{ id: 'x', vector: [1, 2, 3, 4] }] },
    400,
    /value x is not a valid point ID, valid values are either an unsigned integer or a UUID/,
  ],
  [
    'a negative id',
    'PUT',
    POINTS,
    { points: [{ id: -1, vector: [1, 2, 3, 4] }] },
    400,
    /^Format error in JSON body: .*-1 is not a valid point ID/,
  ],
  [
    'a vector of null',
    'PUT',
    POINTS,
    { points: [{ id: 1, vector: null }] },
    400,
    /^Format error in JSON body: /,
  ],
  [
    'a bad parameter',
    'PUT',
    `${POINTS}?wait=maybe`,
    { points: [] },
    400,
    /^Format error in query parameters: .*wait/,
  ],
  [
    'limit 0',
    'POST',
    QUERY,
    { query: [1, 2, 3, 4], limit: 0 },
    422,
    /^Validation error in JSON body: \[limit: value 0 invalid, must be 1 or larger\]$/,
  ],
  [
    'hnsw_ef 0',
    'POST',
    QUERY,
    { query: [1, 2, 3, 4], params: { hnsw_ef: 0 } },
    422,
    /^Validation error in JSON body: \[.*hnsw_ef: value 0 invalid, must be 1 or larger\]$/,
  ],
  [
    'timeout 0',
    'POST',
    `${QUERY}?timeout=0`,
    { query: [1, 2, 3, 4] },
    422,
    /^Validation error in query parameters: \[timeout: value 0 invalid, must be 1 or larger\]$/,
  ],
  [
    'ef_construct below 4',
    'PUT',
    '/collections/b',
    { vectors, hnsw_config: { ef_construct: 3 } },
    422,
    /^Validation error in JSON body: \[.*ef_construct/,
  ],
  [
    'no such collection',
    'GET',
    '/collections/none',
    undefined,
    404,
    /^Not found: Collection `none` doesn't exist!$/,
  ],
  ['no such point', 'GET', `${POINTS}/7`, undefined, 404, /^Not found: Point with id 7 does not exists!$/],
  ['no point to query by', 'POST', QUERY, { query: 7 }, 404, /^Not found: No point with id 7 found$/],
  [
    'a collection that is there',
    'PUT',
    '/collections/test',
    { vectors },
    409,
    /^Wrong input: Collection `test` already exists!$/,
  ],
  [
    'an alias named like a collection',
    'POST',
    '/collections/aliases',
    { actions: [{ create_alias: { alias_name: 'test', collection_name: 'test' } }] },
    409,
    /^Wrong input: Collection.*already exists!$/,
  ],
  [
    'no such alias',
    'POST',
    '/collections/aliases',
    { actions: [{ rename_alias: { old_alias_name: 'x', new_alias_name: 'y' } }] },
    404,
    /^Not found: Alias x does not exists!$/,
  ],
  ['a call of clusters', 'PUT', '/collections/test/shards', { shard_key: 'a' }, 405, /standalone mode/],
  ['what Silt does not have', 'PUT', '/quotas', {}, 501, /^Not implemented: /],
  ['no such path', 'GET', '/collection', undefined, 404, /^Not found: there is no GET \/collection$/],
  ['another method', 'PATCH', '/collections/test/points', {}, 404, /^Not found: there is no PATCH/],
  ['a path that cannot be decoded', 'GET', '/collections/%zz', undefined, 400, /^Bad request: /],
  [
    'a name with a slash',
    'PUT',
    '/collections/a%2Fb',
    { vectors },
    422,
    /^Validation error in path parameters: \[collection_name/,
  ],
];

const PHRASES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  422: 'Unprocessable Entity',
  501: 'Not Implemented',
};

test('every error has the status, the phrase, the text and the envelope of Qdrant', async () => {
  await withPoints({}, async (ask) => {
    const wrong: unknown[] = [];
    for (const [what, method, path, body, status, text] of TABLE) {
      const answer = await ask(method, path, body);
      const { time } = JSON.parse(answer.text);
      const right =
        answer.status === status &&
        answer.statusText === PHRASES[status] &&
        text.test(answer.error ?? '') &&
        typeof time === 'number';
      if (!right) wrong.push([what, answer.status, answer.statusText, answer.text]);
    }
    expect(wrong).toEqual([]);
  });
});

test('what is not an error, though it may look like one', async () => {
  await withPoints({}, async (ask: Ask) => {
    expect(await ask('DELETE', '/collections/none')).toMatchObject({ status: 200, result: false });
    expect(await ask('POST', QUERY, { query: [1, 2, 3, 4], filter: {} })).toMatchObject({ status: 200 });
    expect(
      (await ask('PUT', `${POINTS}?wait=false`, { points: [{ id: 9, vector: [1, 2, 3, 4] }] })).result,
    ).toMatchObject({ status: 'acknowledged' });
    expect(
      (await ask('PUT', `${POINTS}/?wait=true`, { points: [{ id: 9, vector: [1, 2, 3, 4] }] })).result,
    ).toMatchObject({ status: 'completed' });
  });
});
