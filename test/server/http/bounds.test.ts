/* What one client can make the server hold: pieces of bodies, work nobody waits for, connections that were refused. */
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { Collection } from '#silt/api/collection.js';
import type { Database } from '#silt/api/database.js';
import { TAKE } from '#silt/collection/read/take.js';
import { open } from '#silt/index.js';
import { decoded } from '#silt/server/http/decoding.js';
import { Work } from '#silt/server/http/work.js';
import { raw, talk } from './raw.js';
import { type Ask, withPoints, withServer } from './served.js';

const SCROLL = '/collections/test/points/scroll';
const headOf = (method: string, path: string, more = ''): string =>
  `${method} ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n${more}\r\n`;

const metric = async (ask: Ask, name: string): Promise<number> => {
  const { text } = await ask('GET', '/metrics');
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
};

/** Waits until a metric has a value. */
async function until(ask: Ask, name: string, value: number): Promise<void> {
  while ((await metric(ask, name)) !== value) await sleep(5);
}

test('a body in pieces of one byte takes no more memory than one of one piece', async () => {
  await withPoints({}, async (ask, { port }) => {
    const text = `{"limit":1,"pad":"${'x'.repeat(60_000)}"}`;
    const pieces = Buffer.from([...text].map((sign) => `1\r\n${sign}\r\n`).join(''));
    const answer = await talk(port, async (socket) => {
      socket.write(headOf('POST', SCROLL, 'transfer-encoding: chunked\r\nconnection: close\r\n'));
      socket.write(pieces);
      while ((await metric(ask, 'rest_bodies_bytes')) < 60_000) await sleep(5);
      // Counted is what is held: no more than twice what came, and nothing for each piece.
      expect(await metric(ask, 'rest_bodies_bytes')).toBeLessThan(140_000);
      socket.write('0\r\n\r\n');
    });
    expect(answer).toMatch(/^HTTP\/1.1 200 /);
    expect(await metric(ask, 'rest_bodies_bytes')).toBe(0);
  });
});

test('all bodies together are bounded, before and after decompression', async () => {
  const limits = { bodyBytes: 100_000, bodiesBytes: 100_000 };
  await withPoints({ limits }, async (ask, { port }) => {
    const held = talk(port, async (socket) => {
      socket.write(headOf('POST', SCROLL, 'content-length: 90000\r\nconnection: close\r\n'));
      socket.write(Buffer.alloc(80_000, ' '));
      while ((await metric(ask, 'rest_bodies_bytes')) < 80_000) await sleep(5);
      const body = `${' '.repeat(50_000)}{}`;
      expect(await ask('POST', SCROLL, body)).toMatchObject({
        status: 429,
        error: expect.stringContaining('the bodies of all requests together'),
      });
      const packed = await ask('POST', SCROLL, gzipSync(body), { 'content-encoding': 'gzip' });
      expect(packed.status).toBe(429);
      expect((await ask('POST', SCROLL, '{}')).status).toBe(200);
      socket.write(`${' '.repeat(9_998)}{}`);
    });
    expect(await held).toMatch(/^HTTP\/1.1 200 /);
    expect((await ask('POST', SCROLL, `${' '.repeat(50_000)}{}`)).status).toBe(200);
  });
});

test('an answer beyond the limit is refused, however it is asked for, and leaves no memory taken', async () => {
  await withPoints({ limits: { answerBytes: 20_000 } }, async (ask) => {
    const payload = { text: 'x'.repeat(1_000) };
    const points = Array.from({ length: 100 }, (_, id) => ({ id, vector: [1, 2, 3, 4], payload }));
    await ask('PUT', '/collections/test/points?wait=true', { points });
    const ids = points.map(({ id }) => id);
    const all: readonly (readonly [path: string, body: object])[] = [
      ['scroll', { limit: 10_000_000 }],
      ['scroll', { limit: 100, with_payload: ['text'] }],
      [
        'scroll',
        { limit: 100_000, with_payload: false, with_vector: true, filter: { must: [{ has_id: ids }] } },
      ],
      ['', { ids }],
      ['', { ids, with_payload: { include: ['text'] } }],
      ['query', { query: [1, 2, 3, 4], limit: 100, with_payload: true }],
      [
        'query/batch',
        {
          searches: [
            { limit: 10, with_payload: true },
            { limit: 10, with_payload: true },
          ],
        },
      ],
      ['query/groups', { query: [1, 2, 3, 4], group_by: 'text', group_size: 100, with_payload: true }],
    ];
    for (const [path, body] of all)
      expect(
        await ask('POST', `/collections/test/points/${path}`, body),
        `${path} ${JSON.stringify(body)}`,
      ).toMatchObject({
        status: 400,
        error:
          'Bad request: the answer would take more than 20000 bytes. Ask for fewer points at once, or for less of each',
      });
    expect((await ask('POST', SCROLL, { limit: 10 })).status).toBe(200);
    expect((await ask('POST', SCROLL, { limit: 100, with_payload: false })).status).toBe(200);
    await until(ask, 'rest_answers_bytes', 0);
  });
});

