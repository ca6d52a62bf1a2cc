/*
 * Uses and closes memory in one way, again and again, and prints how much of it is left in the process: reservations
 * of address space as WebAssembly memories have them, of which one belongs to the bitmaps of payload indexes.
 * Argument: the way.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AsyncIndexBuilder, HnswIndex, open } from '#silt/index.js';

function reservations() {
  let count = 0;
  for (const line of readFileSync('/proc/self/maps', 'utf8').split('\n')) {
    const [from, to] = line
      .split(' ')[0]
      .split('-')
      .map((text) => Number.parseInt(text, 16));
    if (to - from > 2 ** 32) count++;
  }
  return count;
}

let seed = 1;
const random = () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
const vector = (dimension) => Float32Array.from({ length: dimension }, random);
const points = (count, dimension) =>
  Array.from({ length: count }, (_, id) => ({ id, vector: vector(dimension) }));
const config = (dimension) => ({ dimension, metric: 'euclidean', indexing: { threads: 2 } });

const WAYS = {
  async compactions() {
    const db = await open();
    const c = await db.createCollection('c', config(64));
    for (let i = 0; i < 15; i++) {
      await c.upsert(points(1_000, 64));
      await c.buildNow();
      await c.compact();
    }
  },
  async collections() {
    const db = await open();
    for (let i = 0; i < 60; i++) {
      const c = await db.createCollection('c', config(16));
      await c.upsert(points(i % 10 === 0 ? 1_200 : 20, 16));
      await c.buildNow();
      await db.dropCollection('c');
    }
  },
  async databases() {
    const folder = await mkdtemp(join(tmpdir(), 'silt-memory-'));
    for (let i = 0; i < 6; i++) {
      const db = await open(folder);
      const c = i === 0 ? await db.createCollection('c', config(16)) : db.collection('c');
      await c.upsert(points(1_000, 16));
      await c.buildNow();
      await db.close();
    }
    await rm(folder, { recursive: true });
  },
  async 'rejected snapshots'() {
    const folder = await mkdtemp(join(tmpdir(), 'silt-memory-'));
    const path = join(folder, 'index');
    const index = new HnswIndex({ dimension: 16, metric: 'euclidean', threads: 2 });
    await index.insertBatchParallel(points(500, 16).map((p) => [p.id, p.vector]));
    await index.save(path);
    await index.close();
    const bytes = readFileSync(path);
    bytes[bytes.length - 1] ^= 1;
    writeFileSync(path, bytes);
    for (let i = 0; i < 20; i++) await HnswIndex.load(path).catch(() => {});
    await rm(folder, { recursive: true });
  },
  async indexes() {
    for (let i = 0; i < 20; i++) {
      const index = new HnswIndex({ dimension: 16, metric: 'euclidean', threads: 2 });
      const builder = new AsyncIndexBuilder(index);
      builder.enqueue(points(500, 16).map((p) => [p.id, p.vector]));
      if (i % 2 === 0) await builder.triggerBuildAsync();
      else builder.flushSync();
      await index.close();
    }
  },
  /** While the threads work for another collection all the time. */
  async 'busy threads'() {
    const db = await open();
    const other = await db.createCollection('other', config(16));
    const work = async () => {
      for (;;) {
        await other.upsert(points(1_000, 16));
        await other.buildNow();
      }
    };
    void work();
    for (let i = 0; i < 10; i++) {
      const c = await db.createCollection('c', config(16));
      await c.upsert(points(1_000, 16));
      await c.buildNow();
      await db.dropCollection('c');
    }
  },
  /** Scanned by searching threads, too. */
  async scans() {
    const db = await open();
    for (let i = 0; i < 4; i++) {
      const c = await db.createCollection('c', {
        ...config(128),
        indexing: { threads: 2, paused: true },
      });
      await c.upsert(points(20_000, 128));
      for (let j = 0; j < 20; j++) await c.search(vector(128), { k: 5, exact: true });
      await db.dropCollection('c');
    }
  },
};

/** The memory of bitmaps, that of a collection in use, and one that V8 may be about to free. */
const MOST = 3;

await WAYS[process.argv[2]]();
const until = Date.now() + 30_000;
while (reservations() > MOST && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 50));
console.log(reservations() <= MOST ? 'nothing is left' : `${reservations()} are left`);
process.exit();
