/* A server as a program has it: where it listens, what it tells of itself and of what fails, how it ends. */
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from 'vitest';
import type { FailedRequest } from '#silt/server/http/index.js';
import { serve } from '#silt/server/http/index.js';
import { askerOf, withPoints, withServer } from './served.js';

test('a name is listened at by one address, which is told', async () => {
  await withServer({ host: 'localhost' }, async ({ url, host }, ask) => {
    expect(['127.0.0.1', '::1']).toContain(host);
    expect(url).toContain(host);
    expect((await ask('GET', '/healthz')).status).toBe(200);
  });
});

test('servers of one database tell their own versions', async () => {
  await withServer({ version: '1.17.0' }, async ({ database }, older) => {
    await withServer({ database, version: '1.18.0' }, async (_, newer) => {
      for (const [ask, version] of [
        [older, '1.17.0'],
        [newer, '1.18.0'],
      ] as const) {
        expect(JSON.parse((await ask('GET', '/')).text)).toMatchObject({ version });
        expect((await ask('GET', '/telemetry')).result).toMatchObject({ app: { version } });
        expect((await ask('GET', '/metrics')).text).toContain(
          `app_info{name="qdrant",version="${version}"} 1`,
        );
      }
    });
  });
});

test('metrics count the vectors of each name, indexed or not', async () => {
  await withServer({}, async (_, ask) => {
    const size = { size: 2, distance: 'Dot' };
    await ask('PUT', '/collections/c', { vectors: { a: size, 'b"': size }, sparse_vectors: { s: {} } });
    const points = [
      { id: 1, vector: { a: [1, 2], 'b"': [1, 2], s: { indices: [1], values: [1] } } },
      { id: 2, vector: { a: [1, 2] } },
    ];
    await ask('PUT', '/collections/c/points?wait=true', { points });
    await ask('POST', '/collections/c/points/query', { query: { indices: [1], values: [1] }, using: 's' });
    const { text } = await ask('GET', '/metrics');
    expect(text).toContain('collections_vector_total 4\n');
    expect(text).toContain('collection_points{collection="c"} 2\n');
    expect(text.match(/^collection_vectors\{.*$/gm)).toEqual([
      'collection_vectors{collection="c",vector="a"} 2',
      'collection_vectors{collection="c",vector="b\\""} 1',
      'collection_vectors{collection="c",vector="s"} 1',
    ]);
  });
});

test('health tells of a database that was closed; liveness is of the process', async () => {
  await withPoints({}, async (ask, { database }) => {
    for (const path of ['/healthz', '/readyz', '/livez']) expect((await ask('GET', path)).status).toBe(200);
    await database.close();
    for (const path of ['/healthz', '/readyz']) expect((await ask('GET', path)).status, path).toBe(503);
    expect((await ask('GET', '/livez')).status).toBe(200);
  });
});

test('what fails inside is told to the program, and clients are given a number', async () => {
  const told: [error: unknown, request: FailedRequest][] = [];
  const onError = (error: unknown, request: FailedRequest): void => {
    told.push([error, request]);
    throw new Error('a listener that fails changes nothing');
  };
  await withPoints({ onError }, async (ask, { database }) => {
    const secret = new TypeError('EACCES: /srv/secret');
    database.collection('test').count = () => Promise.reject(secret);
    const { status, error } = await ask('POST', '/collections/test/points/count?timeout=5', {});
    expect(status).toBe(500);
    expect(error).toMatch(/^Service internal error: see number [\da-f]{8} in the log of the server$/);
    const path = '/collections/test/points/count';
    expect(told).toEqual([[secret, { method: 'POST', path, number: /number (\S+)/.exec(error!)![1] }]]);
    await ask('GET', '/nothing');
    await ask('POST', '/collections/test/points/query', '{');
    expect(told).toHaveLength(1);
  });
});

test('a server that cannot listen leaves nothing open, and the next one can', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => taken.once('listening', resolve));
  const { port } = taken.address() as AddressInfo;
  await expect(serve({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  await new Promise((resolve) => taken.close(resolve));
  await using server = await serve({ port });
  expect((await askerOf(server.url)('GET', '/livez')).status).toBe(200);
});

test('a time for heads of more than five minutes is taken', async () => {
  await withServer({ limits: { headMs: 400_000 } }, async (_, ask) => {
    expect((await ask('GET', '/livez')).status).toBe(200);
  });
});
