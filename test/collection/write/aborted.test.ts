/* Writes whose signal aborts: before the call, in it, and at any moment after it. Each is done as a whole, or not at all. */
import { describe, expect, test } from 'vitest';
import { type Collection, open } from '#silt/index.js';
import { BACKENDS } from '../../support/databases.js';
import { withFolder } from '../../support/files.js';
import { integer, randomOf } from '../../support/random.js';

const CONFIG = { dimension: 2, metric: 'dot', indexing: { paused: true } } as const;
const SEED = Number(process.env['SILT_SEED'] ?? 1);
const ROUNDS = 120;

/** Some moment between two microtasks, or two turns, of the next few. */
async function moment(random: () => number): Promise<void> {
  for (let turns = integer(random, 0, 3); turns > 0; turns--) await new Promise((go) => setImmediate(go));
  for (let ticks = integer(random, 0, 12); ticks > 0; ticks--) await null;
}

const WRITES: Record<string, (c: Collection, ids: number[], o: object) => Promise<unknown>> = {
  upsert: (c, ids, o) =>
    c.upsert(
      ids.map((id) => ({ id, vector: [1, 1] })),
      o,
    ),
  delete: (c, ids, o) => c.delete(ids, o),
  'delete by filter': (c, ids, o) =>
    c.delete({ filter: { must: { key: 'of', match: { value: ids[0]! } } } }, o),
};

describe.each(BACKENDS)('a signal that aborts at some moment (%s)', (backend) => {
  test.each(Object.keys(WRITES))(
    '%s: it rejects with the reason and nothing is done, or all is done',
    (kind) =>
      withFolder(async (folder) => {
        await using db = await open(backend === 'disk' ? folder : undefined);
        const c = await db.createCollection('c', CONFIG);
        const random = randomOf(SEED);
        const before = kind === 'upsert' ? 0 : 3;
        let aborted = 0;
        for (let round = 0; round < ROUNDS; round++) {
          const ids = [3 * round, 3 * round + 1, 3 * round + 2];
          if (before > 0) await c.upsert(ids.map((id) => ({ id, vector: [1, 1], payload: { of: ids[0]! } })));
          const abort = new AbortController();
          const early = integer(random, 0, 8) === 0;
          if (early) abort.abort('stop');
          const ended = WRITES[kind]!(c, ids, { signal: abort.signal }).then(
            () => 'done',
            (reason: unknown) => reason,
          );
          await moment(random);
          abort.abort('stop');
          const end = await ended;
          const there = (await c.getMany(ids)).filter((point) => point !== undefined).length;
          const place = `round ${round}; again: SILT_SEED=${SEED}`;
          expect(early && end === 'done', place).toBe(false);
          expect([end, there], place).toEqual(end === 'done' ? ['done', 3 - before] : ['stop', before]);
          if (end === 'stop') aborted++;
        }
        expect(aborted).toBeGreaterThan(0);
      }),
  );
});
