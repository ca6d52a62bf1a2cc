/*
 * A process that gives its collections other names, makes and drops some, backs up and restores, without end, and is killed
 * at some moment: afterwards each of these is done or not done. SILT_KILLS=40 kills more often.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { open } from '#silt/index.js';
import { withFolder } from '../support/files.js';
import { integer, randomOf } from '../support/random.js';
import { ROOT } from '../support/sources.js';

const KILLS = Number(process.env['SILT_KILLS'] ?? 4);
const SEED = Number(process.env['SILT_SEED'] ?? 1);
const POINTS = 400;

const SCRIPT = `
  import { open, restore } from ${JSON.stringify(pathToFileURL(join(ROOT, 'dist/index.js')).href)};
  const [folder, round] = process.argv.slice(1);
  const config = { dimension: 2, metric: 'dot' };
  const db = await open(folder + '/data');
  const names = ['a', 'b'];
  if (!db.collections().some(({ name }) => name === 'a')) names.reverse();
  console.log('ready');
  for (let i = 0; ; i++) {
    await Promise.all([
      db.renameCollection(names[i % 2], names[(i + 1) % 2]),
      db.getOrCreateCollection('c', config).then((c) => c.upsert([{ id: 1, vector: [1, 1] }, { id: 2, vector: [1, 1] }])).catch((e) => { if (e.code !== 'COLLECTION_NOT_FOUND') throw e; }),
      db.getOrCreateCollection('c', config),
      i % 3 === 0 ? db.dropCollection('c') : undefined,
      i % 2 === 0 ? db.backup(folder + '/copy-' + round + '-' + i) : undefined,
    ]);
    if (i % 4 === 2) await restore(folder + '/copy-' + round + '-' + i, folder + '/again-' + round + '-' + i);
  }`;

test('killed at any moment: a collection has one of its names and all of its points, and copies are whole', () =>
  withFolder(async (folder) => {
    const random = randomOf(SEED);
    const db = await open(join(folder, 'data'));
    const a = await db.createCollection('a', { dimension: 2, metric: 'dot' });
    await a.upsert(Array.from({ length: POINTS }, (_, id) => ({ id, vector: [id, 1] })));
    await db.close();
    let copies = 0;
    for (let round = 0; round < KILLS; round++) {
      const args = ['--input-type=module', '-e', SCRIPT, folder, String(round)];
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      const exit = once(child, 'exit');
      await once(child.stdout, 'data');
      await new Promise((resolve) => setTimeout(resolve, integer(random, 5, 250)));
      child.kill('SIGKILL');
      expect(await exit).toEqual([null, 'SIGKILL']);
      for (const name of readdirSync(folder).filter((each) => !each.startsWith('.'))) {
        const found = await open(join(folder, name));
        const place = `${name}, round ${round}; again: SILT_SEED=${SEED}`;
        const [main, other, ...more] = found.collections();
        expect(['a', 'b'], place).toContain(main!.name);
        expect(main!.points, place).toBe(POINTS);
        expect([undefined, 'c'], place).toContain(other?.name);
        expect([undefined, 0, 2], place).toContain(other?.points);
        expect(more, place).toEqual([]);
        expect((await found.collection(main!.name).verify()).ok, place).toBe(true);
        await found.close();
        if (name === 'data') continue;
        copies++;
        rmSync(join(folder, name), { recursive: true });
      }
    }
    expect(copies).toBeGreaterThan(0);
  }));
