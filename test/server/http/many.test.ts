/* Many clients at once: each gets its own answers, writes are seen by who wrote them, and closing finishes what was accepted. */
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { amount } from '../../support/amount.js';
import { talk } from './raw.js';
import { withServer } from './served.js';

const CLIENTS = 200;
const ROUNDS = amount('SILT_ROUNDS', 3, 60);

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
    const life = async (client: number): Promise<number> => {
      const { ask: asked, close } = clientOf(port);
      let right = 0;
      for (let round = 0; round < ROUNDS; round++) {
        const id = client * 1_000 + round;
        const vector = vectorOf(client, round);
        const points = [{ id, vector, payload: { client, round } }];
        await asked('PUT', `/collections/many/points?wait=${round % 2 === 0}`, { points });
        const filter = { must: [{ key: 'client', match: { value: client } }] };
        const found = (await asked('POST', '/collections/many/points/query', {
          query: vector,
          limit: 100,
          filter,
          with_payload: true,
        })) as {
          points: { id: number; payload: unknown }[];
        };
        expect(found.points).toHaveLength(round + 1);
        expect(found.points[0]).toMatchObject({ id, payload: { client, round } });
        right++;
      }
      close();
      return right;
    };
    const all = await Promise.all(Array.from({ length: CLIENTS }, (_, client) => life(client)));
    expect(all).toEqual(Array(CLIENTS).fill(ROUNDS));
    expect((await ask('POST', '/collections/many/points/count', {})).result).toEqual({
      count: CLIENTS * ROUNDS,
    });
    const { text } = await ask('GET', '/metrics');
    expect(text).toContain(
      `rest_responses_total{method="PUT",endpoint="/collections/{collection_name}/points",status="200"} ${CLIENTS * ROUNDS}`,
    );
    expect(text).toContain('rest_requests_active 1\n');
  });
}, 120_000);

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
