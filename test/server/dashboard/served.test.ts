/* The server of the dashboard: its files, who may ask, and what it says of collections and points. */

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, open } from '#silt/index.js';
import type {
  AnswerView,
  KeyView,
  Overview,
  PageView,
  PointView,
  Tick,
} from '#silt/server/dashboard/wire.js';
import { type Server, serve } from '#silt/server/http/index.js';

const KEY = 'all-rights';
const READ_KEY = 'only-reading';
const BIG = 2n ** 63n + 1n;

let database: Database;
let server: Server;

beforeAll(async () => {
  database = await open();
  const words = await database.createCollection('words', {
    dimension: 2,
    metric: 'euclidean',
    text: { title: { path: 'title' } },
  });
  await words.upsert([
    ...Array.from({ length: 5 }, (_, i) => ({
      id: i,
      vector: [i + 0.1, 0.5],
      payload: { title: `number ${i}`, even: i % 2 === 0, of: [{ 'a b': i }] },
    })),
    { id: 'seven', vector: [7, 0.5], payload: { title: 'still waters' } },
    { id: BIG, vector: [90, 0.5] },
  ]);
  await words.createPayloadIndex('even', 'bool');
  server = await serve({ database, port: 0, apiKey: KEY, readOnlyApiKey: READ_KEY });
});

afterAll(async () => {
  await server.close();
  await database.close();
});

interface Said {
  readonly status: number;
  readonly value: unknown;
  readonly error: { readonly code: string | null; readonly message: string };
}

