/* Snapshots over HTTP: made, listed, downloaded, deleted, uploaded and recovered, with what Qdrant keeps of a collection. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { QdrantClient as Official } from '@qdrant/js-client-rest';
import { unpackTar } from 'modern-tar/fs';
import { expect, test, vi } from 'vitest';
import { open } from '#silt/index.js';
import type { Server } from '#silt/server/http/index.js';
import { QdrantClient } from '#silt/server/qdrant/index.js';
import { withFolder } from '../../support/files.js';
import { type Ask, POINTS, withPoints } from './served.js';

const KEY = 'key-of-the-server';
const OF_TEST = '/collections/test/snapshots';

interface Description {
  readonly name: string;
  readonly size: number;
  readonly checksum: string;
}

interface Info {
  readonly config: object;
  readonly payload_schema: object;
}

const withServed = (
  run: (ask: Ask, server: Server, folder: string) => Promise<void>,
  options: object = {},
): Promise<void> =>
  withFolder((folder) =>
    withPoints({ path: join(folder, 'db'), ...options }, (ask, server) => run(ask, server, folder)),
  );

async function made(ask: Ask): Promise<Description> {
  const { status, result } = await ask('POST', OF_TEST);
  expect(status).toBe(200);
  return result as Description;
}

async function downloaded({ url }: Server, path: string): Promise<Buffer> {
  const response = await fetch(url + path);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-disposition')).toMatch(/^attachment; filename="[\w.-]+\.snapshot"$/);
  return Buffer.from(await response.arrayBuffer());
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

async function upload(
  { url }: Server,
  path: string,
  bytes: Uint8Array,
  part = 'snapshot',
): Promise<{ status: number; text: string }> {
  const form = new FormData();
  form.append(part, new Blob([bytes as Uint8Array<ArrayBuffer>]), '../../x.snapshot');
  const response = await fetch(url + path, { method: 'POST', body: form });
  return { status: response.status, text: await response.text() };
}

const idsIn = async (ask: Ask, name: string): Promise<number[]> => {
  const { result } = await ask('POST', `/collections/${name}/points/scroll`, {});
  return (result as { points: { id: number }[] }).points.map(({ id }) => id);
};

test('a snapshot goes by its life: made, listed, downloaded, uploaded, recovered, deleted', () =>
  withServed(async (ask, server) => {
    const hnsw_config = { ef_construct: 77, full_scan_threshold: 5_000 };
    await ask('PATCH', '/collections/test', { hnsw_config });
    const params = { type: 'integer', lookup: true, range: false };
    await ask('PUT', '/collections/test/index?wait=true', { field_name: 'count', field_schema: params });
    await ask('POST', '/collections/aliases', {
      actions: [{ create_alias: { alias_name: 'other', collection_name: 'test' } }],
    });
    const infoOf = async (name: string): Promise<unknown> => {
      const { config, payload_schema } = (await ask('GET', `/collections/${name}`)).result as Info;
      return { config, payload_schema };
    };
    const info = await infoOf('test');
    expect((await ask('GET', OF_TEST)).result).toEqual([]);
    const one = await made(ask);
    expect((await ask('GET', OF_TEST)).result).toEqual([one]);
    const bytes = await downloaded(server, `${OF_TEST}/${one.name}`);
    expect([bytes.length, sha256(bytes)]).toEqual([one.size, one.checksum]);
    expect(await downloaded(server, `/collections/other/snapshots/${one.name}`)).toEqual(bytes);
    // Back into its place, which has other points by now.
    await ask('PUT', '/collections/test/points?wait=true', { points: [{ ...POINTS[0], id: 9 }] });
    await ask('PATCH', '/collections/test', { hnsw_config: { ef_construct: 9 } });
    const right = `${OF_TEST}/upload?wait=true&priority=snapshot&checksum=${one.checksum.toUpperCase()}`;
    expect(await upload(server, right, bytes)).toMatchObject({ status: 200 });
    expect(await idsIn(ask, 'other')).toEqual([1, 2, 3]);
    expect(await infoOf('test')).toEqual(info);
    // Into one that is not there, with its alias where that is free.
    const location = pathToFileURL(
      join(server.database.path!, 'qdrant-snapshots/collections/c-test', one.name),
    ).href;
    await ask('DELETE', '/collections/test');
    expect((await ask('PUT', '/collections/new/snapshots/recover', { location })).result).toBe(true);
    expect(await idsIn(ask, 'other')).toEqual([1, 2, 3]);
    expect((await ask('PUT', `${OF_TEST}/recover`, { location })).result).toBe(true);
    expect(await idsIn(ask, 'test')).toEqual([1, 2, 3]);
    expect((await ask('GET', '/collections/new/aliases')).result).toEqual({
      aliases: [{ alias_name: 'other', collection_name: 'new' }],
    });
    expect(await infoOf('new')).toEqual(info);
    expect((await ask('DELETE', `${OF_TEST}/${one.name}`)).result).toBe(true);
    expect((await ask('GET', OF_TEST)).result).toEqual([]);
    expect(await ask('DELETE', `${OF_TEST}/${one.name}`)).toMatchObject({
      status: 404,
      error: `Not found: Snapshot ${one.name}`,
    });
  }));

test('a snapshot is fetched from another server, with its key', () =>
  withServed(
    async (_ask, server) => {
      await using other = await open();
      const local = new QdrantClient({
        database: other,
        snapshotsPath: join(server.database.path!, 'elsewhere'),
      });
      const remote = new Official({ url: server.url, apiKey: KEY, checkCompatibility: false });
      await remote.createCollection('far', { vectors: { size: 2, distance: 'Dot' } });
      await remote.upsert('far', { wait: true, points: [{ id: 1, vector: [1, 2] }] });
      const { name, checksum } = (await remote.createSnapshot('far'))!;
      const location = `${server.url}/collections/far/snapshots/${name}`;
      await expect(local.recoverSnapshot('near', { location })).rejects.toMatchObject({
        status: 400,
        data: { status: { error: expect.stringContaining('the answer is 401') } },
      });
      const api_key = KEY;
      const wrong = checksum!.replace(/./g, '0');
      await expect(
        local.recoverSnapshot('near', { location, api_key, checksum: wrong }),
      ).rejects.toMatchObject({
        data: {
          status: { error: `Wrong input: Snapshot checksum mismatch: expected ${wrong}, actual ${checksum}` },
        },
      });
      expect(await local.getCollections()).toEqual({ collections: [] });
      expect(await local.recoverSnapshot('near', { location, api_key, checksum: checksum! })).toBe(true);
      expect(await local.count('near')).toEqual({ count: 1 });
      // In memory there is nothing to make one of.
      await expect(local.createSnapshot('near')).rejects.toMatchObject({ status: 501 });
    },
    { apiKey: KEY },
  ));

test('what is not a snapshot, or leads elsewhere, is refused, and the collection is as it was', () =>
  withServed(async (ask, server, folder) => {
    const one = await made(ask);
    const bytes = await downloaded(server, `${OF_TEST}/${one.name}`);
    const altered = Buffer.from(bytes);
    altered[altered.length - 100]! ^= 1;
    const to = `${OF_TEST}/upload`;
    expect(await upload(server, to, altered)).toMatchObject({
      status: 400,
      text: expect.stringContaining('was altered'),
    });
    expect(await upload(server, to, Buffer.alloc(500))).toMatchObject({ status: 400 });
    expect(await upload(server, `${to}?checksum=${sha256(altered)}`, bytes)).toMatchObject({
      status: 400,
      text: expect.stringContaining('Snapshot checksum mismatch'),
    });
    expect(await upload(server, `${to}?checksum=12`, bytes)).toMatchObject({ status: 400 });
    expect(await upload(server, to, bytes, 'file')).toMatchObject({
      status: 400,
      text: expect.stringContaining('send the file as its part `snapshot`'),
    });
    expect((await ask('POST', to, {})).status).toBe(415);
    const cut = '--x\r\ncontent-disposition: form-data; name="snapshot"; filename="a"\r\n\r\nSILT';
    const type = { 'content-type': 'multipart/form-data; boundary=x' };
    expect((await ask('POST', to, cut, type)).status).toBe(400);
    expect((await ask('POST', to, cut, { 'content-type': 'multipart/form-data' })).status).toBe(400);
    expect(await upload(server, '/collections/a%3Ab/snapshots/upload', bytes)).toMatchObject({ status: 422 });
    writeFileSync(join(folder, 'outside.snapshot'), bytes);
    const recover = async (location: string): Promise<[number, string | undefined]> => {
      const { status, error } = await ask('PUT', `${OF_TEST}/recover`, { location });
      return [status, error];
    };
    const inside = join(server.database.path!, 'qdrant-snapshots');
    const outside = pathToFileURL(join(folder, 'outside.snapshot')).href;
    expect(await recover(outside)).toEqual([
      403,
      expect.stringContaining('must be inside the snapshots directory'),
    ]);
    expect((await recover(`${pathToFileURL(inside).href}/../../outside.snapshot`))[0]).toBe(403);
    expect(await recover(pathToFileURL(join(inside, 'all', 'none.snapshot')).href)).toEqual([
      400,
      expect.stringContaining('does not exist'),
    ]);
    for (const location of ['ftp://127.0.0.1/x', '/etc/passwd', 'x'])
      expect((await recover(location))[0]).toBe(400);
    for (const name of [
      '..%2f..%2fx.snapshot',
      '.hidden.snapshot',
      'lock',
      'x%00.snapshot',
      `${one.name}.checksum`,
    ]) {
      expect((await ask('GET', `${OF_TEST}/${name}`)).status).toBe(404);
      expect((await ask('DELETE', `${OF_TEST}/${name}`)).status).toBe(404);
      expect((await ask('GET', `/snapshots/${name}`)).status).toBe(404);
    }
    expect((await ask('POST', '/collections/none/snapshots')).status).toBe(404);
    expect(await idsIn(ask, 'test')).toEqual([1, 2, 3]);
    // Nothing of all this is left.
    expect(readdirSync(join(inside, 'all'))).toEqual([]);
    expect(readdirSync(join(inside, 'collections', 'c-test')).sort()).toEqual([
      one.name,
      `${one.name}.checksum`,
    ]);
  }));

test('an upload is as large as it may be, and one that is given up leaves nothing', () =>
  withServed(
    async (ask, server) => {
      const one = await made(ask);
      expect(await upload(server, `${OF_TEST}/upload`, Buffer.alloc(20_000))).toMatchObject({
        status: 413,
        text: expect.stringContaining('uploadBytes'),
      });
      const answeredBy = async (answer: RequestListener): Promise<number> => {
        const far = createServer(answer).listen(0, '127.0.0.1');
        await once(far, 'listening');
        const location = `http://127.0.0.1:${(far.address() as AddressInfo).port}/a`;
        const { status } = await ask('PUT', `${OF_TEST}/recover`, { location });
        far.closeAllConnections();
        far.close();
        return status;
      };
      expect(await answeredBy((_request, response) => response.end(Buffer.alloc(20_000)))).toBe(413);
      // It sends a byte, and nothing more.
      expect(await answeredBy((_request, response) => response.write('x'))).toBe(400);
      const folder = join(server.database.path!, 'qdrant-snapshots');
      expect(readdirSync(join(folder, 'all'))).toEqual([]);
      expect(await idsIn(ask, 'test')).toEqual([1, 2, 3]);
      expect(one.size).toBeLessThan(10_000);
    },
    { limits: { uploadBytes: 10_000, stallMs: 300 } },
  ));

test('a client that leaves an upload is no failure of the server', async () => {
  const failures: unknown[] = [];
  await withServed(
    async (_ask, server) => {
      const { host, hostname, port } = new URL(server.url);
      const socket = connect(Number(port), hostname);
      socket.write(
        `POST ${OF_TEST}/upload HTTP/1.1\r\nhost: ${host}\r\ncontent-type: multipart/form-data; boundary=x\r\ncontent-length: 100000\r\n\r\n--x\r\ncontent-disposition: form-data; name="snapshot"; filename="a"\r\n\r\nabc`,
      );
      const folder = join(server.database.path!, 'qdrant-snapshots', 'all');
      const halves = (): number => (existsSync(folder) ? readdirSync(folder).length : 0);
      await vi.waitUntil(() => halves() === 1, { timeout: 5_000 });
      socket.destroy();
      await vi.waitUntil(() => halves() === 0, { timeout: 5_000 });
    },
    { onError: (error: unknown) => failures.push(error) },
  );
  expect(failures).toEqual([]);
});

test('a client that has uploaded a snapshot may wait for its recovery as long as that takes', () =>
  withServed(
    async (ask, server) => {
      const one = await made(ask);
      const bytes = await downloaded(server, `${OF_TEST}/${one.name}`);
      const { database } = server;
      const restore = database.restoreCollection.bind(database);
      database.restoreCollection = async (...args) => {
        await sleep(500);
        return restore(...args);
      };
      expect(await upload(server, `${OF_TEST}/upload`, bytes)).toMatchObject({ status: 200 });
    },
    { limits: { stallMs: 100 } },
  ));

test('snapshots that go meanwhile are in no list, and are deleted once', () =>
  withServed(async (ask, server) => {
    const one = await made(ask);
    const folder = join(server.database.path!, 'qdrant-snapshots/collections/c-test');
    // As one that is deleted between two looks at the folder.
    symlinkSync(join(folder, 'nowhere'), join(folder, 'gone.snapshot'));
    expect((await ask('GET', OF_TEST)).result).toEqual([one]);
    const path = `${OF_TEST}/${one.name}`;
    const head = await ask('HEAD', path);
    expect([head.status, head.headers.get('content-length'), head.text]).toEqual([200, `${one.size}`, '']);
    const answers = await Promise.all([ask('DELETE', path), ask('DELETE', path), ask('DELETE', path)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 404, 404]);
  }));

test('a snapshot of all collections is a tar of a folder that can be served', () =>
  withServed(async (ask, server, folder) => {
    await ask('PUT', '/collections/second', { vectors: {}, sparse_vectors: { s: {} } });
    const { result } = await ask('POST', '/snapshots');
    const one = result as Description;
    expect(one.name).toMatch(/^full-snapshot-[\d-]+\w+\.snapshot$/);
    expect((await ask('GET', '/snapshots')).result).toEqual([one]);
    const bytes = await downloaded(server, `/snapshots/${one.name}`);
    expect(sha256(bytes)).toBe(one.checksum);
    const to = join(folder, 'again');
    mkdirSync(to);
    await pipeline(Readable.from([bytes]), unpackTar(to));
    await withPoints({ path: to }, async (again) => {
      expect((await again('GET', '/collections')).result).toEqual({
        collections: [{ name: 'second' }, { name: 'test' }],
      });
      expect(await idsIn(again, 'test')).toEqual([1, 2, 3]);
    });
    expect(existsSync(join(to, 'qdrant-snapshots'))).toBe(false);
    expect((await ask('DELETE', `/snapshots/${one.name}`)).result).toBe(true);
    expect((await ask('GET', '/snapshots')).result).toEqual([]);
  }));

test('what a process that was killed left under other names is swept', () =>
  withFolder(async (folder) => {
    const place = join(folder, 'snapshots', 'all');
    mkdirSync(join(place, '.x.tmp'), { recursive: true });
    writeFileSync(join(place, '.y.tmp.tar.tmp'), 'half');
    await using client = new QdrantClient({ location: ':memory:', snapshotsPath: join(folder, 'snapshots') });
    expect(await client.listFullSnapshots()).toEqual([]);
    expect(readdirSync(place)).toEqual([]);
  }));

test('of a database in memory none are made, and into one they are recovered where it says where they are', () =>
  withFolder(async (folder) => {
    const snapshotsPath = join(folder, 'snapshots');
    await using kept = new QdrantClient({ path: join(folder, 'db'), snapshotsPath });
    await kept.createCollection('c', { vectors: { size: 1, distance: 'Dot' } });
    await kept.upsert('c', { points: [{ id: 1, vector: [1] }] });
    const { name } = (await kept.createSnapshot('c'))!;
    const location = pathToFileURL(join(snapshotsPath, 'collections', 'c-c', name)).href;
    const refused = (text: RegExp): object => ({
      status: 501,
      data: { status: { error: expect.stringMatching(text) } },
    });
    for (const given of [{}, { snapshotsPath }]) {
      await using client = new QdrantClient({ location: ':memory:', ...given });
      const recovered = client.recoverSnapshot('c', { location });
      if ('snapshotsPath' in given) {
        expect(await recovered).toBe(true);
        expect(await client.count('c')).toEqual({ count: 1 });
      } else {
        await expect(recovered).rejects.toMatchObject(refused(/no folder of snapshots.*snapshotsPath/));
        await client.createCollection('c', {});
      }
      for (const made of [client.createSnapshot('c'), client.createFullSnapshot()])
        await expect(made).rejects.toMatchObject(refused(/of a database in memory. Open one in a folder$/));
      expect(await client.listSnapshots('c')).toHaveLength('snapshotsPath' in given ? 1 : 0);
    }
  }));
