/* Files of fields and slots, random: whatever files there are when a database is opened, answers are those of its store. */
import { cp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { open } from '#silt/index.js';
import { withFolder } from '../../support/files.js';
import { runs } from '../../support/properties.js';
import { integer, type Random, randomOf } from '../../support/random.js';
import { CONFIG, change, expectAsNew } from './twin.js';

/** Puts some files of an earlier moment in the place of those of now, and takes some away. */
async function mixed(folder: string, earlier: string, random: Random): Promise<void> {
  const names = new Set([...(await readdir(folder)), ...(await readdir(earlier).catch(() => []))]);
  for (const name of names) {
    const draw = random();
    if (draw < 0.4) continue;
    await rm(join(folder, name), { force: true });
    if (draw < 0.9) await cp(join(earlier, name), join(folder, name)).catch(() => {});
  }
}

test('opened with files of different moments, or without some, a collection of fields answers as its store says, bit by bit', async () => {
  const first = Number(process.env['SILT_SEED'] ?? 1);
  for (let seed = first; seed < first + runs(15); seed++)
    await withFolder(async (folder) => {
      const random = randomOf(seed);
      const path = join(folder, 'db');
      const [snapshots, earlier] = [join(path, 'snapshots'), join(folder, 'earlier')];
      let isMixed = false;
      for (let life = 0; life < 5; life++) {
        const db = await open(path, random() < 0.3 ? { closeBudgetMs: 0 } : {});
        const points = await db.getOrCreateCollection('points', CONFIG);
        if (life === 0) await points.createPayloadIndex('n', 'integer');
        try {
          if (life > 0) await expectAsNew(path, points, random);
          for (let i = integer(random, 1, 12); i > 0; i--) await change(points, random);
          if (random() < 0.3) await expectAsNew(path, points, random);
          expect(points.status().lastError).toBeNull();
        } catch (error) {
          throw new Error(`SILT_SEED=${seed} SILT_RUNS=1, life ${life}`, { cause: error });
        } finally {
          await db.close();
        }
        const mix: boolean = !isMixed && random() < 0.4;
        if (mix) await mixed(snapshots, earlier, random);
        isMixed = mix; // the files behind a mixture are of another life
        if (mix) continue;
        await rm(earlier, { recursive: true, force: true });
        await cp(snapshots, earlier, { recursive: true });
      }
    });
});
