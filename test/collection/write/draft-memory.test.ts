/* Memory of drafts that are committed is used for later ones: no write ever holds the vectors of another. */
import { describe, expect, test } from 'vitest';
import { DraftMemory, KEPT_BYTES } from '#silt/collection/write/draft-memory.js';
import { type Collection, open } from '#silt/index.js';
import { amount } from '../../support/amount.js';
import { same } from '../../support/databases.js';
import { withFolder } from '../../support/files.js';

const DIMENSION = 200;
/** A write of so many takes memory that is kept. */
const ROWS = 100;
const CONFIG = { dimension: DIMENSION, metric: 'euclidean', indexing: { paused: true } } as const;

describe('the memory', () => {
  test('is used again only when it was given back, and only for a write that is not far smaller', () => {
    const memory = new DraftMemory();
    const first = memory.take(50_000);
    const second = memory.take(50_000);
    expect(second.buffer).not.toBe(first.buffer);
    memory.giveBack(first);
    expect(memory.take(20_000).buffer).not.toBe(first.buffer);
    expect(memory.take(50_001).buffer).not.toBe(first.buffer);
    const again = memory.take(30_000);
    expect(again.buffer).toBe(first.buffer);
    expect(again.length).toBe(30_000);
    expect(memory.take(30_000).buffer).not.toBe(first.buffer);
  });

  test('that is kept is bounded: of what was given back first, the first goes', () => {
    const memory = new DraftMemory();
    const quarter = KEPT_BYTES / 16; // components
    const five = Array.from({ length: 5 }, () => memory.take(quarter));
    for (const one of five) memory.giveBack(one);
    const taken = Array.from({ length: 5 }, () => memory.take(quarter).buffer);
    expect(five.slice(1).every(({ buffer }) => taken.includes(buffer))).toBe(true);
    expect(taken).not.toContain(five[0]!.buffer);
    const large = memory.take(KEPT_BYTES / 4);
    memory.giveBack(large);
    expect(memory.take(KEPT_BYTES / 4).buffer).not.toBe(large.buffer);
  });

  test('of ordinary vectors and of few is left to the collector', () => {
    const memory = new DraftMemory();
    const [few, ordinary] = [memory.take(100), new Float32Array(50_000)];
    memory.giveBack(few);
    memory.giveBack(ordinary);
    expect(memory.take(100).buffer).not.toBe(few.buffer);
    expect(memory.take(50_000).buffer).not.toBe(ordinary.buffer);
  });
});

/** Each component tells of which write and point it is. */
function pointOf(write: number, i: number): { id: string; vector: Float32Array } {
  return {
    id: `${write}/${i}`,
    vector: Float32Array.from({ length: DIMENSION }, (_, c) => 1_000 * write + i + c / 1_000),
  };
}

/** Of so many points, one is searched for. */
const STEP = amount('SILT_STEP', 10, 1);

/** Writes of all kinds, several on their way at once. */
async function writeMany(points: Collection): Promise<void> {
  for (let round = 0; round < 5; round++) {
    const writes = [0, 1, 2, 3].map((k) => {
      const write = 4 * round + k;
      const rows = Array.from({ length: ROWS - 7 * k }, (_, i) => pointOf(write, i));
      const bad = { id: 'bad', vector: new Float32Array(DIMENSION).fill(Number.NaN) };
      if (k === 1) return points.upsert([...rows, bad], { onInvalid: 'skip' });
      if (k === 2) return points.upsert([{ id: rows[0]!.id, vector: bad.vector.fill(7) }, ...rows]); // given twice
      return k === 3 ? points.ingest(rows, { batchSize: 90 }) : points.upsert(rows);
    });
    const refused = points.upsert([pointOf(99, 0), { id: 'bad', vector: [] }]);
    await expect(refused).rejects.toMatchObject({ code: 'INVALID_VECTOR' });
    await Promise.all(writes);
  }
}

async function expectAll(points: Collection): Promise<void> {
  for (let write = 0; write < 20; write++) {
    for (let i = 0; i < ROWS - 7 * (write % 4); i++) {
      const { id, vector } = pointOf(write, i);
      const stored = (await points.get(id))?.vector;
      if (!stored || !same(stored, vector)) expect(stored, id).toEqual(vector);
      if (i % STEP !== 0) continue; // a scan of all
      const [hit] = await points.search(vector, { k: 1, exact: true });
      expect(hit).toMatchObject({ id, score: 0 });
    }
  }
  expect(await points.count()).toBe(20 * ROWS - 5 * 7 * (1 + 2 + 3));
}

test.each(['memory', 'disk'] as const)(
  'each point keeps its own vector, vectors in %s, also when the database is opened again',
  async (vectors) => {
    await withFolder(async (folder) => {
      const db = await open(folder);
      const points = await db.createCollection('points', { ...CONFIG, vectors });
      await writeMany(points);
      await expectAll(points);
      await db.close();
      const again = await open(folder);
      await expectAll(again.collection('points'));
      await again.close();
    });
  },
);

test('the same where the database is in memory, whose store keeps what it was given', async () => {
  const db = await open();
  const points = await db.createCollection('points', CONFIG);
  await writeMany(points);
  await expectAll(points);
  await db.close();
});
