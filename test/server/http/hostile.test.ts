/*
 * Hostile requests: bodies that are mangled at random, numbers that are too large, values of wrong types, deep nesting, keys
 * of prototypes, paths that lead elsewhere, requests within requests. Each is answered with 4xx, or does what it says; the
 * server goes on, and the points that it does not name are as they were.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { amount } from '../../support/amount.js';
import { integer, type Random, randomOf } from '../../support/random.js';
import { raw } from './raw.js';
import { type Ask, POINTS, withPoints } from './served.js';

const TRIALS = amount('SILT_HOSTILE', 300, 10_000);
const SEED = Number(process.env['SILT_SEED'] ?? 1);

const one = <T>(random: Random, list: readonly T[]): T => list[integer(random, 0, list.length)]!;

/** Requests that read, or write nothing that is there. */
const GOOD: readonly (readonly [method: string, path: string, body: object])[] = [
  [
    'POST',
    '/points/query',
    {
      query: [1, 2, 3, 4],
      limit: 3,
      filter: { must: [{ key: 'city', match: { value: 'Berlin' } }] },
      params: { hnsw_ef: 10, exact: true },
      with_payload: ['city'],
      with_vector: true,
    },
  ],
  [
    'POST',
    '/points/query',
    {
      prefetch: [{ query: [1, 2, 3, 4], limit: 5 }],
      query: { fusion: 'rrf' },
      score_threshold: 0.1,
      offset: 1,
    },
  ],
  [
    'POST',
    '/points/query',
    { query: { recommend: { positive: [1], negative: [[1, 2, 3, 4]], strategy: 'best_score' } } },
  ],
  [
    'POST',
    '/points/query',
    {
      prefetch: { query: 1 },
      query: { formula: { sum: ['$score', { mult: [0.5, { key: 'count', match: { any: [1] } }] }] } },
    },
  ],
  ['POST', '/points/query/batch', { searches: [{ query: 1 }, { query: { sample: 'random' } }] }],
  ['POST', '/points/query/groups', { query: [1, 2, 3, 4], group_by: 'city', group_size: 2 }],
  ['POST', '/points/search', { vector: [1, 2, 3, 4], limit: 3, filter: { must_not: [{ has_id: [1, 2] }] } }],
  [
    'POST',
    '/points/scroll',
    { offset: 2, limit: 2, filter: { should: [{ key: 'count', range: { gte: 1, lt: 5 } }] } },
  ],
  [
    'POST',
    '/points/count',
    { filter: { min_should: { conditions: [{ is_empty: { key: 'x' } }], min_count: 1 } }, exact: true },
  ],
  ['POST', '/points', { ids: [1, 2, 3], with_payload: { include: ['city'] }, with_vector: [''] }],
  ['POST', '/points/search/matrix/pairs', { sample: 3, limit: 2 }],
  ['PUT', '/points', { points: [{ id: 1000, vector: [1, 2, 3, 4], payload: { a: { b: [1, 'x', null] } } }] }],
  [
    'PUT',
    '/points',
    {
      batch: {
        ids: [1001, 1002],
        vectors: [
          [1, 2, 3, 4],
          [1, 2, 3, 4],
        ],
        payloads: [null, { a: 1 }],
      },
    },
  ],
  ['POST', '/points/payload', { payload: { seen: true }, points: [1000], key: 'a' }],
  ['POST', '/points/payload/delete', { keys: ['a', 'b[].c'], points: [1000] }],
  ['POST', '/points/delete', { points: [1000, 1001] }],
  [
    'POST',
    '/points/batch',
    {
      operations: [
        { upsert: { points: [{ id: 1003, vector: [1, 2, 3, 4] }] } },
        { delete: { points: [1003] } },
      ],
    },
  ],
  ['PUT', '/index', { field_name: 'city', field_schema: { type: 'keyword', is_tenant: true } }],
];

const deep = (depth: number, open: string, close: string): string => open.repeat(depth) + close.repeat(depth);

