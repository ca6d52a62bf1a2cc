/* Calls of `silt mcp` by the SDK's own client: what they find, how they are refused and cancelled, and what is left when the client goes. */
import { once } from 'node:events';
import { join } from 'node:path';
import { type CallToolResult, Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { open } from '#silt/index.js';
import { serve } from '#silt/server/http/index.js';
import { answered, ran, starting } from '../support/command.js';
import { folderOfFile } from '../support/files.js';
import { ROOT } from '../support/sources.js';

const POINTS = 30_000;
const folder = folderOfFile();
const data = join(folder, 'data');
let client: Client;

async function connected(...args: string[]): Promise<Client> {
  const made = new Client({ name: 'test', version: '1' });
  const main = join(ROOT, 'dist/cli/main.js');
  await made.connect(new StdioClientTransport({ command: process.execPath, args: [main, 'mcp', ...args] }));
  return made;
}

beforeAll(async () => {
  await using db = await open(data);
  const books = await db.createCollection('books', {
    vectors: { cover: { dimension: 2, metric: 'euclidean' }, spine: { dimension: 3, metric: 'dot' } },
    text: { title: { path: 'title' }, body: { path: 'body' } },
  });
  await books.upsert([
    { id: 1, vector: { cover: [1, 1], spine: [1, 0, 0] }, payload: { title: 'still waters', body: 'deep' } },
    { id: 'two', vector: { cover: [1, 2], spine: [0, 1, 0] }, payload: { title: 'deep', body: 'waters' } },
    { id: 3, vector: { cover: [9, 9], spine: [1, 1, 0] }, payload: { title: 'none', body: 'none' } },
  ]);
  const many = await db.createCollection('many', { dimension: 4, metric: 'euclidean' });
  await many.upsert(
    Array.from({ length: POINTS }, (_, id) => ({
      id,
      vector: [id, 1, 2, 3],
      payload: { text: `${'word '.repeat(40)}${id}` },
    })),
  );
  await db.close();
  client = await connected('--path', data);
}, 120_000);

afterAll(() => client.close());

async function call(
  name: string,
  args: Record<string, unknown>,
  signal?: AbortSignal,
): Promise<CallToolResult> {
  return (await client.callTool({ name, arguments: args }, signal && { signal })) as CallToolResult;
}

const textOf = ({ content }: CallToolResult): string => (content[0] as { text: string }).text;
async function idsOf(args: Record<string, unknown>): Promise<unknown[]> {
  const found = await call('silt_find', { collection: 'books', ...args });
  expect(found.isError, textOf(found)).toBeFalsy();
  return (found.structuredContent as { hits: { id: unknown }[] }).hits.map(({ id }) => id);
}

test('a point finds those like it, in the field that is meant, and not itself', async () => {
  expect(await idsOf({ id: 1, using: 'cover' })).toEqual(['two', 3]);
  expect(await idsOf({ id: 1, using: 'spine', limit: 1 })).toEqual([3]);
  expect(await idsOf({ id: 'two', using: 'cover', limit: 1 })).toEqual([1]);
  expect(await idsOf({ vector: [0, 1, 0], using: 'spine', limit: 1 })).not.toEqual([1]);
  const nobody = await call('silt_find', { collection: 'books', id: 'nobody', using: 'cover' });
  expect([nobody.isError, textOf(nobody)]).toEqual([
    true,
    expect.stringMatching(/nobody.*\(POINT_NOT_FOUND\)$/),
  ]);
});

test('of several fields of text, using says which; without it, they are named', async () => {
  expect(await idsOf({ text: 'waters', using: 'title' })).toEqual([1]);
  expect(await idsOf({ text: 'waters', using: 'body' })).toEqual(['two']);
  const which = await call('silt_find', { collection: 'books', text: 'waters' });
  expect([which.isError, textOf(which)]).toEqual([
    true,
    expect.stringMatching(/^using is needed: .* title, body/),
  ]);
  const other = await call('silt_find', { collection: 'books', text: 'waters', using: 'cover' });
  expect([other.isError, textOf(other)]).toEqual([true, expect.stringContaining('cover')]);
});

test.each([
  ['silt_find', { collection: 7, text: 'a' }],
  ['silt_find', { collection: 'books', vector: 'x' }],
  ['silt_find', { collection: 'books', text: 'a', limit: '5' }],
  ['silt_find', { collection: 'books', id: -1, using: 'cover' }],
  ['silt_find', { collection: 'books', id: 1.5, using: 'cover' }],
  ['silt_find', { collection: 'books', id: { uint64: '18446744073709551616' }, using: 'cover' }],
  ['silt_find', { collection: 'books', id: { uint64: 'x' }, using: 'cover' }],
  ['silt_find', { collection: 'books', text: 'a', using: 'title', filter: [] }],
  ['silt_get', { collection: 'books', ids: [] }],
  ['silt_get', { collection: 'books' }],
  ['silt_get', { collection: 'books', ids: Array(1_001).fill(1) }],
  ['silt_describe', { collection: '' }],
  ['silt_store', { collection: 'books', points: 'x' }],
  ['silt_store', { collection: 'books', points: [{ id: 9, vector: { cover: [1, 'x'] } }] }],
  ['silt_store', { collection: 'books', points: [{ id: 9, payload: [] }] }],
  ['silt_delete', { collection: 'books' }],
  ['silt_delete', { collection: 'books', filter: {}, ids: [1] }],
  ['silt_delete', { collection: 'many', filter: { must: [] } }],
  ['silt_delete', { collection: 'many', filter: {} }],
  ['silt_find', { collection: 'books', text: 'a', using: 'title', limt: 2 }],
  ['silt_list_collections', { path: 'elsewhere' }],
  ['silt_store', { collection: 'books', points: [{ id: 9, vektor: [1] }] }],
])('%s refuses %j by an answer that says why', async (name, args) => {
  const answer = await call(name, args);
  const { isError } = answer;
  const text = textOf(answer);
  expect(isError).toBe(true);
  expect(text.length).toBeGreaterThan(10);
  expect(text).not.toMatch(/^ +at /m);
});

test('a tool that is not there is refused, and the server goes on', async () => {
  const said = await call('silt_explode', {}).then(
    ({ isError, content }) => [isError, (content[0] as { text: string }).text],
    ({ message }: Error) => [true, message],
  );
  expect(said).toEqual([true, expect.stringMatching(/silt_explode/)]);
  expect(await idsOf({ id: 1, using: 'cover', limit: 1 })).toEqual(['two']);
});

test('a call that is cancelled ends, and nothing of it is done; those beside it are answered', async () => {
  const count = async (): Promise<number> =>
    ((await call('silt_describe', { collection: 'many' })).structuredContent as { points: number }).points;
  expect(await count()).toBe(POINTS);
  const controller = new AbortController();
  // Without an index it reads all payloads, and keeps at it until it is told.
  const filter = { must: [{ key: 'text', match: { text: 'word' } }] };
  const deleted = call('silt_delete', { collection: 'many', filter }, controller.signal);
  const beside = idsOf({ id: 1, using: 'cover', limit: 1 });
  setTimeout(() => controller.abort(), 3);
  await expect(deleted).rejects.toThrow();
  expect(await beside).toEqual(['two']);
  await new Promise((resolve) => setTimeout(resolve, 3_000)); // to delete them all takes two seconds
  expect(await count()).toBe(POINTS);
});

test('where the client closes the streams, the process ends by itself, and what was stored is there', async () => {
  const path = join(folder, 'left');
  const run = starting(['mcp', '--path', path], null);
  const { stdin, stdout } = run.child;
  const send = (message: object): void =>
    void stdin!.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  send({
    id: 1,
    method: 'initialize',
    params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
  });
  while (!run.out().includes('"id":1')) await once(stdout!, 'data');
  send({ method: 'notifications/initialized' });
  const points = Array.from({ length: 500 }, (_, id) => ({ id, vector: [id, 1] }));
  const args = { collection: 'left', create: { metric: 'euclidean' }, points };
  send({ id: 2, method: 'tools/call', params: { name: 'silt_store', arguments: args } });
  while (!run.out().includes('"id":2')) await once(stdout!, 'data');
  stdin!.end();
  expect(await run.ended).toMatchObject({ code: 0, err: '' });
  expect(await answered('info', path, 'left')).toMatchObject({ points: 500 });
  expect(await answered('verify', path)).toMatchObject([{ ok: true }]);
});

test('what is asked when the client closes the streams is finished, or was never begun', async () => {
  const path = join(folder, 'cut');
  const run = starting(['mcp', '--path', path], null);
  const points = Array.from({ length: 1_000 }, (_, id) => ({
    id,
    vector: [id, 1],
    payload: { text: 'x'.repeat(500) },
  }));
  const args = { collection: 'cut', create: { metric: 'euclidean' }, points };
  for (const message of [
    {
      id: 1,
      method: 'initialize',
      params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
    },
    { method: 'notifications/initialized' },
    { id: 2, method: 'tools/call', params: { name: 'silt_store', arguments: args } },
  ])
    run.child.stdin!.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  run.child.stdin!.end();
  const { code, err } = await run.ended;
  expect([code, err]).toEqual([0, '']);
  const all = (await answered('info', path)) as { collections: { points: number }[] };
  expect([0, 1_000]).toContain(all.collections[0]?.points ?? 0);
});

test('through a server: with its key; for reading there is no tool that writes, and without a key nothing', async () => {
  const KEY = 'key-of-the-server';
  await using server = await serve({ path: join(folder, 'served'), port: 0, apiKey: KEY });
  const words = await server.database.createCollection('words', { dimension: 1, metric: 'dot' });
  await words.upsert({ id: 2n ** 64n - 1n, vector: [1] });
  const none = await ran('mcp', '--path', server.url);
  expect([none.code, none.out, none.err]).toEqual([7, '', expect.stringMatching(/--api-key/)]);
  const writes = await connected('--path', server.url, '--api-key', KEY);
  const id = { uint64: String(2n ** 64n - 1n) };
  const got = await writes.callTool({ name: 'silt_get', arguments: { ids: [id] } });
  expect(got.structuredContent).toMatchObject({ points: [{ id }], missing: [] });
  await writes.callTool({ name: 'silt_store', arguments: { points: [{ id: 5, vector: [2] }] } });
  expect(await words.count()).toBe(2);
  await writes.close();
  const reads = await connected('--path', server.url, '--api-key', KEY, '--read-only');
  const { tools } = await reads.listTools();
  expect(tools.map(({ name }) => name)).not.toContain('silt_store');
  const refused = await reads.callTool({ name: 'silt_delete', arguments: { ids: [5] } }).then(
    ({ isError }) => isError,
    () => true,
  );
  expect([refused, await words.count()]).toEqual([true, 2]);
  await reads.close();
});