/** The same database, which counts the characters of `text` in the payloads that its collections give. */
function counting(database: Database): { counted: Database; read: () => number } {
  let characters = 0;
  const count = (value: unknown): void => {
    if (Array.isArray(value)) for (const one of value) count(one);
    else if (typeof value === 'object' && value !== null) {
      const { payload, hits } = value as { payload?: { text?: string }; hits?: unknown };
      characters += payload?.text?.length ?? 0;
      if (hits) count(hits);
    }
  };
  const collections = new Map<string, Collection>();
  const over = <T extends object>(target: T, result: (value: unknown, name: string) => unknown): T =>
    new Proxy(target, {
      get: (_, name) => {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]) => result(member.apply(target, args), String(args[0]));
      },
    });
  const counted = over(database, (value, name) => {
    if (typeof (value as Collection | undefined)?.getMany !== 'function') return value;
    const known =
      collections.get(name) ??
      over(value as Collection, (answer) => {
        if (answer instanceof Promise) answer.then(count, () => {});
        return answer;
      });
    collections.set(name, known);
    return known;
  });
  return { counted, read: () => characters };
}

test('a search for more than an answer may hold is refused when little more than that was read', async () => {
  await using database = await open();
  const { counted, read } = counting(database);
  const answerBytes = 1_000_000;
  await withPoints({ database: counted, limits: { answerBytes } }, async (ask) => {
    const payload = { text: 'x'.repeat(100_000), of: 'all', other: 1 };
    for (let from = 0; from < 200; from += 50) {
      const points = Array.from({ length: 50 }, (_, i) => ({ id: from + i, vector: [1, 2, 3, 4], payload }));
      await ask('PUT', '/collections/test/points?wait=true', { points });
    }
    const query = [1, 2, 3, 4];
    const big = { query, limit: 100_000, with_payload: true };
    const asked: readonly (readonly [path: string, body: object])[] = [
      ['query', big],
      ['query', { ...big, with_payload: ['text'] }],
      [
        'query',
        { prefetch: [{ query, limit: 200 }], query: { fusion: 'rrf' }, limit: 200, with_payload: true },
      ],
      ['query', { limit: 200, with_payload: true }],
      ['query/batch', { searches: Array(20).fill({ ...big, limit: 10 }) }],
      ['query/groups', { ...big, limit: 2, group_by: 'of', group_size: 100 }],
      ['search', { vector: query, limit: 100_000, with_payload: true }],
    ];
    for (const [path, body] of asked) {
      const before = read();
      expect(await ask('POST', `/collections/test/points/${path}`, body), path).toMatchObject({
        status: 400,
        error: expect.stringContaining('the answer would take more than 1000000 bytes'),
      });
      expect(read() - before, path).toBeLessThan(3 * answerBytes);
    }
    const { status, result } = await ask('POST', '/collections/test/points/query', {
      ...big,
      limit: 150,
      with_payload: { exclude: ['text'] },
      with_vector: true,
    });
    expect(status).toBe(200);
    const { points } = result as { points: object[] };
    expect(points).toHaveLength(150);
    expect(points[0]).toEqual({
      id: 0,
      version: expect.any(Number),
      score: 30,
      payload: { of: 'all', other: 1 },
      vector: query,
    });
  });
});

test('a scroll tells of each point as it is read, in whichever order', async () => {
  await using database = await open();
  const collection = await database.createCollection('c', { dimension: 2, metric: 'dot' });
  await collection.createPayloadIndex('n', 'integer');
  const all = Array.from({ length: 100 }, (_, id) => ({ id, vector: [1, id], payload: { n: 100 - id } }));
  await collection.upsert(all);
  for (const o of [{}, { orderBy: 'n' }, { filter: { must: { key: 'n', range: { gt: 10 } } } }]) {
    const told: object[] = [];
    const take = (point: object): void => {
      told.push(point);
      if (told.length === 5) throw new Error('full');
    };
    const page = { ...o, limit: 50, withVector: true, [TAKE]: take };
    await expect(collection.scrollPage(page as object), JSON.stringify(o)).rejects.toThrow('full');
    expect(told).toHaveLength(5);
    expect(told[0]).toMatchObject({ payload: { n: expect.any(Number) }, vector: expect.any(Float32Array) });
  }
});

