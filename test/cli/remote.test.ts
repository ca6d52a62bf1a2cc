/* What is asked again of a server that `silt push` copies to, and what is not. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { Remote } from '#silt/cli/copy/remote.js';

/** Asks a server that gives these answers, one after another; returns the result or the error, and how often it was asked. */
type Answers = readonly (readonly [status: number, body: object])[];

const asked = (...answers: Answers): Promise<[string, number]> =>
  told((remote) => remote.ask('GET', '/x'), answers);

async function told(ask: (remote: Remote) => Promise<unknown>, answers: Answers): Promise<[string, number]> {
  let count = 0;
  const server = createServer((_, response) => {
    const [status, body] = answers[count++]!;
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const lines: string[] = [];
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const remote = new Remote(url, undefined, (line) => lines.push(line));
  try {
    const result = await ask(remote).then(JSON.stringify, ({ message }) => String(message));
    expect(lines).toHaveLength(count - 1);
    return [String(result).replace(/http:\S+/, 'URL'), count];
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

test('what was made, and not answered, is there when it is asked for again', async () => {
  const create = (remote: Remote): Promise<void> => remote.create('/x', {});
  const there = [409, { status: { error: 'there' } }] as const;
  expect(await told(create, [[503, {}], there])).toEqual(['undefined', 2]);
  expect(await told(create, [there])).toEqual(['URL answered: there', 1]);
});
