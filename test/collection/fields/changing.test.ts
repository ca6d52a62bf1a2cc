/* Fields that come and go between writes, compactions and openings, against a plain model. SILT_SEED=7 tries one seed. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { open } from '#silt/index.js';
import { amount } from '../../support/amount.js';
import { ChangingFields } from '../../support/changing-fields.js';
import { withFolder } from '../../support/files.js';
import { randomOf } from '../../support/random.js';

const ONE = process.env['SILT_SEED'];
const SEEDS = ONE ? [Number(ONE)] : Array.from({ length: amount('SILT_SEEDS', 3, 16) }, (_, i) => i + 1);
const STEPS = 60;

describe.each(['memory', 'disk'] as const)('on %s', (where) => {
  test.each(SEEDS)('fields come and go, and nothing else changes (SILT_SEED=%i)', (seed) =>
    withFolder(async (folder) => {
      const path = where === 'disk' ? join(folder, 'db') : undefined;
      const random = randomOf(seed);
      const model = new ChangingFields(random);
      let db = await open(path);
      try {
        await db.createCollection('c', model.config);
        for (let i = 0; i < STEPS; i++) {
          await model.step(db.collection('c'));
          if (random() < 0.4) await model.expectSame(db.collection('c'));
          if (random() < 0.1) await db.collection('c').buildNow();
          if (path === undefined || random() > 0.12) continue;
          model.done.push('reopen');
          await db.close();
          db = await open(path);
          await model.expectSame(db.collection('c'));
        }
        expect(await db.collection('c').verify()).toMatchObject({ ok: true, missingRows: 0, extraRows: 0 });
      } catch (error) {
        throw new Error(`${model.done.join(', ')}: ${(error as Error).message}`, { cause: error });
      } finally {
        await db.close();
      }
    }),
  );
});