/** What stands where something else should. None of them names a point that is there. */
const ODD: readonly string[] = [
  'null',
  'true',
  '-1',
  '0',
  '1.5',
  '1e400',
  '-1e400',
  '1e-400',
  '9007199254740993',
  '18446744073709551616',
  '1'.repeat(400),
  '-0',
  '""',
  '"x"',
  '"\\u0000"',
  '"\\ud800"',
  `"${'x'.repeat(5_000)}"`,
  '[]',
  '{}',
  '[[]]',
  '[null]',
  '[{}]',
  '[8,[9]]',
  '{"":{}}',
  '{"__proto__":{"admin":true}}',
  '{"constructor":{"prototype":{"admin":true}}}',
  '{"toString":1,"length":-1,"then":1}',
  '{"must":{"must":{"must":{}}}}',
  '{"nearest":{"nearest":1}}',
  deep(100, '[', ']'),
  deep(100, '{"must":[', ']}'),
  deep(200, '[', ']'),
  deep(5_000, '{"must":', '}').replace('}}', '1}}'),
  `[${'8,'.repeat(70_000)}8]`,
  '{"key":"a[].b[].c","match":{"value":1}}',
  '{"text":"x","model":"y"}',
  '{"indices":[1,1],"values":[1,2]}',
  '{"indices":[4294967296],"values":[1]}',
];

/** Every value within a text of JSON, as a place in it. */
function places(value: unknown, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [
    path,
    ...Object.entries(value).flatMap(([key, inner]) =>
      places(inner, [...path, Array.isArray(value) ? Number(key) : key]),
    ),
  ];
}

const HOLE = '"hole in the body"';

/** A body with something odd in one place. */
function odd(random: Random, body: object): string {
  const copy = structuredClone({ body });
  const path = ['body', ...one(random, places(body))];
  let at = copy as unknown as Record<string | number, unknown>;
  for (const key of path.slice(0, -1)) at = at[key] as typeof at;
  const name = path.at(-1)!;
  if (typeof name === 'string' && path.length > 1 && random() < 0.2) {
    at[one(random, ['__proto__x', 'constructor', 'hasOwnProperty', ''])] = at[name];
    delete at[name];
  } else at[name] = JSON.parse(HOLE);
  return JSON.stringify(copy.body)
    .replace(HOLE, () => one(random, ODD))
    .replaceAll('__proto__x', '__proto__');
}

/** A text in which bytes are changed, left out, or repeated. */
function mangled(random: Random, body: object): Uint8Array {
  const bytes = Buffer.from(JSON.stringify(body));
  const from = integer(random, 0, bytes.length);
  const to = Math.min(bytes.length, from + integer(random, 1, 8));
  const piece = bytes.subarray(from, to);
  const put = one(random, [
    Buffer.alloc(0),
    Buffer.concat([piece, piece]),
    Buffer.from([integer(random, 0, 256)]),
    Buffer.from(one(random, ['{', '}', '"', '\\', ',', '1e999', '\u0000', '\ufeff'])),
  ]);
  return Buffer.concat([bytes.subarray(0, from), put, bytes.subarray(to)]);
}

async function stateOf(ask: Ask): Promise<unknown> {
  const asked = { ids: POINTS.map(({ id }) => id), with_vector: true };
  const { result } = await ask('POST', '/collections/test/points', asked);
  return [result, (await ask('GET', '/collections')).result];
}

