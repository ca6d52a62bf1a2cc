/* Vectors of single fields are changed in any order with other writes: everything is as in a plain model, at every step. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Database, open } from '#silt/index.js';
import { amount } from '../../support/amount.js';
import { CONFIG, FieldsModel, writeSome } from '../../support/fields-model.js';
import { withFolder } from '../../support/files.js';
import { randomOf } from '../../support/random.js';

const SEEDS = Array.from({ length: amount('SILT_SEEDS', 4, 24) }, (_, i) => i + 1);
const STEPS = amount('SILT_STEPS', 60, 120);

test.each(SEEDS)('writes of all kinds, reopening, building and compacting: seed %i', (seed) =>
  withFolder(async (folder) => {
    const random = randomOf(seed);
    const inMemory = seed % 4 === 0;
    const path = inMemory ? undefined : join(folder, 'db');
    const model = new FieldsModel(random);
    let db: Database = await open(path);
    let points = await db.createCollection('points', CONFIG);
    const done: string[] = [];
    const upkeep = async (): Promise<void> => {
      const draw = random();
      if (draw < 0.1) {
        done.push('build');
        await points.buildNow();
      } else if (draw < 0.15) {
        done.push('compact');
        const compacting = points.compact();
        if (random() < 0.7) await writeSome(model, points);
        await compacting;
      } else if (draw < 0.27 && path !== undefined) {
        done.push('reopen');
        await db.close();
        db = await open(path);
        points = db.collection('points');
      }
    };
    try {
      for (let step = 0; step < STEPS; step++) {
        done.push('write');
        await writeSome(model, points);
        await upkeep();
        await model.expectSearches(points);
        if (step % 5 === 0) await model.expectPoints(points);
      }
      await points.buildNow();
      await model.expectSearches(points);
      await model.expectPoints(points);
      expect(await points.verify()).toMatchObject({ ok: true, missingRows: 0, extraRows: 0 });
    } catch (error) {
      throw new Error(`seed ${seed}, after ${done.join(' ')}: ${(error as Error).message}`, { cause: error });
    } finally {
      await db.close();
    }
  }),
);
