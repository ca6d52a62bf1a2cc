/* Points streamed in, a line each. */
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { PointLines } from '#silt/server/http/points.js';
import { Service } from '#silt/server/qdrant/service.js';
import { talk } from './raw.js';
import { type Ask, withPoints } from './served.js';

const STREAM = '/collections/test/points/stream';
const NDJSON = { 'content-type': 'application/x-ndjson' };

const pointOf = (id: number | bigint): string =>
  `{"id":${id},"vector":[${Number(id) % 7},1,2,3],"payload":{"n":${Number(id) % 5}}}`;
const lines = (text: string): { [key: string]: unknown }[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
const count = async (ask: Ask): Promise<unknown> =>
  (await ask('POST', '/collections/test/points/count', {})).result;
const many = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => pointOf(from + i));

test('points are written, and the response tells how far it is', async () => {
  await withPoints({}, async (ask) => {
    const body = [...many(10, 2_510), pointOf(2n ** 64n - 1n)].join('\n');
    const answer = await ask('POST', `${STREAM}?batch_size=500`, body, NDJSON);
    expect(answer).toMatchObject({ status: 200 });
    expect(answer.headers.get('content-type')).toBe('application/x-ndjson');
    const all = lines(answer.text);
    expect(all.slice(0, -1).map(({ written }) => written)).toEqual([500, 1_000, 1_500, 2_000, 2_500, 2_501]);
    expect(all.at(-1)).toMatchObject({
      status: 'ok',
      result: { written: 2_501, inserted: 2_501, replaced: 0, rejected: [] },
    });
    expect(await count(ask)).toEqual({ count: 2_504 });
    const { text } = await ask('POST', '/collections/test/points', '{"ids":[18446744073709551615]}');
    expect(text).toContain('"id":18446744073709551615');
  });
});

test('the first line that is invalid ends it, and is named', async () => {
  await withPoints({}, async (ask) => {
    for (const [bad, text] of [
      ['{"id":7,"vector":[1,2]}', 'Vector dimension error'],
      ['{"id":7,', 'Format error'],
      ['{"vector":[1,2,3,4]}', 'missing field `id`'],
      ['{"id":"seven","vector":[1,2,3,4]}', 'is not a valid point ID'],
      ['{"id":7,"vector":[1,2,3,1e39]}', 'finite float32'],
    ] as const) {
      const body = [pointOf(5), '', '  ', pointOf(6), bad, pointOf(8)].join('\r\n');
      const answer = await ask('POST', STREAM, body, NDJSON);
      expect(answer, text).toMatchObject({ status: 400, error: expect.stringContaining(text) });
      expect(answer.error).toContain('line 5');
    }
    expect(await count(ask)).toEqual({ count: 3 });
    const late = await ask('POST', `${STREAM}?batch_size=100`, [...many(10, 310), '[]'].join('\n'), NDJSON);
    expect(late.status).toBe(200);
    expect(lines(late.text).at(-1)).toMatchObject({ status: { line: 301 }, result: { written: 300 } });
    expect(await count(ask)).toEqual({ count: 303 });
  });
});

test('points without a vector are written, after points of the same batch and before others', async () => {
  await withPoints({}, async (ask) => {
    const body = [
      pointOf(10),
      '{"id":11,"vector":{}}',
      pointOf(12),
      '{"id":13,"vector":{},"payload":{"n":1}}',
    ];
    const answer = await ask('POST', STREAM, body.join('\n'), NDJSON);
    expect(answer, answer.text).toMatchObject({ status: 200 });
    expect(lines(answer.text).at(-1)).toMatchObject({ result: { written: 4, inserted: 4, rejected: [] } });
    const asked = { ids: [10, 11, 12, 13], with_vector: true };
    const { result } = await ask('POST', '/collections/test/points', asked);
    expect(result).toEqual([
      { id: 10, payload: { n: 0 }, vector: [3, 1, 2, 3] },
      { id: 11, payload: {}, vector: {} },
      { id: 12, payload: { n: 2 }, vector: [5, 1, 2, 3] },
      { id: 13, payload: { n: 1 }, vector: {} },
    ]);
  });
});

test('invalid lines are left out and listed, if that is asked for', async () => {
  await withPoints({}, async (ask) => {
    const body = [
      '',
      pointOf(5),
      'x',
      '{"id":6,"vector":[1e39,1,1,1]}',
      '',
      pointOf(7),
      '{"id":8}',
      '{"id":9,"vector":[1,1,1,1e39]}',
    ];
    const answer = await ask('POST', `${STREAM}?on_invalid=skip`, body.join('\n'), NDJSON);
    const { result } = lines(answer.text).at(-1) as {
      result: { written: number; rejected: { line: number }[]; rejected_count: number };
    };
    expect(result).toMatchObject({ written: 2, rejected_count: 4 });
    expect(result.rejected.map(({ line }) => line)).toEqual([3, 4, 7, 8]);
    expect(await count(ask)).toEqual({ count: 5 });
  });
});

