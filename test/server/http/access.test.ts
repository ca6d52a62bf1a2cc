/* Who may ask. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { get } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { expect, test } from 'vitest';
import { open } from '#silt/index.js';
import { serve } from '#silt/server/http/index.js';
import { OPERATIONS } from '#silt/server/qdrant/operations/table.js';
import { ROOT } from '../../support/sources.js';
import { raw } from './raw.js';
import { askerOf, withPoints, withServer } from './served.js';

const FIXTURES = join(ROOT, 'test/fixtures');

/** What an address answers, whose certificate is the one given. */
function securely(url: string, ca: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { ca }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve(text));
    }).on('error', reject);
  });
}

const KEY = 'the-key-of-all';
const READING = 'the-key-of-readers';
const QUERY = '/collections/test/points/query';
const query = { query: [1, 2, 3, 4] };

test('a key is asked for by everything but health and version', async () => {
  await withServer({ apiKey: KEY }, async (_, ask) => {
    for (const path of ['/', '/healthz', '/livez', '/readyz'])
      expect((await ask('GET', path)).status, path).toBe(200);
    const none = await ask('GET', '/collections');
    expect(none).toMatchObject({
      status: 401,
      statusText: 'Unauthorized',
      text: 'Must provide an API key or an Authorization bearer token',
    });
    expect(none.headers.get('content-type')).toMatch(/^text\/plain/);
    for (const path of ['/metrics', '/telemetry', '/openapi.json', '/collections/none', '/nothing'])
      expect((await ask('GET', path)).status, path).toBe(401);
    for (const headers of [
      { 'api-key': 'x' },
      { 'api-key': `${KEY}x` },
      { authorization: 'Bearer x' },
      { 'api-key': '' },
    ])
      expect(await ask('GET', '/collections', undefined, headers)).toMatchObject({
        status: 401,
        text: 'Invalid API key or JWT',
      });
    for (const headers of [
      { 'api-key': KEY },
      { authorization: `Bearer ${KEY}` },
      { authorization: `bearer ${KEY}` },
    ])
      expect((await ask('GET', '/collections', undefined, headers)).status).toBe(200);
  });
});

test('a key for reading reads, and writes nothing', async () => {
  await withServer({ apiKey: KEY, readOnlyApiKey: READING }, async (_, ask) => {
    const all = { 'api-key': KEY };
    const reading = { 'api-key': READING };
    const vectors = { vectors: { size: 4, distance: 'Dot' } };
    expect((await ask('PUT', '/collections/test', vectors, reading)).status).toBe(403);
    expect((await ask('PUT', '/collections/test', vectors, all)).status).toBe(200);
    expect((await ask('POST', QUERY, query, reading)).status).toBe(200);
    expect((await ask('POST', '/collections/test/points/scroll', {}, reading)).status).toBe(200);
    for (const [method, path] of [
      ['DELETE', '/collections/test'],
      ['PUT', '/collections/test/points'],
      ['POST', '/collections/test/points/delete'],
      ['POST', '/collections/test/points/stream'],
      ['POST', '/collections/aliases'],
    ] as const)
      expect(await ask(method, path, {}, reading), path).toMatchObject({
        status: 403,
        error: expect.stringMatching(/^Forbidden: /),
      });
  });
});

/** Requests that are no GET, and write nothing. */
const READS = [
  'query_points',
  'query_batch_points',
  'query_points_groups',
  'facet',
  'search_matrix_pairs',
  'search_matrix_offsets',
  'search_points',
  'search_batch_points',
  'search_point_groups',
  'recommend_points',
  'recommend_batch_points',
  'recommend_point_groups',
  'discover_points',
  'discover_batch_points',
  'get_points',
  'scroll_points',
  'count_points',
];

