/* The slot of a row is the number of rows that were written before it, whatever arenas there are, and it stays. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { slotOf, slotsOf } from '#silt/hnsw/slots.js';
import { HnswIndex, type HnswOptions } from '#silt/index.js';
import { withFolder } from '../support/files.js';
import { codeOf, numbered } from '../support/index.js';
import { arenaBytesFor, TINY_HNSW } from '../support/machines.js';
import { integer, randomOf, vectorsFor } from '../support/random.js';

const SHAPE = { dimension: 4, metric: 'euclidean' } as const;
const arenaBytes = arenaBytesFor(SHAPE, 2, 1);
/** As in a collection, whose arenas have scratch for as many scanning threads. */
const optionsFor = (threads: number): HnswOptions =>
  ({ ...SHAPE, ...TINY_HNSW, arenaBytes, threads, searchers: threads }) as HnswOptions;
const vectors = vectorsFor('euclidean', 1, 400, SHAPE.dimension);
const SEEDS = [1, 2, 3, 4, 5];

const rowsOf = (index: HnswIndex) => index._internals().rows;

/** Ids are given in the order of writing, from 0: so they are slots. */
function expectSlots(index: HnswIndex, written: number): void {
  const { arenas } = rowsOf(index);
  expect(slotsOf(arenas)).toBe(written);
  const slots = arenas.flatMap((arena) => Array.from({ length: arena.rows }, (_, row) => slotOf(arena, row)));
  expect(slots).toEqual(Array.from({ length: written }, (_, slot) => slot));
  for (const id of [0, 127, 128, 200, written - 1]) {
    if (id >= written || id < 0 || !index.has(id)) continue;
    const { arena, row } = rowsOf(index).find(id)!;
    expect(slotOf(arena, row)).toBe(id);
    expect(arena.idOf(row)).toBe(id);
  }
}

test.each(SEEDS)(
  'through rejected batches, reserved rows, deletes and other machines: seed %d',
  async (seed) => {
    await withFolder(async (folder) => {
      const random = randomOf(7_919 * seed);
      let index = new HnswIndex(optionsFor(1 + (seed % 2)));
      let written = 0;
      const batch = (count: number) => numbered(vectors.slice(0, count), written) as [number, Float32Array][];
      for (let step = 0; step < 40; step++) {
        const rows = rowsOf(index);
        const draw = random();
        if (draw < 0.4) {
          const pairs = batch(integer(random, 1, 200));
          rows.append(pairs);
          written += pairs.length;
        } else if (draw < 0.55) {
          const bad = [...batch(integer(random, 1, 400)), [1, [Number.NaN, 0, 0, 0]] as const];
          expect(codeOf(() => rows.append(bad))).toBe('INVALID_VECTOR');
        } else if (draw < 0.65) rows.reserve(integer(random, 1, 600));
        else if (draw < 0.75) {
          // Staged in two parts, the second behind the first, as the writes of a group are; half of them are never committed.
          const [one, two] = [batch(integer(random, 1, 150)), batch(integer(random, 1, 150))];
          const later = two.map(([id, vector]) => [id + one.length, vector] as const);
          const staged = [...rows.stage(one)];
          staged.push(...rows.stage(later, staged.length));
          if (random() < 0.5) written += rows.publish(staged);
        } else if (draw < 0.85) index.remove(integer(random, 0, Math.max(1, written)));
        else {
          const path = join(folder, 'index');
          await index.save(path);
          await index.close();
          index = await HnswIndex.load(path, { threads: [1, 2, 5][integer(random, 0, 3)]! });
        }
        expectSlots(index, written);
      }
      expect(rowsOf(index).arenas.length).toBeGreaterThan(2);
      await index.close();
    });
  },
);

test('an arena with rows behind it takes no more, whatever room it has on this machine', async () => {
  await withFolder(async (folder) => {
    const index = new HnswIndex(optionsFor(2));
    rowsOf(index).append(numbered(vectors.slice(0, 150)) as never);
    expect(rowsOf(index).arenas.map(({ rows, capacity }) => [rows, capacity])).toEqual([
      [128, 128],
      [22, 128],
    ]);
    await index.save(join(folder, 'x'));
    const loaded = await HnswIndex.load(join(folder, 'x'), { threads: 1 });
    const [first, second] = rowsOf(loaded).arenas;
    expect(first!.capacity).toBeGreaterThan(256);
    rowsOf(loaded).append(numbered(vectors.slice(0, 100), 150) as never);
    expect([first!.rows, second!.rows]).toEqual([128, 122]);
    expectSlots(loaded, 250);
  });
});

test('arenas that were begun for rows that never came are not saved', async () => {
  await withFolder(async (folder) => {
    const index = new HnswIndex(optionsFor(2));
    index.insert(0, vectors[0]!);
    rowsOf(index).reserve(500);
    expect(rowsOf(index).arenas.length).toBe(4);
    await index.save(join(folder, 'x'));
    const loaded = await HnswIndex.load(join(folder, 'x'), { threads: 2 });
    expect(rowsOf(loaded).arenas.length).toBe(1);
    expectSlots(loaded, 1);
  });
});
