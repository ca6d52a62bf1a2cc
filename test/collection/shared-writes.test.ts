/*
 * Searches that other threads answer while points are written, deleted, linked and compacted: filtered ones, of vectors on
 * the disk, of many arenas. What was acknowledged before a search is found, whether it was replaced meanwhile or not; what
 * was deleted before is not; nothing comes twice, and no answer is short.
 */
import { availableParallelism } from 'node:os';
import { afterEach, describe, expect, test } from 'vitest';
import { type Collection, type Database, open, type SearchOptions } from '#silt/index.js';
import { amount, someOf } from '../support/amount.js';
import { liveOf } from '../support/databases.js';
import { arenaBytesFor, TINY_HNSW } from '../support/machines.js';
import { gaussianVectors, randomOf } from '../support/random.js';
import { newMemoryStore, openWith } from '../support/stores.js';

const DIMENSION = 40;
const ROWS = 3_000;
/** The id of a point that is written again and again as it is. */
const STEADY = ROWS + 1;
const SEEDS = amount('SILT_SEEDS', 1, 1);
const LOOKS = amount('SILT_LOOKS', 300, 2_000);
const CONFIG = { dimension: DIMENSION, metric: 'euclidean' } as const;
const PAUSED = { indexing: { paused: true } } as const;
const FILTER: SearchOptions['filter'] = { must: [{ key: 'odd', match: { value: 1 } }] };

let db: Database;
afterEach(() => db.close());

const KINDS: Record<string, () => Promise<Collection>> = {
  'in memory': async () => {
    db = await open();
    return db.createCollection('c', { ...CONFIG, ...PAUSED });
  },
  'vectors on the disk': async () => {
    db = await open();
    return db.createCollection('c', { ...CONFIG, ...PAUSED, storage: 'disk' });
  },
  'many arenas': async () => {
    db = await openWith(newMemoryStore(), undefined, {
      threads: 2,
      arenaBytes: arenaBytesFor(CONFIG, 2, 12),
    });
    return db.createCollection('c', { ...CONFIG, ...PAUSED, hnsw: TINY_HNSW });
  },
};

const cases = someOf(Object.keys(KINDS), 3).flatMap((kind) =>
  Array.from({ length: SEEDS }, (_, i) => [kind, i + 1] as const),
);

describe.each(cases)('%s, SILT_SEEDS: seed %i', (kind, seed) => {
  test('what was acknowledged is found, filtered or not', { timeout: 60_000 }, async () => {
    const random = randomOf(seed);
    const points = await KINDS[kind]!();
    await points.createPayloadIndex('odd', 'integer');
    const first = gaussianVectors(seed, ROWS, DIMENSION);
    const payloadOf = (id: number): { odd: number } => ({ odd: id % 2 });
    await points.upsert(first.map((vector, id) => ({ id, vector, payload: payloadOf(id) })));
    await points.buildNow();
    /** By id: the vector acknowledged last, none where it is deleted. `writes` counts those begun, `busy` those under way. */
    const state = first.map((vector) => ({ vector: vector as Float32Array | undefined, writes: 0, busy: 0 }));
    const { engine } = liveOf(points).graphs[0]!;
    let [looks, writes, compactions, going] = [0, 0, 0, true];
    const elsewhere = (): number => liveOf(points).graphs[0]!.engine.crew.answered;
    const write = async (): Promise<void> => {
      const id = Math.floor(random() * ROWS);
      const one = state[id]!;
      if (one.busy > 0) return;
      one.busy++;
      one.writes++;
      const kept = random();
      // Often as it is: then it must be in every answer, also in those that are under way.
      const vector =
        kept < 0.5
          ? one.vector
          : kept < 0.9
            ? gaussianVectors(seed * 1e6 + writes, 1, DIMENSION)[0]
            : undefined;
      writes++;
      if (vector) await points.upsert({ id, vector, payload: payloadOf(id) });
      else await points.delete([id]);
      if (vector !== one.vector) one.writes++; // looks that began before may have seen either
      one.vector = vector;
      one.busy--;
    };
    const look = async (): Promise<void> => {
      const id = Math.floor(random() * ROWS);
      const one = state[id]!;
      const { vector, busy, writes: before } = one;
      const filter = random() < 0.6 ? FILTER : undefined;
      const hits = await points.search(vector ?? first[id]!, { k: 5, filter });
      const ids = hits.map((hit) => hit.id);
      expect(new Set(ids).size).toBe(5);
      if (filter) for (const hit of ids) expect((hit as number) % 2).toBe(1);
      if (busy > 0 || one.busy > 0 || one.writes !== before) return; // it was written meanwhile
      const wanted = vector !== undefined && (!filter || id % 2 === 1);
      if (wanted) expect(hits[0]).toMatchObject({ id, score: 0 });
      else expect(ids).not.toContain(id);
    };
    /** One that is written again and again as it is: it is in every answer, whatever is under way. */
    const steady = gaussianVectors(seed + 77, 1, DIMENSION)[0]!;
    await points.upsert({ id: STEADY, vector: steady, payload: { odd: 1 } });
    const others: Promise<void>[] = Array.from({ length: 3 }, async () => {
      while (going) {
        await write();
        if (random() < 0.2) await new Promise((resolve) => setTimeout(resolve, random() * 4));
      }
    });
    others.push(
      (async () => {
        for (let i = 0; going; i++) {
          await points.upsert({ id: STEADY, vector: steady, payload: { odd: 1 } });
          if (i % 50 === 20) await points.buildNow();
          if (i % 50 === 40) {
            await points.compact();
            compactions++;
          }
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
      })(),
    );
    const start = elsewhere();
    let seen = 0;
    const unshared = (): boolean => availableParallelism() > 1 && seen + elsewhere() === 0;
    await Promise.all(
      Array.from({ length: 12 }, async (_, caller) => {
        while (looks < LOOKS || compactions < 2 || unshared()) {
          looks++;
          if (caller % 3 > 0) await look();
          else {
            const filter = caller === 0 ? FILTER : undefined;
            const hits = await points.search(steady, { k: 5, filter });
            expect(hits[0]).toMatchObject({ id: STEADY, score: 0 });
            expect(new Set(hits.map(({ id }) => id)).size).toBe(5);
          }
          seen = Math.max(seen, liveOf(points).graphs[0]!.engine === engine ? elsewhere() - start : seen);
        }
      }),
    );
    going = false;
    await Promise.all(others);
    await points.buildNow();
    expect(await points.verify()).toMatchObject({ ok: true, missingRows: 0, extraRows: 0 });
  });
});
