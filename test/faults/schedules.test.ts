/* Random schedules: searches, deletes and upserts from the calling thread while others link. */
import { expect, test } from 'vitest';
import type { Id } from '#silt/index.js';
import { someOf } from '../support/amount.js';
import { expectExact, expectSound } from '../support/index.js';
import { integer, randomOf } from '../support/random.js';
import { Stream } from '../support/stream.js';

const SEEDS = process.env['SILT_SEED'] ? [Number(process.env['SILT_SEED'])] : someOf([1, 2, 3, 4, 5, 6], 3);

test.each(SEEDS.map((seed) => ({ seed })))(
  'SILT_SEED=$seed npx vitest run test/faults/schedules',
  async ({ seed }) => {
    const random = randomOf(seed);
    const threads = integer(random, 2, 5);
    const stream = new Stream({ threads, efConstruction: 50, m: 12, seed });
    const pick = (): Id => [...stream.rows.keys()][integer(random, 0, stream.rows.size)]!;
    let next = 0;
    let version = 0;
    const grow = (count: number): void => {
      stream.enqueue(seed * 1000 + version++, count, next);
      next += count;
    };
    grow(300);
    for (let build = 0; build < 4; build++) {
      grow(400);
      const built = stream.builder.triggerBuildAsync();
      while (stream.builder.isBuilding) {
        for (let i = integer(random, 0, 4); i > 0; i--) {
          const draw = random();
          if (draw < 0.25) stream.put([[pick(), stream.vectors(seed * 1000 + version++, 1)[0]!]]);
          else if (draw < 0.45) stream.remove(pick());
          else if (draw < 0.5) grow(integer(random, 1, 20));
          else if (draw < 0.55) {
            const id = pick();
            const vector = stream.rows.get(id)!;
            stream.remove(id);
            stream.index.insert(id, vector);
            stream.rows.set(id, vector);
          } else {
            const { rows, metric } = stream;
            const query = rows.get(pick())!;
            const k = integer(random, 1, 30);
            if (draw < 0.65)
              expectExact(stream.index.search(query, rows.size), { rows, metric, query, k: rows.size });
            else if (draw < 0.75) {
              const filter = (id: Id): boolean => Number(id) % 7 === seed % 7;
              expectSound(stream.index.search(query, k, { ef: 40, filter }), {
                rows,
                metric,
                query,
                k,
                filter,
              });
            } else expectSound(stream.index.search(query, k, { ef: 40 }), { rows, metric, query, k });
          }
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
      await built;
      expect(stream.index.verify().ok).toBe(true);
      stream.expectWhole();
    }
    await stream.builder.triggerBuildAsync();
    stream.expectSettled();
  },
);
