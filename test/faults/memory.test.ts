/*
 * Memory of what was closed leaves the process, whatever the collectors of the threads do that worked on it; and
 * where no more is to be had, an error says so and nothing else suffers. In processes of their own, seen from outside.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, test } from 'vitest';

const run = promisify(execFile);
const child = fileURLToPath(new URL('../support/memory-child.mjs', import.meta.url));
const linux = existsSync('/proc/self/maps');

describe('memory leaves the process', () => {
  beforeEach((context) => {
    if (!linux) context.skip('seen in /proc/self/maps, which only Linux has');
  });

  test.concurrent.each([
    'compactions',
    'collections',
    'databases',
    'rejected snapshots',
    'indexes',
    'busy threads',
    'scans',
  ])('of %s, closed again and again', async (way) => {
    const { stdout } = await run(process.execPath, [child, way]);
    expect(stdout.trim()).toBe('nothing is left');
  });
});

const MAKE = `import { HnswIndex, open } from '#silt/index.js';
  const points = Array.from({ length: 1200 }, (_, id) => ({ id, vector: [Math.sin(id), Math.cos(id * 7), id % 13] }));
  const config = { dimension: 3, metric: 'euclidean', indexing: { threads: 1 } };
  const db = await open();
  const said = {};
  const made = [];
  for (let i = 0; i < 5; i++) {
    const c = await db.createCollection('c' + i, config);
    await c.upsert(points).then(() => made.push(c), (error) => (said.refused ??= [error.code, error.message]));
  }
  said.collections = db.collections().length;
  const empty = db.collection('c4');
  said.empty = [(await empty.search([1, 2, 3])).length, empty.status().points];
  for (const c of made) {
    await c.upsert({ id: 7, vector: [9, 9, 9] });
    await c.buildNow();
  }
  said.others = (await Promise.all(made.map((c) => c.search([9, 9, 9], { k: 1 })))).every(([hit]) => hit.id === 7);
  try {
    new HnswIndex({ dimension: 3, metric: 'cosine' }).insert(1, [1, 2, 3]);
  } catch (error) {
    said.index = error.code;
  }
  await db.dropCollection('c0');
  for (let i = 0; i < 200 && said.again !== true; i++) {
    said.again = await empty.upsert(points).then(() => true, (error) => error.code);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await db.close();
  console.log(JSON.stringify({ ...said, made: made.length }));`;

test('no address space for another collection: OUT_OF_MEMORY that says what to do, and the others go on', async (context) => {
  if (!existsSync('/usr/bin/prlimit')) context.skip('prlimit is not there');
  const limit = `--as=${40_000_000_000}`;
  const { stdout } = await run('prlimit', [limit, process.execPath, '--input-type=module', '-e', MAKE], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
  });
  const said = JSON.parse(stdout);
  expect(said.made).toBeGreaterThan(0);
  expect(said.made).toBeLessThan(5);
  expect(said.refused[0]).toBe('OUT_OF_MEMORY');
  expect(said.refused[1]).toMatch(/address space.*ulimit -v.*--disable-wasm-trap-handler/);
  expect(said).toMatchObject({ collections: 5, empty: [0, 0], others: true, index: 'OUT_OF_MEMORY' });
  expect(said.again, 'room that was given back can be used').toBe(true);
});