test('the point behind a page is not counted with it', async () => {
  await withPoints({ limits: { answerBytes: 4_000 } }, async (ask) => {
    const payload = { text: 'x'.repeat(1_000) };
    const points = Array.from({ length: 5 }, (_, id) => ({ id, vector: [1, 2, 3, 4], payload }));
    await ask('PUT', '/collections/test/points?wait=true', { points });
    for (const [limit, status] of [
      [2, 200],
      [3, 200],
      [4, 400],
    ] as const)
      expect((await ask('POST', SCROLL, { limit })).status, String(limit)).toBe(status);
  });
});

test('all answers together are bounded, also those that clients do not read', async () => {
  const limits = { answerBytes: 20_000_000, answersBytes: 20_000_000 };
  await withPoints({ limits }, async (ask, { port }) => {
    const payload = { text: 'x'.repeat(4_000_000) };
    for (const id of [1, 2, 3])
      await ask('PUT', '/collections/test/points', { points: [{ id, vector: [1, 2, 3, 4], payload }] });
    const held = talk(port, async (socket) => {
      socket.pause();
      socket.write(headOf('POST', SCROLL, 'content-length: 2\r\nconnection: close\r\n'));
      socket.write('{}');
      while ((await metric(ask, 'rest_answers_bytes')) < 12_000_000) await sleep(5);
      expect(await ask('POST', SCROLL, {})).toMatchObject({
        status: 429,
        error: expect.stringContaining('all answers together'),
      });
      expect((await ask('POST', SCROLL, { with_payload: false })).status).toBe(200);
      expect((await ask('GET', '/healthz')).status).toBe(200);
      socket.resume();
    });
    expect(await held).toMatch(/^HTTP\/1.1 200 /);
    await until(ask, 'rest_answers_bytes', 0);
    expect((await ask('POST', SCROLL, {})).status).toBe(200);
  });
});

test('halves of lines that streams hold count with the bodies', async () => {
  const limits = { bodyBytes: 100_000, bodiesBytes: 100_000, lineBytes: 90_000 };
  await withPoints({ limits }, async (ask, { port }) => {
    const head = `POST /collections/test/points/stream HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-ndjson\r\nconnection: close\r\ncontent-length: 70001\r\n\r\n`;
    const line = `{"id":7,"vector":[1,2,3,4],"payload":{"text":"${'x'.repeat(70_000 - 49)}"}}\n`;
    expect(line).toHaveLength(70_001);
    const first = talk(port, async (socket) => {
      socket.write(head);
      socket.write(line.slice(0, 60_000));
      while ((await metric(ask, 'rest_bodies_bytes')) < 60_000) await sleep(5);
      const second = await raw(port, head, line.slice(0, 60_000));
      expect(second).toMatch(/^HTTP\/1.1 429 /);
      socket.write(line.slice(60_000));
    });
    expect(await first).toMatch(/^HTTP\/1.1 200 [\s\S]*"written":1/);
    await until(ask, 'rest_bodies_bytes', 0);
  });
});

test('a request counts until its handler has ended, though the client left', () => {
  const work = new Work({ requests: 1, bodiesBytes: 10 } as never);
  const task = work.begin();
  task.take(5);
  task.hold();
  task.release();
  expect(work).toMatchObject({ requests: 1, bytes: 5 });
  work.begin();
  expect(() => work.checkRequests()).toThrow(/1 requests are in progress/);
  task.release();
  expect(work).toMatchObject({ requests: 1, bytes: 0, refused: 1 });
  work.checkRequests();
});

test('pages of the dashboard that are open take no room from requests, and are bounded by themselves', () => {
  const work = new Work({ requests: 1 } as never);
  const pages = Array.from({ length: 100 }, () => work.begin());
  for (const page of pages) page.watch();
  expect(work).toMatchObject({ requests: 0, watching: 100 });
  const another = work.begin();
  work.checkRequests();
  expect(() => another.watch()).toThrow(/100 pages of the dashboard are open/);
  another.release();
  for (const page of pages) page.release();
  expect(work).toMatchObject({ requests: 0, watching: 0, refused: 1 });
});

