/* `silt push` and `silt pull`, as processes, to and from a server in another one: whole, gone on with behind a kill, and refused. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { open } from '#silt/index.js';
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
      expect(existsSync(join(here, 'push-state.json'))).toBe(true);
      expect(await silt(...asked)).toEqual([
        0,
        expect.stringContaining('one: 300 points copied and compared'),
      ]);
      expect(existsSync(join(here, 'push-state.json'))).toBe(false);
      // There it is now.
      expect(await silt(...asked)).toEqual([
        1,
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
        expect.stringContaining('it has a field of text, "t"'),
      ]);
      expect(await push('--collection', 'names')).toEqual([
        2,
        expect.stringContaining('"not a UUID" is neither an integer nor a UUID'),
      ]);
      expect(await push('--collection', 'none')).toEqual([
        2,
        expect.stringContaining('there is no collection "none"'),
      ]);
    }),
  120_000,
);
