/* Walks that end at a bound on distances, and rows that a search does not see. */
import { availableParallelism } from 'node:os';
import { afterEach, describe, expect, test } from 'vitest';
import { type Admitted, ALL } from '#silt/hnsw/admitted.js';
import { Engine } from '#silt/hnsw/engine.js';
import { type Match, newTrace, type Query } from '#silt/hnsw/query.js';
import type { Metric } from '#silt/index.js';
import { nodePlatform } from '#silt/platform/node/node.js';
import { someOf } from '../support/amount.js';
import { METRICS } from '../support/oracle.js';
import { integer, randomOf, vectorsFor } from '../support/random.js';

const DIMENSION = 100;
const ROWS = 3_000;
const K = 10;
const engines: Engine[] = [];

afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.close();
});

async function engineOf(metric: Metric, o: { rows?: number; searchers?: number } = {}): Promise<Engine> {
  const { rows = ROWS, searchers = 0 } = o;
  const engine = new Engine(nodePlatform, { dimension: DIMENSION, metric, searchers, efConstruction: 60 });
  engines.push(engine);
  engine.append(vectorsFor(metric, 1, rows, DIMENSION).map((vector, row) => [row, vector]));
  await engine.build.start(2);
  return engine;
}

const asked = (vector: Float32Array, o: Partial<Query> = {}): Query => ({
  ...{ vector, k: K, ef: 200, admitted: ALL, exact: false, exactBelow: 0 },
  ...o,
});

/** Rows whose number is a multiple of `every`. */
function everyRow(every: number, rows = ROWS): Admitted {
  const bits = new Uint32Array(Math.ceil(rows / 32));
  for (let row = 0; row < rows; row += every) bits[row >>> 5]! |= 1 << (row & 31);
  return { kind: 'bits', bits };
}

/** Rows that a search met. */
function visited(engine: Engine, query: Query): { found: Match[]; nodes: number; plans: string[] } {
  const trace = newTrace();
  const found = engine.answerAtOnce({ ...query, trace });
  return { found, nodes: trace.nodesVisited, plans: trace.plans.map(({ kind }) => kind) };
}

describe.each(someOf(METRICS, 3))('%s', (metric) => {
  test('a bound that nothing reaches changes no answer, and a narrow one looks at fewer rows', async () => {
    const engine = await engineOf(metric);
    let wide = 0;
    let narrow = 0;
    for (const vector of vectorsFor(metric, 2, 40, DIMENSION)) {
      const without = visited(engine, asked(vector));
      expect(visited(engine, asked(vector, { bound: 1e9 }))).toEqual(without);
      const bounded = visited(engine, asked(vector, { bound: 0.1 }));
      expect(bounded.plans).toEqual(['graph']);
      expect(bounded.found).toHaveLength(K);
      wide += without.nodes;
      narrow += bounded.nodes;
    }
    expect(narrow).toBeLessThan(0.8 * wide);
  });

  test('with a bound, rows that are deleted or do not match take no place of those that do', async () => {
    const engine = await engineOf(metric);
    for (let row = 1; row < ROWS; row += 2) engine.mask(row);
    const match = everyRow(3);
    const odd: Admitted = { kind: 'asked', ask: (slot) => slot % 3 === 0 };
    for (const vector of vectorsFor(metric, 3, 20, DIMENSION))
      for (const [admitted, every] of [
        [ALL, 2],
        [match, 6],
        [odd, 6],
      ] as const) {
        const { found } = visited(engine, asked(vector, { admitted, bound: 0.2 }));
        expect(found).toHaveLength(K);
        for (const { slot } of found) expect(slot % every).toBe(0);
      }
  });

  test('a hidden row is not found by its own vector, whether it is linked or not, with and without filters', async () => {
    const engine = await engineOf(metric);
    const vectors = vectorsFor(metric, 1, ROWS, DIMENSION);
    engine.append(vectors.slice(0, 100).map((vector, row) => [ROWS + row, vector]));
    const { entryRow } = engine.arenas[0]!;
    const random = randomOf(5);
    const rows = [entryRow, ...Array.from({ length: 30 }, () => integer(random, 0, ROWS)), ROWS + 7];
    const before = rows.map((row) => engine.answerAtOnce(asked(vectors[row % ROWS]!)));
    for (const [i, row] of rows.entries())
      for (const admitted of [ALL, everyRow(1, ROWS + 100), { kind: 'asked', ask: () => true } as const])
        for (const o of [{}, { bound: 0.3 }, { exact: true }, { ef: 12 }]) {
          const found = engine.answerAtOnce(asked(vectors[row % ROWS]!, { admitted, ...o, hidden: row }));
          expect(found).toHaveLength(K);
          expect(found.map(({ slot }) => slot)).not.toContain(row);
          // Without the hidden row the others are found as before.
          if (!('ef' in o || 'bound' in o)) {
            const others = before[i]!.filter(({ slot }) => slot !== row).map(({ slot }) => slot);
            const missed = others.filter((slot) => !found.some((match) => match.slot === slot));
            expect(missed.length).toBeLessThanOrEqual(3);
          }
        }
    expect(engine.answerAtOnce(asked(vectors[7]!))).toEqual(engine.answerAtOnce(asked(vectors[7]!)));
  });
});

test('the entry point alone in its graph, and hidden, is not found either', () => {
  const engine = new Engine(nodePlatform, { dimension: 8, metric: 'euclidean', threads: 1 });
  engines.push(engine);
  engine.append([[0, new Float32Array(8).fill(1)]]);
  expect(engine.answerAtOnce(asked(new Float32Array(8).fill(1), { hidden: 0 }))).toEqual([]);
});

test.each(someOf(METRICS, 3))(
  '%s: other threads find the same within a bound, and without a hidden row',
  async (metric) => {
    const rows = 8_000;
    const engine = await engineOf(metric, { rows, searchers: 2 });
    const queries = vectorsFor(metric, 6, 64, DIMENSION);
    let given = 0;
    while (availableParallelism() > 1) {
      if (engine.answer({ ...asked(queries[0]!), shared: 16 }) instanceof Promise) break;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    for (const [i, vector] of queries.entries()) {
      const query = asked(vector, { bound: 0.05 * (1 + (i % 8)), admitted: i % 2 ? ALL : everyRow(2, rows) });
      const hidden = i % 3 ? undefined : engine.answerAtOnce(query)[0]!.slot;
      const here = engine.answerAtOnce({ ...query, hidden });
      const there = engine.answer({ ...query, hidden, shared: 16 });
      if (there instanceof Promise) given++;
      expect(await there).toEqual(here);
    }
    if (availableParallelism() > 1) expect(given).toBeGreaterThan(0);
  },
);
