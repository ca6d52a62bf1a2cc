/* `silt push` and `silt pull`, as processes, to and from a server in another one: whole, gone on with behind a kill, and refused. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { open } from '#silt/index.js';
import { serve } from '#silt/server/http/index.js';
import { QdrantClient } from '#silt/server/qdrant/index.js';
import { ran } from '../support/command.js';
import { withFolder } from '../support/files.js';
import { ROOT } from '../support/sources.js';

function start(...args: string[]): { child: ChildProcess; out: () => string } {
  const child = spawn(process.execPath, [join(ROOT, 'dist/cli/main.js'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text) => {
      out += text;
    });
  return { child, out: () => out };
}

async function silt(...args: string[]): Promise<[code: number | null, out: string]> {
  const { child, out } = start(...args);
  const [code] = await once(child, 'close');
  return [code as number | null, out()];
}

/** Files that say how far copies came. */
const statesIn = (folder: string): string[] => readdirSync(folder).filter((name) => /^push-state/.test(name));

async function contentsOf(path: string): Promise<unknown> {
  await using client = new QdrantClient({ path });
  const { points } = await client.scroll('one', { limit: 5_000, with_payload: true, with_vector: true });
  const { config, payload_schema } = await client.getCollection('one');
  return { points, vectors: config.params.vectors, sparse: config.params.sparse_vectors, payload_schema };
}

test(
  'a copy that is killed is gone on with, and both ways give what was there',
  () =>
    withFolder(async (folder) => {
      const [here, there, back] = ['here', 'there', 'back'].map((name) => join(folder, name)) as [
        string,
        string,
        string,
      ];
      const client = new QdrantClient({ path: here });
      const vectors = { size: 3, distance: 'Cosine' } as const;
      await client.createCollection('one', { vectors, sparse_vectors: { s: {} }, hnsw_config: { m: 8 } });
      await client.createPayloadIndex('one', { field_name: 'n', field_schema: 'integer', wait: true });
      await client.upsert('one', {
        points: Array.from({ length: 300 }, (_, i) => ({
          id: (i % 2 ? 2n ** 60n + BigInt(i) : i) as number, // a bigint is an id here
          vector: { '': [i + 1, 2, 0.1], ...(i % 3 === 0 && { s: { indices: [i], values: [0.5] } }) },
          ...(i % 5 > 0 && { payload: { n: i, deep: [{ a: null }] } }),
        })),
      });
      await client.close();
      const server = start('serve', '--path', there, '--port', '0', '--api-key', 'key-of-there');
      while (!/at (http\S+)/.test(server.out())) await once(server.child.stdout!, 'data');
      const url = /at (http\S+)/.exec(server.out())![1]!;
      const asked = ['push', '--path', here, '--to', url, '--batch', '10', '--api-key', 'key-of-there'];
      const first = start(...asked);
      while (!/one: \d+ of/.test(first.out())) await once(first.child.stderr!, 'data');
      first.child.kill('SIGKILL');
      await once(first.child, 'close');
      expect(statesIn(here)).toHaveLength(1);
      expect(await silt(...asked)).toEqual([
        0,
        expect.stringContaining('one: 300 points copied and compared'),
      ]);
      expect(statesIn(here)).toEqual([]);
      // There it is now.
      expect(await silt(...asked)).toEqual([
        6,
        expect.stringMatching(/^silt: http\S+ has a collection "one" already\. Use --overwrite/),
      ]);
      const pulled = await ran('pull', '--path', back, '--from', url, '--api-key', 'key-of-there', '--json');
      expect(pulled).toMatchObject({ code: 0, out: '{"collection":"one","points":300}\n' });
      server.child.kill('SIGTERM');
      await once(server.child, 'close');
      const before = await contentsOf(here);
      expect(await contentsOf(there)).toEqual(before);
      expect(await contentsOf(back)).toEqual(before);
    }),
  180_000,
);