test('every operation that is not known to read is refused to a key for reading', async () => {
  expect(OPERATIONS.filter(({ method, writes }) => method === 'GET' && writes)).toEqual([]);
  const other = OPERATIONS.filter(({ method, name }) => method !== 'GET' && !READS.includes(name));
  expect(other.filter(({ writes }) => !writes).map(({ name }) => name)).toEqual([]);
  await withServer({ apiKey: KEY, readOnlyApiKey: READING }, async (_, ask) => {
    for (const { method, path, writes, name } of OPERATIONS) {
      const url = path.replace(/\{\w+\}/g, 'x');
      const { status } = await ask(method, url, method === 'GET' ? undefined : {}, { 'api-key': READING });
      expect(status === 403, `${name}: ${status}`).toBe(writes);
      expect((await ask(method, url)).status === 401, name).toBe(
        !['root', 'healthz', 'livez', 'readyz'].includes(name),
      );
    }
  });
});

test('a server for reading refuses writes, with and without keys', async () => {
  await withPoints({}, async (_, { database }) => {
    await withServer({ database, readOnly: true }, async (__, ask) => {
      expect((await ask('POST', QUERY, query)).status).toBe(200);
      expect((await ask('DELETE', '/collections/test')).status).toBe(403);
      expect((await ask('PUT', '/collections/test/points', { points: [] })).status).toBe(403);
    });
  });
});

test('without a key it listens on loopback alone, unless told otherwise', async () => {
  for (const host of ['0.0.0.0', '::', '192.0.2.1', 'example.com'])
    await expect(serve({ host, port: 0 }), host).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining('there is no key'),
    });
  for (const o of [{ apiKey: KEY }, { readOnlyApiKey: READING }, { insecure: true }])
    await (await serve({ host: '0.0.0.0', port: 0, ...o })).close();
});

test('options that cannot be are refused, and the error says what to do', async () => {
  await using database = await open();
  for (const [o, text] of [
    [{ apiKey: KEY, readOnlyApiKey: KEY }, 'must differ'],
    [{ apiKey: 'short' }, 'at least 8 characters'],
    [{ apikey: KEY }, 'serve has no option "apikey"'],
    [{ port: 70_000 }, 'port must be'],
    [{ cors: 'example.com' }, 'cors must be'],
    [{ tls: { cert: 'x' } as never }, '{ cert, key }'],
    [{ limits: { requests: 0 } }, 'limits.requests must be'],
    [{ path: './a', database }, 'not both'],
  ] as const)
    await expect(serve({ ...o, port: 'port' in o ? o.port : 0 }), text).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining(text),
    });
});

test('web pages of other origins are refused, unless cors names them', async () => {
  const page = { origin: 'https://page.example' };
  await withServer({}, async ({ url }, ask) => {
    expect(await ask('GET', '/collections', undefined, page)).toMatchObject({
      status: 403,
      error: expect.stringContaining('page.example'),
    });
    expect((await ask('POST', '/collections/x/points/delete', {}, page)).status).toBe(403);
    expect((await ask('GET', '/collections', undefined, { origin: url })).status).toBe(200);
  });
  await withServer({ cors: ['https://page.example'], apiKey: KEY }, async (_, ask) => {
    const allowed = await ask('GET', '/collections', undefined, { ...page, 'api-key': KEY });
    expect(allowed.status).toBe(200);
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://page.example');
    const asks = {
      'access-control-request-method': 'PUT',
      'access-control-request-headers': 'api-key,content-type',
    };
    for (const headers of [{}, page, asks]) {
      const odd = await ask('OPTIONS', '/collections/x', undefined, headers);
      expect(odd.status, JSON.stringify(headers)).toBeGreaterThanOrEqual(400);
      expect(odd.status).toBeLessThan(500);
    }
    const preflight = await ask('OPTIONS', '/collections/x', undefined, { ...page, ...asks });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-methods')).toContain('PUT');
    expect(
      (await ask('GET', '/collections', undefined, { origin: 'https://other.example', 'api-key': KEY }))
        .status,
    ).toBe(403);
  });
});

