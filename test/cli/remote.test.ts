/* What is asked again of a server that `silt push` copies to, and what is not. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { Remote } from '#silt/cli/copy/remote.js';

/** Asks a server that gives these answers, one after another; returns the result or the error, and how often it was asked. */
async function asked(...answers: readonly [status: number, body: object][]): Promise<[string, number]> {
  let count = 0;
  const server = createServer((_, response) => {
    const [status, body] = answers[count++]!;
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const told: string[] = [];
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const remote = new Remote(url, undefined, (line) => told.push(line));
  try {
    const result = await remote.ask('GET', '/x').then(JSON.stringify, ({ message }) => String(message));
    expect(told).toHaveLength(count - 1);
    return [result.replace(/http:\S+/, 'URL'), count];
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test('what may pass by itself is asked again', async () => {
  const answers = [503, 429].map((status) => [status, {}] as [number, object]);
  expect(await asked(...answers, [200, { result: 7 }])).toEqual(['7', 3]);
});

test.each([400, 404, 409, 501])('an answer of %i is told at once', async (status) => {
  expect(await asked([status, { status: { error: 'why' } }])).toEqual(['URL answered: why', 1]);
});
