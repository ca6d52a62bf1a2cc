/*
 * Rows among many copies of one are found, in whatever order linkers come to them. Linkers claim rows as in a build
 * (src/hnsw/build/link-job.ts) and take turns on this thread; a seed decides whose turn it is, and who is held, with the
 * rest of its claim, while the others link up to a thousand rows.
 */
import { describe, expect, test } from 'vitest';
import { CLAIM_ROWS } from '#silt/base/limits.js';
import { ALL } from '#silt/hnsw/admitted.js';
import { linkRow } from '#silt/hnsw/build/link-job.js';
import { Engine } from '#silt/hnsw/engine.js';
import { newTrace } from '#silt/hnsw/query.js';
import { AsyncIndexBuilder, HnswIndex, type Metric } from '#silt/index.js';
import { nodePlatform } from '#silt/platform/node/node.js';
import { someOf } from '../support/amount.js';
import { engineOf, searchAlone, walkedAlone } from '../support/index.js';
import { gaussian, gaussianVector, integer, type Random, randomOf } from '../support/random.js';

const LINKERS = 4;
const { faults } = nodePlatform;
const HELD_TURNS = 1000;
const SEEDS = process.env['SILT_SEED'] ? [Number(process.env['SILT_SEED'])] : someOf([1, 2, 3], 3);

/** A row in ten has a vector of its own. The others are one vector, half of them with a little noise. */
function amongCopies(random: Random, count: number, dimension: number): [Float32Array[], number[]] {
  const same = gaussianVector(random, dimension);
  const own: number[] = [];
  const rows = Array.from({ length: count }, (_, id) => {
    if (random() < 0.9) return random() < 0.5 ? same : same.map((x) => x + 1e-4 * gaussian(random));
    own.push(id);
    return gaussianVector(random, dimension);
  });
  return [rows, own];
}

/** Links all rows by a schedule. */
function linkInTurns(index: HnswIndex, count: number, random: Random): void {
  const { kernel, control, geometry } = engineOf(index).arenas[0]!;
  const linkers = Array.from({ length: LINKERS }, (_, thread) => ({ thread, at: 0, to: 0, held: 0 }));
  let next = 0;
  for (let linked = 0; linked < count; ) {
    const linker = linkers[integer(random, 0, LINKERS)]!;
    if (linker.held > 0) {
      linker.held--;
      continue;
    }
    if (linker.at < linker.to) {
      const scratch = geometry.scratch.at + linker.thread * geometry.scratch.bytes;
      linkRow({ kernel, control, thread: linker.thread, scratch, faults }, linker.at++);
      linked++;
    } else if (next < count) {
      linker.at = next;
      linker.to = next = Math.min(count, next + CLAIM_ROWS);
      if (random() < 0.1) linker.held = integer(random, 0, HELD_TURNS);
    }
  }
}

describe.each<Metric>(['cosine', 'euclidean'])('%s', (metric) => {
  test.each(SEEDS.map((seed) => ({ seed })))(
    'each row among 3,600 copies of another is found by its own vector: SILT_SEED=$seed npx vitest run test/faults/copies',
    ({ seed }) => {
      const random = randomOf(seed);
      const [rows, own] = amongCopies(random, 4000, 64);
      const index = new HnswIndex({ dimension: 64, metric, threads: LINKERS, efConstruction: 100 });
      new AsyncIndexBuilder(index).enqueue(rows.map((vector, id) => [id, vector]));
      linkInTurns(index, rows.length, random);
      expect(index.verify()).toMatchObject({ ok: true, unreachable: 0 });
      expect(own.filter((id) => searchAlone(index, rows[id]!, 1)[0]![0] !== id)).toEqual([]);
    },
  );
});

test.each(['before', 'behind'])('copies written %s other rows do not hide them', (order) => {
  const random = randomOf(7);
  const [rows] = amongCopies(random, 3000, 64);
  const others = Array.from({ length: 300 }, () => gaussianVector(random, 64));
  const all = order === 'before' ? [...rows, ...others] : [...others, ...rows];
  const index = new HnswIndex({ dimension: 64, metric: 'cosine', threads: 1, efConstruction: 100 });
  const builder = new AsyncIndexBuilder(index);
  builder.enqueue(all.map((vector, id) => [id, vector]));
  builder.flushSync();
  const from = order === 'before' ? rows.length : 0;
  expect(others.filter((vector, i) => searchAlone(index, vector, 1)[0]![0] !== from + i)).toEqual([]);
});

/** Near copies of one row, some exact, among others; linked by two threads. */
async function nearCopies(metric: Metric, noise: number): Promise<{ engine: Engine; rows: Float32Array[] }> {
  const random = randomOf(11);
  const same = gaussianVector(random, 64);
  const near = Array.from({ length: 1_000 }, () => same.map((x) => x + noise * gaussian(random)));
  const rows = Array.from({ length: 6_000 }, (_, i) =>
    i % 6 === 0 ? near[i / 6]! : gaussianVector(random, 64),
  );
  const engine = new Engine(nodePlatform, { dimension: 64, metric, efConstruction: 100 });
  engine.append(rows.map((vector, row) => [row, vector]));
  await engine.build.start(2);
  return { engine, rows };
}

test.each<[Metric, number]>([
  ['euclidean', 1e-4],
  ['euclidean', 1e-2],
  ['cosine', 1e-2],
  ['dot', 1e-2],
])('%s: of 1,000 copies with noise of %d, each is found by its own vector', async (metric, noise) => {
  const { engine, rows } = await nearCopies(metric, noise);
  const query = { k: 10, ef: 4_096, bound: 0.1, admitted: ALL, exact: false, exactBelow: 0 };
  const missed: number[] = [];
  for (let row = 0; row < rows.length; row += 6) {
    const vector = rows[row]!;
    const trace = newTrace();
    const [best] = walkedAlone(engine, { ...query, vector, trace });
    const [exact] = row % 60 === 0 ? engine.answerAtOnce({ ...query, vector, exact: true }) : [best];
    expect(trace.plans.map(({ kind }) => kind)).toEqual(['graph']);
    if (metric === 'dot' ? best!.distance !== exact!.distance : best!.slot !== row) missed.push(row);
  }
  await engine.close();
  expect(missed).toEqual([]);
});
