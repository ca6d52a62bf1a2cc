/*
 * A database of store format 1 is killed while its rows are rewritten, at named places and at any moment, until it is
 * done: at every opening in between every point is there as it was, and what is rewritten stays so.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type Database, open, type Point } from '#silt/index.js';
import { STORE_VERSION } from '#silt/store/lmdb/identity.js';
import { withFolder } from '../support/files.js';
import { copyFormat1, expectFormat1, formatOf, toFormat1 } from '../support/formats.js';
import { randomOf } from '../support/random.js';

const { pointOf, UPGRADE_POINTS } = (await import(new URL('upgrade-points.mjs', import.meta.url).href)) as {
  pointOf(number: number): Point & { vector: number[] };
  UPGRADE_POINTS: number;
};
const SEED = Number(process.env['SILT_CRASH_SEED'] ?? 1);
/** A child at a time, each a second or two on a busy machine. */
const TIMEOUT_MS = 120_000;

const child = fileURLToPath(new URL('upgrade.mjs', import.meta.url));

/** Runs a process that upgrades; returns whether it came to its end. */
async function upgrades(path: string, place: string | undefined, killAfterMs?: number): Promise<boolean> {
  const env = { ...process.env, SILT_TEST_CRASH_AT: place ?? '' };
  const running = spawn(process.execPath, [child, path], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  running.stderr.on('data', (text: Buffer) => (errors += text.toString()));
  if (killAfterMs !== undefined)
    running.stdout.once('data', () => setTimeout(() => running.kill('SIGKILL'), killAfterMs));
  const [code, signal] = (await once(running, 'close')) as [number | null, string | null];
  if (signal !== 'SIGKILL') expect({ code, errors }).toEqual({ code: 0, errors: '' });
  return signal === null;
}

async function expectPoints(db: Database): Promise<void> {
  const points = db.collection('points');
  const extra = (await points.get('extra')) ? 10 : 0; // a process was killed before it deleted them
  expect(await points.count()).toBe(UPGRADE_POINTS + extra);
  for (let number = 0; number < UPGRADE_POINTS; number++) {
    const { id, vector, payload } = pointOf(number);
    const found = await points.get(id);
    // Asked of each on its own: `expect` takes longer than all of it.
    if (JSON.stringify([found?.payload, [...(found?.vector ?? [])]]) !== JSON.stringify([payload, vector]))
      expect({ id, ...found }).toEqual({ id, vector: Float32Array.from(vector), payload });
  }
}

test(
  'killed again and again while rows are rewritten, a database of format 1 keeps every point',
  () =>
    withFolder(async (folder) => {
      const path = join(folder, 'db');
      const made = await open(path);
      const config = { dimension: 3, metric: 'euclidean', indexing: { paused: true } } as const;
      const points = await made.createCollection('points', config);
      await points.upsert(Array.from({ length: UPGRADE_POINTS }, (_, number) => pointOf(number)));
      await made.close();
      await toFormat1(path);
      expect(await formatOf(path)).toEqual({ version: 1, upgrading: false, oldRows: UPGRADE_POINTS });

      const random = randomOf(SEED);
      const before: number[] = [];
      // The first transactions of a process: the new version, then rows and writes by turns.
      for (const place of [
        'transaction:0',
        'written:0',
        'committed:0',
        'written:1',
        'transaction:2',
        'committed:3',
      ]) {
        expect(await upgrades(path, place)).toBe(false);
        before.push((await formatOf(path)).oldRows);
      }
      const killed = await formatOf(path);
      expect(killed).toMatchObject({ version: STORE_VERSION, upgrading: true });
      expect(killed.oldRows).toBeGreaterThan(0);
      const db = await open(path);
      await expectPoints(db);
      await db.close();
      for (let tries = 0; (await formatOf(path)).upgrading; tries++) {
        await upgrades(path, undefined, tries < 5 ? 60 * random() ** 2 : undefined);
        before.push((await formatOf(path)).oldRows);
      }
      expect(before, `SILT_CRASH_SEED=${SEED}`).toEqual([...before].sort((a, b) => b - a));
      expect(await formatOf(path)).toEqual({ version: STORE_VERSION, upgrading: false, oldRows: 0 });
      const after = await open(path);
      await expectPoints(after);
      expect(await after.collection('points').verify()).toMatchObject({ ok: true });
      await after.close();
    }),
  TIMEOUT_MS,
);

test('the version is raised before the first row is rewritten, and an unfinished upgrade is no less complete', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'db');
    await copyFormat1(path);
    const old = await formatOf(path);
    expect(old).toMatchObject({ version: 1, upgrading: false });
    expect(await upgrades(path, 'transaction:0')).toBe(false);
    expect(await formatOf(path)).toEqual(old);
    expect(await upgrades(path, 'committed:0')).toBe(false);
    expect(await formatOf(path)).toEqual({ version: STORE_VERSION, upgrading: true, oldRows: old.oldRows });
    const db = await open(path);
    await expectFormat1(db);
    await db.close();
  }));
