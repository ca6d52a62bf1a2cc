/* The slot of a row is the number of rows that were written before it, whatever arenas there are, and it stays. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Engine } from '#silt/hnsw/engine.js';
import type { EngineOptions } from '#silt/hnsw/options.js';
import { slotsOf } from '#silt/hnsw/slots.js';
import { nodePlatform } from '#silt/platform/node/node.js';
import { withFolder } from '../support/files.js';
import { codeOf, numbered } from '../support/index.js';
import { arenaBytesFor, TINY_HNSW } from '../support/machines.js';
import { integer, randomOf, vectorsFor } from '../support/random.js';

const SHAPE = { dimension: 4, metric: 'euclidean' } as const;
const arenaBytes = arenaBytesFor(SHAPE, 2, 1);
/** As in a collection, whose arenas have scratch for as many scanning threads. */
const optionsFor = (threads: number): EngineOptions => ({
  ...SHAPE,
  ...TINY_HNSW,
  arenaBytes,
  threads,
  searchers: threads,
});
const vectors = vectorsFor('euclidean', 1, 400, SHAPE.dimension);
const SEEDS = [1, 2, 3, 4, 5];

const load = async (path: string, threads: number): Promise<Engine> =>
  (
    await Engine.load(nodePlatform, path, {
      threads,
      searchers: threads,
      make: (options) => new Engine(nodePlatform, options),
    })
  ).engine;

/** Keys are given in the order of writing, from 0: so they are slots. */
function expectSlots(engine: Engine, written: number): void {
  const { arenas } = engine;
  expect(slotsOf(arenas)).toBe(written);
  const slots = arenas.flatMap((arena) => Array.from({ length: arena.rows }, (_, row) => arena.base + row));
  expect(slots).toEqual(Array.from({ length: written }, (_, slot) => slot));
  for (const slot of [0, 127, 128, 200, written - 1])
    if (slot >= 0 && slot < written) expect(engine.keyAt(slot)).toBe(slot);
}

test.each(SEEDS)(
  'through rejected batches, reserved rows, deletes and other machines: seed %d',
  async (seed) => {
    await withFolder(async (folder) => {
      const random = randomOf(7_919 * seed);
      let engine = new Engine(nodePlatform, optionsFor(1 + (seed % 2)));
      let written = 0;
      const batch = (count: number) => numbered(vectors.slice(0, count), written) as [number, Float32Array][];
      for (let step = 0; step < 40; step++) {
        const draw = random();
        if (draw < 0.4) {
          const pairs = batch(integer(random, 1, 200));
          engine.append(pairs);
          written += pairs.length;
        } else if (draw < 0.55) {
          const bad = [...batch(integer(random, 1, 400)), [1, [Number.NaN, 0, 0, 0]] as const];
          expect(codeOf(() => engine.append(bad))).toBe('INVALID_VECTOR');
        } else if (draw < 0.65) engine.reserve(integer(random, 1, 600));
        else if (draw < 0.75) {
          // Staged in two parts, the second behind the first, as the writes of a group are; half of them are never committed.
          const [one, two] = [batch(integer(random, 1, 150)), batch(integer(random, 1, 150))];
          const later = two.map(([id, vector]) => [id + one.length, vector] as const);
          const staged = [...engine.stage(one)];
          staged.push(...engine.stage(later, staged.length));
          if (random() < 0.5) written += engine.publish(staged);
        } else if (draw < 0.85) {
          if (written > 0) engine.mask(integer(random, 0, written));
        } else {
          const path = join(folder, 'index');
          await engine.save(path);
          await engine.close();
          engine = await load(path, [1, 2, 5][integer(random, 0, 3)]!);
        }
        expectSlots(engine, written);
      }
      expect(engine.arenas.length).toBeGreaterThan(2);
      await engine.close();
    });
  },
);

test('an arena with rows behind it takes no more, whatever room it has on this machine', async () => {
  await withFolder(async (folder) => {
    const engine = new Engine(nodePlatform, optionsFor(2));
    engine.append(numbered(vectors.slice(0, 150)));
    expect(engine.arenas.map(({ rows, capacity }) => [rows, capacity])).toEqual([
      [128, 128],
      [22, 128],
    ]);
    await engine.save(join(folder, 'x'));
    const loaded = await load(join(folder, 'x'), 1);
    const [first, second] = loaded.arenas;
    expect(first!.capacity).toBeGreaterThan(256);
    loaded.append(numbered(vectors.slice(0, 100), 150));
    expect([first!.rows, second!.rows]).toEqual([128, 122]);
    expectSlots(loaded, 250);
  });
});

test('arenas that were begun for rows that never came are not saved', async () => {
  await withFolder(async (folder) => {
    const engine = new Engine(nodePlatform, optionsFor(2));
    engine.append([[0, vectors[0]!]]);
    engine.reserve(500);
    expect(engine.arenas.length).toBe(4);
    await engine.save(join(folder, 'x'));
    const loaded = await load(join(folder, 'x'), 2);
    expect(loaded.arenas.length).toBe(1);
    expectSlots(loaded, 1);
  });
});