/** What stands before a server, and may end a process before or after a request of it is answered there. */
async function passingTo(url: string): Promise<{ url: string; at: (where: At) => void; close: () => void }> {
  let at: At | undefined;
  const server = createServer(async (request, response) => {
    const isAt = at?.method === request.method && request.url === '/collections/one';
    const { child, when } = at ?? {};
    if (isAt && when === 'before') return void child!.kill('SIGKILL');
    const body = request.method === 'GET' ? undefined : await buffer(request);
    const headers = body?.length ? { 'content-type': 'application/json' } : {};
    const answer = await fetch(url + request.url, { method: request.method!, body: body as never, headers });
    const text = await answer.text();
    if (isAt) return void child!.kill('SIGKILL');
    response.writeHead(answer.status).end(text);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    at: (where) => {
      at = where;
    },
    close: () => void server.close(),
  };
}

interface At {
  readonly child?: ChildProcess;
  readonly method?: 'PUT' | 'DELETE';
  readonly when?: 'before' | 'after';
}

async function killedAt(
  pass: Awaited<ReturnType<typeof passingTo>>,
  asked: readonly string[],
  where: At,
): Promise<void> {
  const { child } = start(...asked);
  pass.at({ child, ...where });
  expect(await once(child, 'close')).toEqual([null, 'SIGKILL']);
  pass.at({});
}

test(
  'a copy that is killed while it makes its collection is gone on with by the same command',
  () =>
    withFolder(async (folder) => {
      const here = join(folder, 'here');
      const vectors = { size: 2, distance: 'Dot' } as const;
      {
        await using client = new QdrantClient({ path: here });
        await client.createCollection('one', { vectors });
        const points = Array.from({ length: 30 }, (_, id) => ({ id, vector: [id, 1] }));
        await client.upsert('one', { points });
      }
      await using server = await serve({ path: join(folder, 'there'), port: 0 });
      const there = new QdrantClient({ database: server.database });
      const pass = await passingTo(server.url);
      const asked = ['push', '--path', here, '--to', pass.url];
      for (const when of ['before', 'after'] as const) {
        await killedAt(pass, asked, { method: 'PUT', when });
        expect(await silt(...asked)).toEqual([0, expect.stringContaining('one: 30 points copied')]);
        await there.deleteCollection('one');
      }
      const overwrites = [...asked, '--overwrite'];
      for (const [method, when] of [
        ['DELETE', 'before'],
        ['DELETE', 'after'],
        ['PUT', 'after'],
      ] as const) {
        await there.deleteCollection('one');
        await there.createCollection('one', { vectors: { size: 5, distance: 'Cosine' } });
        await killedAt(pass, overwrites, { method, when });
        // What replaces goes on to do so, said again or not.
        const again = method === 'PUT' ? overwrites : asked;
        expect(await silt(...again)).toEqual([0, expect.stringContaining('one: 30 points copied')]);
        expect((await there.getCollection('one')).config.params.vectors).toEqual(vectors);
      }
      pass.close();
    }),
  180_000,
);

/** A database with a collection of one point. */
async function withOnePoint(path: string): Promise<string> {
  await using client = new QdrantClient({ path });
  await client.createCollection('one', { vectors: { size: 1, distance: 'Dot' } });
  await client.upsert('one', { points: [{ id: 1, vector: [1] }] });
  return path;
}

test(
  'copies to two servers know each of its own how far it came',
  () =>
    withFolder(async (folder) => {
      const here = await withOnePoint(join(folder, 'here'));
      await using first = await serve({ path: join(folder, 'first'), port: 0 });
      await using second = await serve({ path: join(folder, 'second'), port: 0 });
      const pass = await passingTo(first.url);
      const asked = ['push', '--path', here, '--to', pass.url];
      await killedAt(pass, asked, { method: 'PUT', when: 'after' });
      const copied = [0, expect.stringContaining('one: 1 point copied')];
      expect(await silt('push', '--path', here, '--to', second.url)).toEqual(copied);
      expect(await silt(...asked)).toEqual(copied);
      expect(statesIn(here)).toEqual([]);
      pass.close();
    }),
  180_000,
);

test(
  'a state of another release is not gone on with',
  () =>
    withFolder(async (folder) => {
      const here = await withOnePoint(join(folder, 'here'));
      await using server = await serve({ path: join(folder, 'there'), port: 0 });
      const between = `push ${server.url}`;
      const name = `push-state-${createHash('sha256').update(server.url).digest('hex').slice(0, 16)}.json`;
      for (const reached of [
        undefined,
        null,
        { one: null },
        { one: { offset: 7 } },
        { one: { points: 1 } },
      ]) {
        writeFileSync(join(here, name), JSON.stringify({ between, reached }));
        const pushed = await silt('push', '--path', here, '--to', server.url, '--overwrite');
        expect(pushed).toEqual([0, expect.stringContaining('one: 1 point copied and compared')]);
      }
    }),
  180_000,
);

test(
  'what a Qdrant server cannot take is refused before anything is asked',
  () =>
    withFolder(async (folder) => {
      const db = await open(folder);
      const texts = await db.createCollection('texts', { text: { t: { path: 't' } } });
      await texts.upsert({ id: 1, payload: { t: 'x' } });
      const names = await db.createCollection('names', { dimension: 1, metric: 'dot' });
      await names.upsert({ id: 'not a UUID', vector: [1] });
      await db.close();
      const push = (...args: string[]) =>
        silt('push', '--path', folder, '--to', 'http://127.0.0.1:9', ...args);
      expect(await push('--collection', 'texts')).toEqual([
        2,
        expect.stringMatching(
          /it has a field of text, "t".* dropField\("t"\) of the collection, in a program.* --collection copies others/,
        ),
      ]);
      expect(await push('--collection', 'names')).toEqual([
        2,
        expect.stringContaining('"not a UUID" is neither an integer nor a UUID'),
      ]);
      expect(await push('--collection', 'none')).toEqual([
        3,
        expect.stringContaining('there is no collection "none"'),
      ]);
    }),
  120_000,
);

test.each(['push', 'pull'] as const)('%s to where no server is says so at once, and makes nothing', (way) =>
  withFolder(async (folder) => {
    const path = join(folder, 'data');
    if (way === 'push') {
      await using db = await open(path);
      await (await db.createCollection('one', { dimension: 1, metric: 'dot' })).upsert({
        id: 1,
        vector: [1],
      });
    }
    const gone = createServer().listen(0, 'localhost');
    await once(gone, 'listening');
    const { port } = gone.address() as AddressInfo;
    gone.close();
    const side = way === 'push' ? '--to' : '--from';
    const [code, out] = await silt(way, '--path', path, side, `http://localhost:${port}`, '--overwrite');
    expect([code, out.split('\n').length - 1], out).toEqual([1, 1]);
    expect(out).toMatch(/connect ECONNREFUSED [\d.:]+\. Is a server running there\? Check the address\n$/);
    expect(existsSync(path)).toBe(way === 'push');
    if (way === 'push') expect(readdirSync(path).filter((name) => /state/.test(name))).toEqual([]);
  }),
);

test(
  'a key that lacks, and a certificate that is not trusted, are told at once, as by all commands',
  () =>
    withFolder(async (folder) => {
      const path = join(folder, 'data');
      await (await open(path)).close();
      await using locked = await serve({ port: 0, apiKey: 'a-key-of-some-length' });
      const [cert, key] = ['cert', 'key'].map((name) =>
        readFileSync(join(ROOT, `test/fixtures/localhost.${name}.pem`)),
      ) as [Buffer, Buffer];
      await using secret = await serve({ port: 0, tls: { cert, key } });
      const lines = [
        ['push', '--path', path, '--to'],
        ['pull', '--path', join(folder, 'none'), '--from'],
        ['info'],
      ];
      for (const line of lines) {
        const [noKey, untrusted] = await Promise.all([ran(...line, locked.url), ran(...line, secret.url)]);
        expect(noKey, line[0]).toMatchObject({
          code: 7,
          err: `silt: ${locked.url} refuses: Must provide an API key or an Authorization bearer token. Give its key with --api-key (or SILT_REMOTE_API_KEY)\n`,
        });
        expect(untrusted, line[0]).toMatchObject({
          code: 7,
          err: expect.stringMatching(
            /^silt: the certificate of https:\S+ is not trusted: .* NODE_EXTRA_CA_CERTS=cert\.pem.*\n$/,
          ),
        });
      }
      expect(existsSync(join(folder, 'none'))).toBe(false);
    }),
  120_000,
);

test(
  'a pull into a folder that is served goes through its server; what is in the way is in the folder',
  () =>
    withFolder(async (folder) => {
      const path = join(folder, 'b');
      await (await open(path)).close();
      await using other = await serve({ port: 0 });
      const one = await other.database.createCollection('one', { dimension: 1, metric: 'dot' });
      await one.upsert({ id: 1, vector: [1] });
      const pull = ['pull', '--from', other.url, '--path', path];
      const serving = start('serve', '--path', path, '--port', '0', '--api-key', 'a-key-of-some-length');
      while (!serving.out().includes('Ctrl+C')) await once(serving.child.stdout!, 'data');
      expect(await ran(...pull)).toMatchObject({ code: 0, err: expect.stringContaining('is served at') });
      serving.child.kill('SIGTERM');
      await once(serving.child, 'close');
      expect(await ran(...pull)).toMatchObject({
        code: 6,
        err: expect.stringContaining(`silt: ${path} has a collection "one" already`),
      });
      await using held = await open(path);
      expect(held.collection('one').status().points).toBe(1);
      expect(await ran(...pull)).toMatchObject({ code: 4, err: expect.stringMatching(/Stop it\.\n$/) });
    }),
  120_000,
);
