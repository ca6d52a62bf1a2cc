/* `silt mcp` as a process, asked by the SDK's own client: over stdio, over HTTP, for reading beside a writer. */
import { once } from 'node:events';
import { request } from 'node:http';
import { join } from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { open } from '#silt/index.js';
import { type Running, ran, starting } from '../support/command.js';
import { folderOfFile } from '../support/files.js';
import { ROOT } from '../support/sources.js';

const BIG = 2n ** 63n + 1n;
const READS = ['silt_describe', 'silt_find', 'silt_get', 'silt_list_collections'];
const folder = folderOfFile();
const data = join(folder, 'data');
/** For reading, for all tests that do no more. */
let reader: Client;

beforeAll(async () => {
  await using db = await open(data);
  const words = await db.createCollection('words, and more', {
    dimension: 2,
    metric: 'euclidean',
    text: { title: { path: 'title' } },
  });
  await words.upsert([
    { id: 1, vector: [1.1, 2], payload: { title: 'still waters', lang: 'en' } },
    { id: 'two', vector: [5, 5], payload: { title: 'deep waters', lang: 'de' } },
    { id: BIG, vector: [100, 100] },
  ]);
  reader = await connected('--path', data, '--read-only');
}, 60_000);

afterAll(async () => {
  await reader.close();
});

/** A client of the command with these arguments. */
async function connected(...args: string[]): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' });
  const main = join(ROOT, 'dist/cli/main.js');
  const transport = new StdioClientTransport({ command: process.execPath, args: [main, 'mcp', ...args] });
  await client.connect(transport);
  return client;
}

/** What a tool answers; the sentence of its error, where it is one. */
async function called(client: Client, name: string, args: Record<string, unknown> = {}): Promise<unknown> {
  const { content, structuredContent, isError } = await client.callTool({ name, arguments: args });
  const [{ text } = { text: '' }] = content as { text: string }[];
  if (isError) return text;
  expect(JSON.parse(text)).toEqual(structuredContent);
  return structuredContent;
}

const namesOf = async (client: Client): Promise<string[]> =>
  (await client.listTools()).tools.map(({ name }) => name).sort();

test('for reading: beside a writer, without tools that write, and with what it writes meanwhile', async () => {
  await using db = await open(data);
  const client = await connected('--path', data, '--read-only');
  expect(await namesOf(client)).toEqual(READS);
  const { tools } = await client.listTools();
  expect(tools.every(({ annotations }) => annotations?.readOnlyHint)).toBe(true);
  expect(tools.every(({ outputSchema }) => outputSchema?.['type'] === 'object')).toBe(true);
  const collections = [{ name: 'words, and more', points: 3, dimension: 2, textFields: ['title'] }];
  expect(await called(client, 'silt_list_collections')).toEqual({ collections });
  const found = { hits: [{ id: 1, score: expect.any(Number), payload: { lang: 'en' } }] };
  expect(await called(client, 'silt_find', { vector: [1, 2], limit: 1 })).toMatchObject(found);
  const german = { must: [{ key: 'lang', match: { value: 'de' } }] };
  expect(await called(client, 'silt_find', { text: 'waters', filter: german })).toMatchObject({
    hits: [{ id: 'two' }],
  });
  await db.collection('words, and more').upsert({ id: 3, vector: [0, 0], payload: { title: 'new' } });
  expect(await called(client, 'silt_find', { text: 'new' })).toMatchObject({ hits: [{ id: 3 }] });
  await client.close();
});

test('ids of 64 bits come and go whole, and what is missing is named', async () => {
  const id = { uint64: String(BIG) };
  const far = await called(reader, 'silt_find', { vector: [100, 100], limit: 1 });
  expect(far).toMatchObject({ hits: [{ id }] });
  expect(await called(reader, 'silt_get', { ids: [id, 1, 'none'], withVector: true })).toEqual({
    points: [
      { id, vector: { '': [100, 100] } },
      { id: 1, vector: { '': [1.1, 2] }, payload: { title: 'still waters', lang: 'en' } },
    ],
    missing: ['none'],
  });
});

test('collections are resources', async () => {
  const { resources } = await reader.listResources();
  expect(resources).toMatchObject([{ name: 'words, and more' }]);
  const { contents } = await reader.readResource({ uri: resources[0]!.uri });
  const [{ text }] = contents as unknown as [{ text: string }];
  expect(JSON.parse(text)).toMatchObject({ name: 'words, and more', config: { metric: 'euclidean' } });
  await expect(reader.readResource({ uri: 'silt://collections/none' })).rejects.toThrow(/not found/i);
});

test('errors are answers, with the sentence and the code', async () => {
  const said = (args: Record<string, unknown>) => called(reader, 'silt_find', args);
  expect(await said({ vector: [1, 2, 3] })).toMatch(/2 .*\(INVALID_VECTOR\)$/s);
  expect(await said({ collection: 'none', text: 'a' })).toMatch(/none.*\(COLLECTION_NOT_FOUND\)$/s);
  expect(await said({ vector: [1, 2], text: 'a' })).toMatch(/^exactly one of vector, text and id, got 2/);
  expect(await said({ vector: [1, 2], filter: { must: 7 } })).toMatch(/\(INVALID_FILTER\)$/);
  expect(await said({ vector: [1, 2], limit: 0 })).toMatch(/limit/);
});