test('what a body becomes is counted while it grows', async () => {
  const most = 64 * 1024 ** 2;
  const bomb = gzipSync(Buffer.alloc(most));
  const work = new Work({ bodiesBytes: 1024 ** 2 } as never);
  const task = work.begin();
  await expect(decoded(bomb, 'gzip', most, task)).rejects.toMatchObject({ status: 429 });
  expect(work.bytes).toBeLessThan(3 * 1024 ** 2);
  task.release();
  const other = work.begin();
  await expect(decoded(bomb, 'gzip', 100_000, other)).rejects.toMatchObject({ status: 413 });
  await expect(decoded(gzipSync('cut').subarray(0, 12), 'gzip', most, other)).rejects.toMatchObject({
    status: 400,
  });
  expect((await decoded(gzipSync('whole'), 'gzip', 100, other)).toString()).toBe('whole');
});

test('requests that were sent one behind the other end with their connection', async () => {
  await withPoints({ limits: { requests: 4 } }, async (ask, { database, port }) => {
    const collection = database.collection('test');
    let go = (): void => {};
    const held = new Promise<void>((resolve) => {
      go = resolve;
    });
    collection.count = async () => {
      await held;
      return 0;
    };
    const head = headOf('POST', '/collections/test/points/count', 'content-length: 2\r\n');
    await talk(port, async (socket) => {
      socket.write(`${head}{}${head}{}GET /dashboard/api/live HTTP/1.1\r\nhost: localhost\r\n\r\n`);
      await until(ask, 'rest_requests_active', 3);
      await until(ask, 'dashboard_pages_open', 1);
      socket.destroy();
    });
    go();
    await until(ask, 'rest_requests_active', 1);
    await until(ask, 'rest_bodies_bytes', 0);
    await until(ask, 'dashboard_pages_open', 0);
  });
});

test('clients that left, and those that were too slow, are not counted as answered well', async () => {
  await withPoints({ limits: { bodyMs: 100 } }, async (ask, { port }) => {
    const head = headOf('POST', SCROLL, 'content-length: 10\r\n');
    await talk(port, async (socket) => {
      socket.write(head);
      await until(ask, 'rest_requests_active', 2);
      socket.destroy();
    });
    expect(await raw(port, head)).toMatch(/^HTTP\/1.1 408 /);
    await until(ask, 'rest_requests_active', 1);
    const { text } = await ask('GET', '/metrics');
    const statuses = [...text.matchAll(/^rest_responses_total\{.*scroll",status="(\d+)"\} (\d+)/gm)];
    expect(statuses.map(([, status, count]) => [status, count]).sort()).toEqual([
      ['408', '1'],
      ['499', '1'],
    ]);
  });
});

test('the rest of a body that was refused is not read for ever', async () => {
  await withServer({ apiKey: 'a-key-of-all', limits: { bodyMs: 300 } }, async ({ port }) => {
    for (const [path, status] of [
      [SCROLL, 401],
      ['/collections/%zz/points/scroll', 400],
    ] as const) {
      const answer = await talk(port, async (socket) => {
        socket.write(headOf('POST', path, 'content-length: 1000000\r\n'));
        const drips = setInterval(() => socket.write(' '), 20);
        socket.once('close', () => clearInterval(drips));
      });
      expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      expect(answer.match(/HTTP\/1.1/g)).toHaveLength(1);
    }
  });
});

test('a half of a head gets no answer that another request would take for its own', async () => {
  await withPoints({ limits: { headMs: 100, bodyMs: 2_000 } }, async (_, { port }) => {
    const body = headOf('POST', SCROLL, 'content-length: 2\r\n');
    const answer = await raw(port, `${body}{}`, 'GET / HTTP/1.1\r\nho');
    expect(answer).toMatch(/^HTTP\/1.1 200 /);
    expect(answer.match(/HTTP\/1.1 /g)).toHaveLength(1);
  });
});

test('more connections than allowed are closed as they come', async () => {
  await withServer({ limits: { connections: 1 } }, async ({ port }) => {
    await talk(port, async (socket) => {
      socket.write('GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n');
      await new Promise((resolve) => socket.once('data', resolve));
      expect(await raw(port, 'GET /livez HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n')).toBe('');
      socket.destroy();
    });
  });
});
