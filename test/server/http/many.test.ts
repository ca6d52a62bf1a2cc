/* Many clients at once: each gets its own answers, writes are seen by who wrote them, and closing finishes what was accepted. */
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { amount } from '../../support/amount.js';
import { talk } from './raw.js';
import { withServer } from './served.js';

const CLIENTS = 200;
/** Each client asks as long as that, and so many times at least. */
const SECONDS = amount('SILT_SECONDS', 0, 60);
const ROUNDS = 3;

/** A client with a connection of its own. */
function clientOf(port: number): {
  ask(method: string, path: string, body: object): Promise<unknown>;
  close(): void;
} {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return {
    ask: (method, path, body) =>
      new Promise((resolve, reject) => {
        const text = JSON.stringify(body);
        const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
        const asked = request({ host: '127.0.0.1', port, method, path, headers, agent }, (response) => {
          let answer = '';
          response.on('data', (chunk) => {
            answer += chunk;
          });
          response.on('end', () =>
            response.statusCode === 200 ? resolve(JSON.parse(answer).result) : reject(new Error(answer)),
          );
        });
        asked.on('error', reject).end(text);
      }),
    close: () => agent.destroy(),
  };
}

const SIZE = 8;
/** A direction that is the client's own: nothing else is as near. */
const vectorOf = (client: number, round: number): number[] =>
  Array.from({ length: SIZE }, (_, at) => Math.sin((client + 1) * (at + 1) * 1.7 + round * 0.001));

test(`${CLIENTS} clients at once see what they wrote, and get no answers of others`, async () => {
  await withServer({}, async ({ port }, ask) => {
    await ask('PUT', '/collections/many', { vectors: { size: SIZE, distance: 'Cosine' } });
    await ask('PUT', '/collections/many/index', { field_name: 'client', field_schema: 'integer' });
    const end = performance.now() + SECONDS * 1_000;
    const life = async (client: number): Promise<number> => {
      const { ask: asked, close } = clientOf(port);
      const filter = { must: [{ key: 'client', match: { value: client } }] };
      let round = 0;
      for (; round < ROUNDS || performance.now() < end; round++) {
        const id = client * 1_000_000 + round;
        const vector = vectorOf(client, round);
        const points = [{ id, vector, payload: { client, round } }];
        await asked('PUT', `/collections/many/points?wait=${round % 2 === 0}`, { points });
        const found = (await asked('POST', '/collections/many/points/query', {
          query: vector,
          limit: 5,
          filter,
          with_payload: true,
        })) as {
          points: { id: number; payload: { client: number; round: number } }[];
        };
        expect(found.points).toHaveLength(Math.min(round + 1, 5));
        expect(found.points[0]).toMatchObject({ id, payload: { client, round } });
        expect(found.points.map(({ payload }) => payload.client)).toEqual(found.points.map(() => client));
      }
      const { count } = (await asked('POST', '/collections/many/points/count', { filter })) as {
        count: number;
      };
      expect(count).toBe(round);
      close();
      return round;
    };
    const all = await Promise.all(Array.from({ length: CLIENTS }, (_, client) => life(client)));
    const written = all.reduce((sum, rounds) => sum + rounds, 0);
    expect(written).toBeGreaterThanOrEqual(CLIENTS * ROUNDS);
    expect((await ask('POST', '/collections/many/points/count', {})).result).toEqual({ count: written });
    const { text } = await ask('GET', '/metrics');
    expect(text).toContain(
      `rest_responses_total{method="PUT",endpoint="/collections/{collection_name}/points",status="200"} ${written}`,
    );
    expect(text).toContain('rest_requests_active 1\n');
  });
}, 180_000);

test('a server that closes answers what it accepted, and refuses what comes later', async () => {
  await withServer({}, async (server, ask) => {
    await ask('PUT', '/collections/last', { vectors: { size: 2, distance: 'Dot' } });
    const client = clientOf(server.port);
    await client.ask('POST', '/collections/last/points/count', {});
    const body = JSON.stringify({ points: [{ id: 1, vector: [1, 2] }] });
    let closed: Promise<unknown> | undefined;
    const accepted = await talk(server.port, async (socket) => {
      socket.write(
        `PUT /collections/last/points?wait=true HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`,
      );
      while (!(await ask('GET', '/metrics')).text.includes('rest_requests_active 2')) await sleep(5);
      closed = Promise.all([server.close(), server.close()]);
      await sleep(50);
      socket.write(body);
    });
    expect(accepted).toContain('"completed"');
    await closed;
    await expect(client.ask('POST', '/collections/last/points/count', {})).rejects.toThrow();
    client.close();
  });
});
