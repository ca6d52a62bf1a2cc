/*
 * What is promised of queries that nobody has asked before: the recall that searches ask for, on data of many kinds, learned
 * from stored rows alone. SILT_RECALL_ROWS: how many rows; with SILT_RECALL_SHOW, prints what was found.
 */
import { describe, expect, test } from 'vitest';
import { ALL } from '#silt/hnsw/admitted.js';
import { Calibration } from '#silt/hnsw/calibration.js';
import { limitsFor } from '#silt/hnsw/effort.js';
import type { Engine } from '#silt/hnsw/engine.js';
import { growthAt, growthOver } from '#silt/hnsw/growth.js';
import { recallOf, recallsOf } from '#silt/hnsw/measure.js';
import type { Match } from '#silt/hnsw/query.js';
import { LEVELS } from '#silt/hnsw/recall-table.js';
import { HnswIndex } from '#silt/index.js';
import { someOf } from '../support/amount.js';
import { engineOf, numbered } from '../support/index.js';
import { MADE, type Made } from '../support/made.js';
import { randomOf } from '../support/random.js';

const ROWS = Number(process.env['SILT_RECALL_ROWS'] ?? 2_000);
const SHOW = process.env['SILT_RECALL_SHOW'] !== undefined;
/** As many as a collection measures. */
const SAMPLES = 512;
const GROWTH_SAMPLES = 64;
const QUERIES = 1_000;
/** A beam that finds enough, where too few rows were measured for so high a target. */
const EF_UNKNOWN = 1_000;
const TARGETS = [0.9, 0.95, 0.98, 0.99, 0.995];
/** Of rows at each level of k, one in so many is measured. */
const ONE_IN = [1, 2, 1, 2, 4];
/** As far below a target as the mean recall of queries may be. */
const BELOW = 0.02;

async function learned(engine: Engine, vectors: readonly Float32Array[]): Promise<Calibration> {
  const random = randomOf(5);
  const growth: number[] = [];
  for (let i = 0; i < GROWTH_SAMPLES; i++) {
    const hidden = Math.floor(random() * vectors.length);
    growth.push(await growthAt(engine, { vector: vectors[hidden]!, hidden }));
  }
  const calibration = Calibration.empty(0, 0, growthOver(growth));
  for (let i = 0; i < SAMPLES; i++) {
    const hidden = Math.floor(random() * vectors.length);
    const wanted = (level: number): boolean => LEVELS[level]! <= 100 && i % ONE_IN[level]! === 0;
    const sample = { vector: vectors[hidden]!, hidden };
    const { recalls } = await recallsOf(engine, sample, calibration.growth, wanted, async () => {});
    calibration.add('rows', recalls);
  }
  return calibration;
}

/** Mean recall of queries that ask for a target; of exact searches, 1. */
function found(
  engine: Engine,
  queries: readonly Float32Array[],
  exact: readonly Match[][],
  k: number,
  calibration: Calibration,
  target: number,
): number {
  const reached = calibration.reach(target, k);
  if (reached === 'beyond') return 1;
  const limits =
    reached === 'unknown'
      ? { ef: EF_UNKNOWN }
      : limitsFor(reached.effort, k, engine.live, calibration.growth);
  const search = { k, ...limits, exact: false, exactBelow: 0, admitted: ALL };
  const recalls = queries.map((vector, i) =>
    recallOf(exact[i]!, engine.answerAtOnce({ ...search, vector }), k),
  );
  return recalls.reduce((sum, recall) => sum + recall, 0) / recalls.length;
}

async function check(
  name: string,
  { metric, dimension, vectors, ks = [1, 10, 20, 100] }: Made,
): Promise<void> {
  const rows = vectors(1, ROWS);
  const queries = vectors(2, QUERIES);
  const index = new HnswIndex({ dimension, metric, threads: 2 });
  try {
    await index.insertBatchParallel(numbered(rows));
    const engine = engineOf(index);
    const exact = queries.map((vector) =>
      engine.answerAtOnce({ vector, k: 100, ef: 1, exact: true, exactBelow: 0, admitted: ALL }),
    );
    const calibration = await learned(engine, rows);
    for (const k of ks) {
      const means = TARGETS.map((target) => found(engine, queries, exact, k, calibration, target));
      if (SHOW)
        console.log(name, ROWS, `@${k}`, ...means.map((mean, i) => `${TARGETS[i]}: ${mean.toFixed(3)}`));
      for (const [i, target] of TARGETS.entries())
        expect(means[i], `recall@${k} where ${target} is asked for`).toBeGreaterThanOrEqual(target - BELOW);
    }
  } finally {
    index.close();
  }
}

describe('queries that are not stored find what they ask for', () => {
  for (const [name, made] of someOf(Object.entries(MADE), 2)) test(name, () => check(name, made), 120_000);
});
