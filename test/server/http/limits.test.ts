/* What clients may not do: too much, too slowly, too many at once. The server answers or cuts them, and others go on. */

import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { brotliCompressSync, deflateSync, gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { raw, talk } from './raw.js';
import { type Ask, withPoints, withServer } from './served.js';

const POINTS = '/collections/test/points';
const QUERY = `${POINTS}/query`;

const count = async (ask: Ask): Promise<unknown> => (await ask('POST', `${POINTS}/count`, {})).result;

test('a body beyond the limit is refused, however its length is told', async () => {
  await withPoints({ limits: { bodyBytes: 10_000 } }, async (ask, { port }) => {
    const text = JSON.stringify({ points: [], pad: 'x'.repeat(10_000) });
    expect(await ask('PUT', POINTS, text)).toMatchObject({
      status: 413,
      statusText: 'Payload Too Large',
      error: expect.stringContaining('10000 bytes'),
    });
    const head = `PUT ${POINTS} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n`;
    const chunked = await raw(
      port,
      `${head}connection: close\r\ntransfer-encoding: chunked\r\n\r\n`,
      `4000\r\n${'['.repeat(0x4000)}\r\n0\r\n\r\n`,
    );
    expect(chunked).toMatch(/^HTTP\/1.1 413 /);
    expect(await count(ask)).toEqual({ count: 3 });
  });
});

test('bodies may be compressed, and what they become is bounded', async () => {
  await withPoints({ limits: { bodyBytes: 1_000_000 } }, async (ask) => {
    const query = JSON.stringify({ query: [1, 2, 3, 4], limit: 2 });
    const plain = await ask('POST', QUERY, query);
    for (const [encoding, packed] of [
      ['gzip', gzipSync(query)],
      ['GZIP', gzipSync(query)],
      ['deflate', deflateSync(query)],
      ['br', brotliCompressSync(query)],
    ] as const)
      expect((await ask('POST', QUERY, packed, { 'content-encoding': encoding })).result, encoding).toEqual(
        plain.result,
      );
    const bomb = ' '.repeat(50_000_000) + query;
    for (const [encoding, packed] of [
      ['gzip', gzipSync(bomb)],
      ['br', brotliCompressSync(bomb)],
    ] as const) {
      expect(packed.length).toBeLessThan(1_000_000);
      expect((await ask('POST', QUERY, packed, { 'content-encoding': encoding })).status, encoding).toBe(413);
    }
    expect((await ask('POST', QUERY, query, { 'content-encoding': 'gzip' })).status).toBe(400);
    expect((await ask('POST', QUERY, query, { 'content-encoding': 'zstd' })).status).toBe(415);
    expect((await ask('POST', QUERY, gzipSync(query), { 'content-encoding': 'gzip, gzip' })).status).toBe(
      415,
    );
  });
});

test('responses are compressed for who accepts it', async () => {
  const asked = (url: string, accepts: string): Promise<{ encoding: string | undefined; text: string }> =>
    new Promise((resolve, reject) => {
      get(url, { headers: { 'accept-encoding': accepts } }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('end', () => {
          const bytes = Buffer.concat(chunks);
          const encoding = response.headers['content-encoding'];
          resolve({ encoding, text: (encoding ? gunzipSync(bytes) : bytes).toString() });
        });
      }).on('error', reject);
    });
  await withServer({ compress: 'always' }, async ({ url }) => {
    const plain = await asked(`${url}/openapi.json`, 'identity');
    expect(plain.encoding).toBeUndefined();
    expect(await asked(`${url}/openapi.json`, 'br, gzip;q=0.8')).toEqual({
      encoding: 'gzip',
      text: plain.text,
    });
    for (const accepts of ['gzip;q=0', 'br', ''])
      expect((await asked(`${url}/openapi.json`, accepts)).encoding, accepts).toBeUndefined();
    expect((await asked(url, 'gzip')).encoding, 'it is short').toBeUndefined();
  });
  await withServer({}, async ({ url }) => {
    expect((await asked(`${url}/openapi.json`, 'gzip')).encoding, 'over loopback').toBeUndefined();
  });
});

test('clients that send slowly are cut', async () => {
  const limits = { headMs: 100, bodyMs: 100 };
  await withPoints({ limits }, async (ask, { port }) => {
    const head = `PUT ${POINTS} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n`;
    const [body, part, none] = await Promise.all([
      raw(port, `${head}\r\n{"points":`),
      raw(port, head),
      raw(port),
    ]);
    expect(body).toMatch(/^HTTP\/1.1 408 Request Timeout\r\n[\s\S]*not complete in time/);
    expect(part).toMatch(/^HTTP\/1.1 408 Request Timeout\r\n/);
    expect(none).toMatch(/^(HTTP\/1.1 408 |$)/);
    expect(await count(ask)).toEqual({ count: 3 });
  });
});

test('a client that does not read its response is cut', async () => {
  await withPoints({ limits: { stallMs: 100 } }, async (ask, { port }) => {
    const payload = { text: 'x'.repeat(4_000_000) };
    for (const ids of [
      [1, 2, 3],
      [4, 5, 6],
    ])
      await ask('PUT', POINTS, { points: ids.map((id) => ({ id, vector: [1, 2, 3, 4], payload })) });
    const active = async (): Promise<string | undefined> =>
      /rest_requests_active (\d)/.exec((await ask('GET', '/metrics')).text)?.[1];
    const answer = await talk(port, async (socket) => {
      socket.pause();
      const body = '{"with_payload":true}';
      socket.write(
        `POST ${POINTS}/scroll HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      );
      while ((await active()) !== '2') await sleep(1);
      while ((await active()) === '2') await sleep(20);
      socket.resume();
    });
    expect(answer).toMatch(/^HTTP\/1.1 200 /);
    expect(answer.length).toBeLessThan(24_000_000);
  });
});

test('more requests than may be worked on are answered with 429, and health answers', async () => {
  await withPoints({ limits: { requests: 1 } }, async (ask, { port }) => {
    const head = `PUT ${POINTS} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 13\r\nconnection: close\r\n\r\n`;
    const held = talk(port, async (socket) => {
      socket.write(head);
      while ((await ask('POST', `${POINTS}/count`, {})).status !== 429) await sleep(5);
      const refused = await ask('POST', `${POINTS}/count`, {});
      expect(refused).toMatchObject({
        status: 429,
        statusText: 'Too Many Requests',
        error: expect.stringMatching(/^Rate limiting exceeded: /),
      });
      expect(refused.headers.get('retry-after')).toBe('1');
      expect((await ask('GET', '/healthz')).status).toBe(200);
      expect((await ask('GET', '/metrics')).text).toMatch(/rest_requests_refused_total [1-9]/);
      socket.write('{"points":[]}');
    });
    expect(await held).toMatch(/^HTTP\/1.1 (200|422) /);
    expect(await count(ask)).toEqual({ count: 3 });
  });
});

test('what is not HTTP, and heads that are too large, are refused', async () => {
  await withServer({}, async ({ port }) => {
    const get = 'GET / HTTP/1.1\r\nhost: localhost\r\n';
    expect(await raw(port, 'hello\r\n\r\n')).toMatch(/^HTTP\/1.1 400 /);
    expect(await raw(port, `${get}x: ${'y'.repeat(20_000)}\r\n\r\n`)).toMatch(/^HTTP\/1.1 431 /);
  });
});