test('a line, a body and parameters have limits; compressed streams are taken', async () => {
  await withPoints({ limits: { lineBytes: 1_000, bodyBytes: 2_000 } }, async (ask) => {
    const long = `{"id":5,"vector":[1,2,3,4],"payload":{"x":"${'y'.repeat(2_000)}"}}`;
    expect(await ask('POST', STREAM, `${pointOf(4)}\n${long}\n`, NDJSON)).toMatchObject({
      status: 413,
      error: expect.stringContaining('line 2'),
    });
    expect((await ask('POST', STREAM, many(100, 200).join('\n'), NDJSON)).status).toBe(200);
    const packed = gzipSync(many(200, 300).join('\n'));
    expect((await ask('POST', STREAM, packed, { ...NDJSON, 'content-encoding': 'gzip' })).status).toBe(200);
    expect(await count(ask)).toEqual({ count: 203 });
    expect(
      (await ask('POST', STREAM, packed.subarray(0, 100), { ...NDJSON, 'content-encoding': 'gzip' })).status,
    ).toBe(400);
    const bomb = gzipSync(' '.repeat(10_000_000));
    expect((await ask('POST', STREAM, bomb, { ...NDJSON, 'content-encoding': 'gzip' })).status).toBe(413);
    expect((await ask('POST', STREAM, '{}', NDJSON)).status).toBe(400);
    expect((await ask('POST', STREAM, '{}')).status).toBe(415);
    expect((await ask('POST', `${STREAM}?batch_size=0`, '', NDJSON)).status).toBe(422);
    expect((await ask('POST', '/collections/none/points/stream', '', NDJSON)).status).toBe(404);
    expect(await count(ask)).toEqual({ count: 203 });
  });
});

const HEAD = `POST ${STREAM}?batch_size=10 HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n`;
const chunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;

test('a client that leaves, or falls silent, keeps what was written, and nothing of it stays', async () => {
  await withPoints({ limits: { stallMs: 150 } }, async (ask, { port }) => {
    await talk(port, async (socket) => {
      socket.write(HEAD + chunk(`${many(100, 120).join('\n')}\n`));
      while (JSON.stringify(await count(ask)) !== '{"count":23}') await sleep(10);
      socket.destroy();
    });
    await talk(port, async (socket) => {
      socket.write(HEAD + chunk(`${many(200, 220).join('\n')}\n`));
    });
    while (!(await ask('GET', '/metrics')).text.includes('rest_requests_active 1\n')) await sleep(10);
    expect(await count(ask)).toEqual({ count: 43 });
  });
});

test('a server that closes ends streams with what they have written', async () => {
  await withPoints({ limits: { closeMs: 1_000 } }, async (ask, server) => {
    const answer = await talk(server.port, async (socket) => {
      socket.write(HEAD + chunk(`${many(100, 110).join('\n')}\n`));
      while (JSON.stringify(await count(ask)) !== '{"count":13}') await sleep(10);
      server.close().catch(() => {});
    });
    expect(answer).toContain('"written":10');
    expect(answer).toContain('the server is closing');
  });
});

test('a stream that the server ends before anything was written is answered with 503', async () => {
  await withPoints({}, async (ask, server) => {
    const answer = await talk(server.port, async (socket) => {
      socket.write(
        HEAD.replace('batch_size=10', 'batch_size=1000') + chunk(`${many(100, 110).join('\n')}\n`),
      );
      while (!(await ask('GET', '/metrics')).text.includes('rest_requests_active 2\n')) await sleep(5);
      server.close().catch(() => {});
    });
    expect(answer).toMatch(/^HTTP\/1.1 503 [\s\S]*the server is closing/);
  });
});

test('a stream whose collection is dropped blames no line', async () => {
  await withPoints({}, async (ask, { port }) => {
    const answer = await talk(port, async (socket) => {
      socket.write(HEAD + chunk(`${many(100, 110).join('\n')}\n`));
      while (JSON.stringify(await count(ask)) !== '{"count":13}') await sleep(5);
      await ask('DELETE', '/collections/test');
      socket.write(`${chunk(`${many(200, 220).join('\n')}\n`)}0\r\n\r\n`);
      while (!(await ask('GET', '/metrics')).text.includes('rest_requests_active 1\n')) await sleep(5);
      socket.destroy();
    });
    const last = answer.slice(answer.lastIndexOf('{"status":{"error"'));
    expect(last).toMatch(/^\{"status":\{"error":"[^}]*dropped|closed|not found/i);
    expect(last).not.toContain('"line"');
  });
});

test('a client that the server holds back is not cut for its silence', async () => {
  await withPoints({ limits: { stallMs: 100 } }, async (ask, { database, port }) => {
    const collection = database.collection('test');
    const ingest = collection.ingest.bind(collection);
    // Takes a line, and then none for longer than a client may be silent.
    const slowly: typeof ingest = async (source, options) => {
      const taken: unknown[] = [];
      for await (const point of source as AsyncIterable<unknown>) {
        taken.push(point);
        if (taken.length === 1) await sleep(300);
      }
      return ingest(taken as never, options);
    };
    collection.ingest = slowly as never;
    const answer = await talk(port, async (socket) => {
      socket.write(
        `${HEAD.replace('transfer', 'connection: close\r\ntransfer')}${chunk(`${many(100, 110).join('\n')}\n`)}`,
      );
      await sleep(200);
      socket.write('0\r\n\r\n');
    });
    expect(answer).toContain('"status":"ok"');
    expect(await count(ask)).toEqual({ count: 13 });
  });
});

test('lines of an endless stream with gaps are known as far as they are kept', async () => {
  await withPoints({}, async (_, { database }) => {
    const service = await Service.over(database);
    const lines = new PointLines(service, service.view('test'), true);
    const text = Buffer.from(`${pointOf(1)}\n\n`.repeat(1_000));
    const gaps = 100_500;
    async function* source(): AsyncGenerator<Buffer> {
      for (let at = 0; at < gaps; at += 1_000) yield text;
    }
    let taken = 0;
    for await (const _point of lines.points(source(), 1_000)) taken++;
    expect(taken).toBe(101_000);
    for (const index of [0, 1, 99_998]) expect(lines.lineOf(index)).toBe(2 * index + 1);
    expect(lines.lineOf(taken - 1)).toBeUndefined();
  });
});
