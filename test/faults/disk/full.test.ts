/*
 * T10 on a disk that is really full: writes are refused with DISK_FULL, what was acknowledged stays, also when the
 * database is closed and opened on the full disk, and all goes on when there is room.
 */
import { closeSync, openSync, readdirSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Collection, open, StoreError } from '#silt/index.js';
import { expectHolds, type Points, pointsOf } from '../../support/points.js';
import { withSmallDisk } from '../../support/small-disk.js';

const MIB = 1 << 20;
const DIMENSION = 512;

/** Writes until the disk refuses; returns what it said. */
async function fill(words: Collection, model: Points, batch: number): Promise<unknown> {
  for (let round = 0; round < 10_000; round++) {
    const points = pointsOf(1_000 + model.size, batch, DIMENSION, model.size);
    try {
      await words.upsert(points);
    } catch (error) {
      return error;
    }
    for (const point of points) model.set(point.id, point);
  }
  return undefined;
}

/** Takes every block that is left. */
function fillUp(path: string): void {
  const file = openSync(path, 'a');
  try {
    for (;;) writeSync(file, new Uint8Array(4_096));
  } catch (error) {
    expect(error).toMatchObject({ code: 'ENOSPC' });
  } finally {
    closeSync(file);
  }
}

/** The code that a write of a few megabytes is refused with. */
async function refusal(words: Collection): Promise<string | undefined> {
  return words.upsert(pointsOf(5, 1_000, DIMENSION, 1_000_000)).then(
    () => undefined,
    (error: StoreError) => error.code,
  );
}

const SIZES = {
  'small batches, linked meanwhile': { batch: 50, indexing: { mergeThreshold: 200, threads: 1 } },
  'large batches': { batch: 500, indexing: { paused: true, threads: 1 } },
} as const;

for (const [name, { batch, indexing }] of Object.entries(SIZES)) {
  test(`a full disk: ${name}`, (context) =>
    withSmallDisk(context, 24 * MIB, async (folder) => {
      const path = join(folder, 'db');
      const ballast = join(folder, 'ballast');
      writeFileSync(ballast, new Uint8Array(15 * MIB));
      const model: Points = new Map();
      const config = { dimension: DIMENSION, metric: 'euclidean', indexing } as const;
      const database = await open(path);
      const words = await database.createCollection('words', config);

      // Full, three times over: nothing is acknowledged and gone, nothing that was refused is there.
      for (let tries = 0; tries < 3; tries++) {
        const refused = await fill(words, model, batch);
        expect(refused).toBeInstanceOf(StoreError);
        expect(refused).toMatchObject({ code: 'DISK_FULL' });
        await expectHolds(words, model);
      }
      await words.buildNow();
      expect((await words.verify()).ok).toBe(true);
      expect(words.status().pending).toBe(0);

      // Not a block is left: a snapshot finds no room, and closing and opening come to their ends all the same.
      fillUp(join(folder, 'rest'));
      await database.close();
      const onFull = await open(path);
      await expectHolds(onFull.collection('words'), model);
      expect(await refusal(onFull.collection('words'))).toBe('DISK_FULL');
      await expectHolds(onFull.collection('words'), model);

      // With room again, it works again: at once, and from the next opening on.
      rmSync(ballast);
      rmSync(join(folder, 'rest'));
      const more = pointsOf(77, 100, DIMENSION, model.size);
      await onFull.collection('words').upsert(more);
      for (const point of more) model.set(point.id, point);
      await onFull.collection('words').buildNow();
      await onFull.collection('words').compact();
      expect(onFull.collection('words').status()).toMatchObject({ lastError: null, pending: 0 });
      await onFull.close();
      expect(readdirSync(join(path, 'snapshots'))).toEqual(['1.snapshot']);
      const again = await open(path);
      await expectHolds(again.collection('words'), model);
      expect((await again.collection('words').verify()).ok).toBe(true);
      await again.close();
    }));
}
