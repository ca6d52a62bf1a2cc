/* A process that is killed while it makes snapshots leaves whole ones, and what the next one clears away. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { QdrantClient } from '#silt/server/qdrant/index.js';
import { amount } from '../../support/amount.js';
import { withFolder } from '../../support/files.js';
import { integer, randomOf } from '../../support/random.js';
import { ROOT } from '../../support/sources.js';

const KILLS = amount('SILT_SNAPSHOT_KILLS', 1, 40);
const SEED = amount('SILT_SEED', Date.now() % 1e6, Date.now() % 1e6);
const POINTS = 3_000;

const SCRIPT = `
  import { QdrantClient } from ${JSON.stringify(pathToFileURL(join(ROOT, 'dist/server/qdrant/index.js')).href)};
  const client = new QdrantClient({ path: process.argv[1] });
  await client.listFullSnapshots();
  console.log('begun');
  for (;;) {
    const { name } = await client.createSnapshot('c');
    await client.createFullSnapshot();
    await client.deleteSnapshot('c', name);
  }`;

/** Runs it, and kills it: after a time, or at a place of the writing of a file. */
async function killed(path: string, at: number | string): Promise<void> {
  const arms = pathToFileURL(join(ROOT, 'test/crash/arm.mjs')).href;
  const child = spawn(process.execPath, ['--import', arms, '--input-type=module', '-e', SCRIPT, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...(typeof at === 'string' && { SILT_TEST_CRASH_AT: at }) },
  });
  const ended = once(child, 'exit');
  if (typeof at === 'number') {
    await once(child.stdout, 'data');
    await sleep(at);
    child.kill('SIGKILL');
  }
  expect(await ended).toEqual([null, 'SIGKILL']);
}

/** What is there is whole, and nothing else is there. Returns how many snapshots were seen. */
async function checkWhole(path: string): Promise<number> {
  await using client = new QdrantClient({ path });
  const folders = ['collections/c-c', 'all'].map((name) => join(path, 'qdrant-snapshots', name));
  const lists = [await client.listSnapshots('c'), await client.listFullSnapshots()];
  for (const [i, list] of lists.entries()) {
    for (const { name, size, checksum } of list) {
      const bytes = readFileSync(join(folders[i]!, name));
      expect([bytes.length, createHash('sha256').update(bytes).digest('hex')], name).toEqual([
        size,
        checksum,
      ]);
    }
    const names = list.flatMap(({ name }) => [name, `${name}.checksum`]).sort();
    expect(existsSync(folders[i]!) ? readdirSync(folders[i]!).sort() : []).toEqual(names);
  }
  for (const { name } of lists[0]!) {
    const location = pathToFileURL(join(folders[0]!, name)).href;
    await client.recoverSnapshot('copy', { location });
    expect(await client.count('copy')).toEqual({ count: POINTS });
    await client.deleteSnapshot('c', name);
  }
  for (const { name } of lists[1]!) await client.deleteFullSnapshot(name);
  return lists.flat().length;
}

async function prepare(path: string): Promise<void> {
  await using client = new QdrantClient({ path });
  const optimizers_config = { indexing_threshold: 0 };
  await client.createCollection('c', { vectors: { size: 64, distance: 'Dot' }, optimizers_config });
  const vector = Array(64).fill(0.5);
  const payload = { text: 'x'.repeat(200) };
  await client.upsert('c', { points: Array.from({ length: POINTS }, (_, id) => ({ id, vector, payload })) });
}

test('killed at any moment, no half of a snapshot is listed, and the next start clears what is left', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'db');
    await prepare(path);
    const random = randomOf(SEED);
    const moments = Array.from({ length: KILLS }, () => integer(random, 0, 300));
    for (const at of ['snapshotRenamed', ...moments]) {
      await killed(path, at);
      await checkWhole(path).catch((error: Error) => {
        throw new Error(`killed at ${at} (SILT_SEED=${SEED}): ${error.message}`, { cause: error });
      });
    }
  }));