test('stores, replaces and deletes; the folder and the collection are made', async () => {
  const fresh = join(folder, 'fresh');
  const client = await connected('--path', fresh);
  expect(await namesOf(client)).toEqual([...READS, 'silt_delete', 'silt_store'].sort());
  const { tools } = await client.listTools();
  expect(tools.find(({ name }) => name === 'silt_delete')!.annotations).toMatchObject({
    readOnlyHint: false,
    destructiveHint: true,
    idempotentHint: true,
  });
  const points = [{ id: 1, vector: [1, 2], payload: { text: 'a note' } }, { vector: [3, 4] }];
  const create = { metric: 'euclidean', textPath: 'text' };
  const stored = await called(client, 'silt_store', { collection: 'notes', create, points });
  expect(stored).toEqual({ collection: 'notes', ids: [1, expect.stringMatching(/^[\da-f-]{36}$/)] });
  expect(await called(client, 'silt_store', { points: [{ id: 1, vector: [7, 7] }] })).toMatchObject({
    ids: [1],
  });
  expect(await called(client, 'silt_delete', { ids: [1, 2] })).toEqual({ deleted: 1 });
  const words = {
    collection: 'words',
    create: { textPath: 'text' },
    points: [{ payload: { text: 'alone' } }],
  };
  expect(await called(client, 'silt_store', words)).toMatchObject({ collection: 'words' });
  expect(await called(client, 'silt_find', { collection: 'words', text: 'alone' })).toMatchObject({
    hits: [{ payload: { text: 'alone' } }],
  });
  await client.close();
  await using db = await open(fresh);
  expect(await db.collection('notes').count()).toBe(1);
});

test('no collection is made for points that are refused, and the first vector gives the dimension', async () => {
  const client = await connected('--path', join(folder, 'refused'));
  const said = (points: object[], create: object = {}) =>
    called(client, 'silt_store', { collection: 'a', create, points });
  expect(await said([{ vector: [1, 2] }, { vector: [1, 2, 3] }])).toMatch(/INVALID_VECTOR/);
  expect(await said([{ vector: [0, 0] }])).toMatch(/INVALID_VECTOR/);
  expect(await said([{ id: '', vector: [1] }])).toMatch(/INVALID_ID/);
  expect(await said([{ vector: { title: [1] } }])).toMatch(/one vector a point/);
  expect(await called(client, 'silt_list_collections')).toEqual({ collections: [] });
  const points = [{ payload: { text: 'words alone' } }, { vector: [1, 2, 3] }];
  expect(await said(points, { textPath: 'text' })).toMatchObject({ collection: 'a' });
  expect(await called(client, 'silt_describe')).toMatchObject({ points: 2, config: { dimension: 3 } });
  await client.close();
});

test('messages of 12 MB are taken; one that is longer than can be ends it, with the reason', async () => {
  const running = starting(['mcp', '--path', data, '--read-only'], null);
  const { stdin, stdout } = running.child;
  const params = { name: 'silt_find', arguments: { text: 'x'.repeat(12e6) } };
  stdin!.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params })}\n`);
  while (!running.out().includes('"id":1')) await once(stdout!, 'data');
  stdin!.write('x'.repeat(17e6));
  const { code, err } = await running.ended;
  expect([code, err]).toEqual([8, expect.stringContaining('a message has more than 16777216 bytes')]);
});

/** What is printed first with --http --json. */
async function listening({ child, out, err, ended }: Running): Promise<{ url: string; token: string }> {
  const gone = ended.then(({ code }) => {
    throw new Error(`silt mcp ended with ${code}: ${err()}`);
  });
  gone.catch(() => {});
  while (!out().includes('\n'))
    await Promise.race([new Promise((resolve) => child.stdout!.once('data', resolve)), gone]);
  return JSON.parse(out());
}

test('over HTTP: with the token alone, from this machine alone', async () => {
  const running = starting(['mcp', '--path', data, '--http', '--read-only', '--json']);
  const { url, token } = await listening(running);
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/mcp$/);
  const headers = { authorization: `Bearer ${token}` };
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }));
  expect(await namesOf(client)).toEqual(READS);
  expect(await called(client, 'silt_find', { text: 'still' })).toMatchObject({ hits: [{ id: 1 }] });
  await client.close();
  const asked = (more: Record<string, string>) => fetch(url, { method: 'POST', headers: more, body: '{}' });
  expect((await asked({})).status).toBe(401);
  expect((await asked({ authorization: `Bearer ${token}x` })).status).toBe(401);
  const trace = await new Promise<number>((resolve, reject) => {
    const asking = request(url, { method: 'TRACE', headers }, ({ statusCode }) => resolve(statusCode!));
    asking.on('error', reject).end();
  });
  expect([trace, running.err()]).toEqual([400, '']);
  expect((await asked({ ...headers, origin: 'https://example.org' })).status).toBe(403);
  running.child.kill('SIGTERM');
  expect((await running.ended).code).toBe(0);
});

test('what is wrong ends it before it serves', async () => {
  await using _db = await open(data);
  const [missing, locked, port] = await Promise.all([
    ran('mcp', '--path', join(folder, 'none'), '--read-only'),
    ran('mcp', '--path', data),
    ran('mcp', '--path', data, '--port', '1'),
  ]);
  expect([missing.code, locked.code, port.code]).toEqual([3, 4, 2]);
  expect(locked.err).toContain('--read-only beside it');
  expect([missing.out, locked.out, port.out]).toEqual(['', '', '']);
});