/** Answers that are wrong: 5xx, but for what Silt says that it does not have, and what is not in an envelope. */
function isWrong({ status, text }: Awaited<ReturnType<Ask>>): boolean {
  if (status === 501) return false;
  if (status >= 500) return true;
  const parsed = JSON.parse(text);
  return status < 400 ? parsed.status !== 'ok' : typeof parsed.status.error !== 'string';
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heapUsed(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** More than what caches and counters take, and less than the bodies of a hundred of these requests. */
const GROWTH_MOST = 16 * 1024 ** 2;

/** What a mangled request may have changed by what it says: a number of an id or a filter may have become another. */
const isWrite = (method: string, path: string): boolean =>
  method === 'PUT' || /payload|delete|batch$/.test(path);

test('mangled bodies are answered with 4xx or do what they say, and no others are harmed', async () => {
  await withPoints({}, async (ask) => {
    const before = await stateOf(ask);
    const random = randomOf(SEED);
    const seen: Record<number, number> = {};
    let heapBefore = 0;
    for (let trial = 0; trial < TRIALS; trial++) {
      // By then all is loaded and compiled.
      if (trial === Math.floor(TRIALS / 3)) heapBefore = heapUsed();
      const [method, path, body] = one(random, GOOD);
      const writes = isWrite(method, path) && path !== '/points/query/batch';
      const text = random() < 0.6 ? odd(random, body) : mangled(random, body);
      // Writes that could name other points are only tried as bodies that do not parse.
      const sent = writes && typeof text !== 'string' ? `${Buffer.from(text).toString('latin1')}]` : text;
      const answer = await ask(method, `/collections/test${path}`, sent);
      seen[answer.status] = (seen[answer.status] ?? 0) + 1;
      if (isWrong(answer))
        throw new Error(
          `SILT_SEED=${SEED}, trial ${trial}: ${method} ${path} ${String(sent).slice(0, 300)}: ${answer.status} ${answer.text.slice(0, 300)}`,
        );
    }
    expect(await stateOf(ask)).toEqual(before);
    expect(seen[400]).toBeGreaterThan(TRIALS / 4);
    expect(heapUsed() - heapBefore).toBeLessThan(GROWTH_MOST);
    const { text } = await ask('GET', '/metrics');
    expect(text).toContain('rest_requests_active 1\n');
    expect(text).toContain('rest_bodies_bytes 0\n');
    expect(text).toContain('rest_answers_bytes 0\n');
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });
}, 600_000);

test('paths lead nowhere else', async () => {
  await withPoints({}, async (ask, { port }) => {
    const before = await stateOf(ask);
    const wrong: string[] = [];
    for (const path of [
      '/../../etc/passwd',
      '/collections/../../etc/passwd',
      '/collections/%2e%2e%2f%2e%2e%2fetc',
      '/collections/..%5c..',
      '/collections/%00',
      '/collections/a%00b',
      '/collections/test/points/../../../x',
      '//collections/test',
      '/collections//points',
      '/collections/test%2Fpoints',
      '/collections/qdrant:settings',
      '/collections/qdrant%3Asettings/points/1',
      '/collections/__proto__',
      '/collections/constructor/points/1',
      '/collections/test/points/__proto__',
      '/collections/test/points/%F0%28',
      '/collections/test/points/1e3',
      '/collections/test/points/-1',
      `/collections/${'x'.repeat(5_000)}`,
      `/collections/${'%41'.repeat(2_000)}`,
      '/collections/*',
      '/*',
      '/collections/:collection_name',
      '/collections/{collection_name}',
      '/collections/test;x=1',
      'http://evil.example/collections',
    ])
      for (const method of ['GET', 'DELETE', 'PUT']) {
        const answer = await raw(
          port,
          `${method} ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`,
        );
        // Qdrant says `false` of a collection to delete that is not there; and an absolute address is read as its path.
        if (
          !/^HTTP\/1.1 4\d\d /.test(answer) &&
          !answer.includes('"result":false') &&
          !path.startsWith('http')
        )
          wrong.push(`${method} ${path}: ${answer.slice(0, 200)}`);
      }
    expect(wrong).toEqual([]);
    expect(await stateOf(ask)).toEqual(before);
  });
});

test('a request within a request is not asked', async () => {
  await withPoints({}, async (ask, { port }) => {
    const before = await stateOf(ask);
    const inner = 'DELETE /collections/test HTTP/1.1\r\nhost: localhost\r\n\r\n';
    const head =
      'POST /collections/test/points/count HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n';
    for (const [what, text] of [
      ['both lengths', `${head}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${inner}`],
      ['two lengths', `${head}content-length: 2\r\ncontent-length: ${inner.length}\r\n\r\n{}${inner}`],
      ['an odd length', `${head}content-length: +2\r\n\r\n{}${inner}`],
      ['a length of hexadecimal digits', `${head}content-length: 0x2\r\n\r\n{}${inner}`],
      ['an unknown encoding', `${head}transfer-encoding: xchunked\r\n\r\n0\r\n\r\n${inner}`],
      ['two encodings', `${head}transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n${inner}`],
      ['a space before the colon', `${head}content-length : 2\r\n\r\n{}${inner}`],
      ['a folded head', `${head}x: y\r\n content-length: 2\r\n\r\n{}${inner}`],
      ['a bare line feed', `${head}x: y\ncontent-length: 2\r\n\r\n{}${inner}`],
      ['a piece of an odd length', `${head}transfer-encoding: chunked\r\n\r\n2x\r\n{}\r\n0\r\n\r\n${inner}`],
      ['no host', 'GET /collections HTTP/1.1\r\n\r\n'],
    ] as const)
      expect(await raw(port, text), what).toMatch(/^HTTP\/1.1 [45]\d\d /);
    expect(await stateOf(ask)).toEqual(before);
  });
});