async function call(name: string, body: object | string, key = KEY, collection = 'words'): Promise<Said> {
  const response = await fetch(`${server.url}/dashboard/api/collections/${collection}/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'api-key': key },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const value = (await response.json()) as { error: Said['error'] };
  return { status: response.status, value, error: value.error };
}

async function said<T>(name: string, body: object | string): Promise<T> {
  const { status, value } = await call(name, body);
  expect(status, JSON.stringify(value)).toBe(200);
  return value as T;
}

test('the page and its files come without a key, compressed, checked by their tag, and load nothing from elsewhere', async () => {
  const page = await fetch(`${server.url}/dashboard`);
  expect(page.status).toBe(200);
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
  const html = await page.text();
  // No other style is taken than the page's own.
  const style = /<style>(.*)<\/style>/s.exec(html)![1]!;
  const hash = createHash('sha256').update(style).digest('base64');
  expect(page.headers.get('content-security-policy')).toContain(`style-src 'sha256-${hash}'`);
  const files = [...html.matchAll(/(?:src|href)="(?!data:)([^"]+)"/g)].map(([, path]) => path!);
  expect(files.length).toBeGreaterThan(2);
  for (const path of files) {
    expect(path).toMatch(/^\/dashboard\/[\w.-]+\.js$/);
    const compressed = await fetch(server.url + path);
    expect(compressed.headers.get('content-encoding')).toBe('gzip');
    const plain = await fetch(server.url + path, { headers: { 'accept-encoding': 'identity' } });
    expect(plain.headers.get('content-encoding')).toBeNull();
    expect(await plain.text()).toBe(await compressed.text());
    const tag = plain.headers.get('etag')!;
    expect((await fetch(server.url + path, { headers: { 'if-none-match': tag } })).status).toBe(304);
  }
  expect((await fetch(`${server.url}/dashboard/none.js`)).status).toBe(404);
});

test('all files together are below 300 kB as they are sent, and none asks another host', async () => {
  const { ASSETS } = await import('#silt/server/dashboard/generated/assets.js');
  let bytes = 0;
  for (const [name, { gzip }] of Object.entries(ASSETS)) {
    const packed = Buffer.from(gzip, 'base64');
    bytes += packed.length;
    const urls =
      gunzipSync(packed)
        .toString()
        .match(/https?:\/\/[\w.-]+/g) ?? [];
    if (name !== 'licences.txt')
      expect(
        urls.filter((url) => !/w3\.org|127\.0\.0\.1/.test(url)),
        name,
      ).toEqual([]);
  }
  expect(bytes).toBeLessThan(300_000);
});

test('what it says of collections needs a key, and writing one that may', async () => {
  const overview = (key: string) =>
    fetch(`${server.url}/dashboard/api/overview`, { headers: { 'api-key': key } });
  expect((await overview('wrong-key')).status).toBe(401);
  expect(await (await overview(KEY)).json()).toMatchObject({ writes: true, readOnlyBecause: null });
  const seen = (await (await overview(READ_KEY)).json()) as Overview;
  expect(seen).toMatchObject({ writes: false, readOnlyBecause: 'this key is read-only', path: null });
  expect(seen.collections.map(({ name }) => name)).toEqual(['words']);
  expect((await call('scroll', {}, READ_KEY)).status).toBe(200);
  for (const name of ['upsert', 'delete', 'payload', 'field'])
    expect(await call(name, { ids: ['0'], id: '0', payload: {} }, READ_KEY)).toMatchObject({ status: 403 });
  expect(await database.collection('words').count()).toBe(7);
});

test('a page of points, with ids as JSON: no browser rounds them', async () => {
  const page = await said<PageView>('scroll', { limit: 2 });
  expect(page.points).toEqual([
    { id: '0', payload: { title: 'number 0', even: true, of: [{ 'a b': 0 }] } },
    { id: '1', payload: { title: 'number 1', even: false, of: [{ 'a b': 1 }] } },
  ]);
  const rest = await said<PageView>('scroll', { limit: 10, cursor: page.next });
  expect(rest.points.map(({ id }) => id)).toEqual(['2', '3', '4', String(BIG), '"seven"']);
  expect(rest.next).toBeNull();
  expect(await said('count', { filter: { must: { key: 'even', match: { value: true } } } })).toBe(3);
  const [one, none, big] = await said<(PointView | null)[]>('get', { ids: ['"seven"', '99', String(BIG)] });
  expect(one).toEqual({ id: '"seven"', payload: { title: 'still waters' }, vectors: { '': [7, 0.5] } });
  expect(none).toBeNull();
  expect(big).toMatchObject({ id: String(BIG), payload: null });
  const byId = await said<PageView>('scroll', `{"filter":{"must":{"has_id":[${BIG}]}}}`);
  expect(byId.points.map(({ id }) => id)).toEqual([String(BIG)]);
});

test('a query comes with its explanation', async () => {
  const filter = { must: { key: 'even', match: { value: true } } };
  const { hits, root, ms } = await said<AnswerView>('query', {
    request: {
      prefetch: [
        { query: [4, 0.5], k: 3, filter },
        { query: { text: 'number' }, using: 'title' },
      ],
      query: { fusion: 'rrf' },
      k: 10,
    },
  });
  expect(hits.length).toBeGreaterThan(2);
  expect(hits.find(({ id }) => id === '4')).toMatchObject({
    payload: { title: 'number 4' },
    score: expect.any(Number),
  });
  expect(root.prefetch.map(({ place }) => place)).toEqual(['prefetch[0]', 'prefetch[1]']);
  expect(ms.total).toBeGreaterThan(0);
});

test('keys of payloads are found with types, examples and indexes', async () => {
  const keys = await said<KeyView[]>('keys', {});
  expect(keys.find(({ path }) => path === 'even')).toEqual({
    path: 'even',
    types: ['boolean'],
    examples: [true, false],
    index: 'bool',
  });
  expect(keys.map(({ path }) => path)).toEqual(['even', 'of', 'of[]', 'of[]."a b"', 'title']);
});

test('recall is measured with the time of a search', async () => {
  expect(await said('recall', { recall: 0.9, k: 2, sample: 5 })).toMatchObject({
    target: 0.9,
    k: 2,
    value: 1,
    searchMs: expect.any(Number),
    measuredMs: expect.any(Number),
  });
});

test('recall is measured with as many queries as the page asks for at most', async () => {
  for (const body of [{ sample: 10_001 }, { k: 1_001 }])
    expect((await call('recall', body)).error.code).toBe('LIMIT_EXCEEDED');
});

test('points are written, their payloads changed, and deleted', async () => {
  const point = async () => (await said<(PointView | null)[]>('get', { ids: ['"new"'] }))[0];
  await said('upsert', { points: [{ id: 'new', vector: [50, 50], payload: { a: 1 } }] });
  await said('payload', { id: '"new"', payload: { b: 2 } });
  expect(await point()).toMatchObject({ payload: { a: 1, b: 2 } });
  await said('payload', { id: '"new"', payload: { c: 3 }, overwrite: true });
  expect(await point()).toMatchObject({ payload: { c: 3 } });
  expect(await said('delete', { ids: ['"new"'] })).toMatchObject({ deleted: 1 });
  expect(await point()).toBeNull();
});

test('an error has the code and the words of Silt, with the place', async () => {
  const { status, error } = await call('scroll', { filter: { must: [{ key: 'even', mach: 1 }] } });
  expect([status, error.code]).toEqual([400, 'INVALID_FILTER']);
  expect(error.message).toMatch(/^filter\.must\[0\] has an unknown member "mach".*Did you mean match\?$/);
  expect((await call('scroll', {}, KEY, 'none')).error).toEqual({
    code: 'COLLECTION_NOT_FOUND',
    message: 'there is no collection "none"; there is "words"',
  });
  expect((await call('get', { ids: ['{}'] })).error.code).toBe('INVALID_ID');
  expect((await call('query', { request: 7 })).error.code).toBe('INVALID_QUERY');
  expect((await call('scroll', { limit: 1_001 })).error.code).toBe('LIMIT_EXCEEDED');
  expect(await call('scroll', '{"filter"')).toMatchObject({ status: 400, error: { code: null } });
});

test('what the command line asks: status, info, a search explained, a collection made with a field more', async () => {
  const words = database.collection('words');
  expect(await said('status', {})).toMatchObject({ points: 7, seq: words.status().seq });
  expect(await said('info', {})).toMatchObject({ name: 'words', points: 7, config: { dimension: 2 } });
  const { counters, hits, plan } = await said<{ counters: object; hits: object[]; plan: string }>('explain', {
    query: [1, 1],
    options: { k: 1, exact: true },
  });
  expect(counters).toMatchObject({ rowsScanned: expect.any(Number) });
  expect(hits).toMatchObject([{ id: '1', score: expect.any(Number) }]);
  expect(plan).toContain('exact scan');
  const request = { query: { orderBy: 'of[]."a b"' }, k: 1 };
  expect(await said('explain', { request })).toMatchObject({
    root: { given: 1 },
    hits: [{ id: '0', orderValue: 0 }],
  });
  expect((await call('explain', {})).error.code).toBe('INVALID_QUERY');
  const create = async (body: object, key = KEY): Promise<number> => {
    const headers = { 'content-type': 'application/json', 'api-key': key };
    const url = `${server.url}/dashboard/api/create`;
    return (await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })).status;
  };
  const made = { name: 'made', config: { dimension: 3, metric: 'dot' } };
  expect(await create(made, READ_KEY)).toBe(403);
  expect([await create(made), await create(made)]).toEqual([200, 409]);
  expect(await create({ name: 'qdrant:settings', config: {} })).toBe(422);
  const field = { name: 'say', field: { text: { path: 'say' } } };
  expect((await call('field', field, KEY, 'made')).value).toBe(true);
  expect(database.collection('made').config).toMatchObject({ dimension: 3, text: { say: { path: 'say' } } });
  await database.dropCollection('made');
});

test('what moves comes as events, with the times of searches, until the page leaves', async () => {
  await call('query', { request: { query: [1, 1] } });
  const leaving = new AbortController();
  const response = await fetch(`${server.url}/dashboard/api/live`, {
    headers: { 'api-key': READ_KEY },
    signal: leaving.signal,
  });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  const ticks: Tick[] = [];
  while (ticks.length < 2) {
    const { value } = await reader.read();
    ticks.push(JSON.parse(/^data: (.*)\n\n$/.exec(value!)![1]!));
  }
  const [first, second] = ticks as [Tick, Tick];
  expect(first.collections['words']).toMatchObject({ points: 7 });
  expect(first.latency.total).toBeGreaterThan(0);
  expect(first.latency.p50).toBeGreaterThan(0);
  expect(first.latency.p99).toBeGreaterThanOrEqual(first.latency.p50!);
  expect(second.at).toBeGreaterThan(first.at);
  leaving.abort();
});

test('open pages leave room for requests', async () => {
  const other = await serve({ database, port: 0, limits: { requests: 1 } });
  const leaving = new AbortController();
  const { body } = await fetch(`${other.url}/dashboard/api/live`, { signal: leaving.signal });
  await body!.getReader().read();
  expect((await fetch(`${other.url}/collections`)).status).toBe(200);
  expect(await (await fetch(`${other.url}/metrics`)).text()).toContain('\ndashboard_pages_open 1\n');
  leaving.abort();
  await other.close();
});

test('what would hold too much is refused while it is read', async () => {
  const db = await open();
  const collection = await db.createCollection('big', { dimension: 2, metric: 'dot' });
  const payload = { text: 'x'.repeat(1_000) };
  await collection.upsert(Array.from({ length: 50 }, (_, id) => ({ id, vector: [1, id], payload })));
  const other = await serve({ database: db, port: 0, limits: { answerBytes: 20_000 } });
  const ids = Array.from({ length: 50 }, (_, id) => String(id));
  for (const [name, body] of [
    ['scroll', { limit: 50 }],
    ['get', { ids }],
    ['query', { request: { query: [1, 1], k: 50 } }],
    ['keys', {}],
  ] as const) {
    const response = await fetch(`${other.url}/dashboard/api/collections/big/${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect([response.status, await response.text()], name).toEqual([
      400,
      expect.stringContaining('the answer would take more than 20000 bytes'),
    ]);
  }
  await other.close();
  await db.close();
});

test('HEAD has nothing to wait for in the events', async () => {
  const headers = { 'api-key': KEY };
  const { status } = await fetch(`${server.url}/dashboard/api/live`, { method: 'HEAD', headers });
  expect(status).toBe(404);
});

test('a server that closes ends the events', async () => {
  const other = await serve({ port: 0 });
  const { body } = await fetch(`${other.url}/dashboard/api/live`);
  const reader = body!.getReader();
  await reader.read();
  const closed = other.close();
  for (let done = false; !done; ) ({ done } = await reader.read());
  await closed;
});

test('a connection that a browser has opened in advance does not hold up the end', async () => {
  const other = await serve({ port: 0, limits: { closeMs: 3_600_000, headMs: 3_600_000 } });
  const socket = connect(other.port, other.host);
  await once(socket, 'connect');
  await (await fetch(`${other.url}/dashboard`)).text(); // it is known to the server by now
  const ended = once(socket, 'close');
  await other.close();
  await ended;
});