test('web pages of other origins are refused without an Origin header too, as for an image', async () => {
  const sites = (site: string, dest: string) => ({ 'sec-fetch-site': site, 'sec-fetch-dest': dest });
  await withServer({}, async ({ port }) => {
    const asked = (headers: Readonly<Record<string, string>>): Promise<string> => {
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
      return raw(port, `GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n${lines.join('')}\r\n`);
    };
    for (const [site, dest, status] of [
      ['cross-site', 'image', 403],
      ['same-site', 'script', 403],
      ['cross-site', 'iframe', 403],
      ['cross-site', 'document', 200],
      ['same-origin', 'empty', 200],
      ['none', 'document', 200],
    ] as const) {
      const answer = await asked(sites(site, dest));
      expect(answer, `${site}, ${dest}`).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      expect(answer).toContain('x-content-type-options: nosniff');
    }
  });
});

test('a key that is refused is not printed', async () => {
  const secret = 'correct horse battery';
  const error = await serve({ port: 0, apiKey: secret }).catch((why: Error) => why);
  expect((error as Error).message).toMatch(/apiKey must be .*, got one of 21 characters$/);
});

test('responses vary by origin and by encoding', async () => {
  const page = 'https://page.example';
  await withServer({ cors: [page, 'https://b.example'], compress: 'always' }, async (_, ask) => {
    for (const encoding of ['gzip', 'identity']) {
      const { headers } = await ask('GET', '/openapi.json', undefined, {
        origin: page,
        'accept-encoding': encoding,
      });
      expect(headers.get('vary')?.toLowerCase(), encoding).toBe('origin, accept-encoding');
    }
  });
});

test('without a key, no other name leads here', async () => {
  const head = (host: string): string =>
    `GET /collections HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`;
  await withServer({}, async ({ port }) => {
    for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, '[::1]:80', '10.0.0.5'])
      expect(await raw(port, head(host)), host).toMatch(/^HTTP\/1.1 200 /);
    for (const host of ['evil.example', `evil.example:${port}`, 'localhost.evil.example', ''])
      expect(await raw(port, head(host)), host).toMatch(/^HTTP\/1.1 403 /);
  });
  await withServer({ insecure: true }, async ({ port }) => {
    expect(await raw(port, head('silt.internal'))).toMatch(/^HTTP\/1.1 200 /);
  });
});

const pair = (): Promise<Buffer[]> =>
  Promise.all(['cert', 'key'].map((part) => readFile(join(FIXTURES, `localhost.${part}.pem`))));

test('a server with a certificate that closes answers what it accepted, and waits for no one else', async () => {
  const [cert, key] = await pair();
  const server = await serve({ port: 0, tls: { cert: cert!, key: key! }, limits: { closeMs: 3_600_000 } });
  await server.database.createCollection('c', { dimension: 2, metric: 'dot' });
  const { port } = server;
  // Browsers open connections in advance: of these one has said nothing, and one only who it is.
  const silent = connectTcp(port, '127.0.0.1');
  const early = connectTls({ port, host: '127.0.0.1', ca: cert });
  const asking = connectTls({ port, host: '127.0.0.1', ca: cert });
  await Promise.all([once(silent, 'connect'), once(early, 'secureConnect'), once(asking, 'secureConnect')]);
  const body = '{"points":[{"id":1,"vector":[1,2]}]}';
  asking.write(
    `PUT /collections/c/points?wait=true HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nexpect: 100-continue\r\n\r\n`,
  );
  let answer = '';
  asking.on('data', (text) => {
    answer += text;
  });
  await once(asking, 'data'); // the request has come
  expect(answer).toMatch(/^HTTP\/1.1 100 /);
  const ended = [silent, early, asking].map((socket) => once(socket, 'close'));
  const closed = server.close();
  asking.write(body);
  await closed;
  await Promise.all(ended);
  expect(answer).toContain('"completed"');
});

test('with certificate and key it serves HTTPS', async () => {
  const [cert, key] = await pair();
  await using server = await serve({ port: 0, tls: { cert: cert!, key: key! } });
  expect(server.url).toMatch(/^https:/);
  expect(await securely(`${server.url}/healthz`, cert!)).toBe('healthz check passed');
  await expect(askerOf(server.url.replace('https', 'http'))('GET', '/healthz')).rejects.toThrow();
});
