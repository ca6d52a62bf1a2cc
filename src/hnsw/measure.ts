/*
 * How much one query finds at each effort, against the exact answer. Each search is one of the engine's, as others are, and
 * other work goes on in between.
 */
import { ALL } from './admitted.js';
import { EFFORTS, limitsFor } from './effort.js';
import type { Engine } from './engine.js';
import type { Match } from './query.js';
import { LEVELS } from './recall-table.js';

/** A query; `hidden`: the slot of the row that it is the vector of, which is left out. */
export interface Sample {
  readonly vector: Float32Array;
  readonly hidden?: number | undefined;
}

/*
 * Not shared: a thread that is kept busy with learning is not ended, and holds the memory of collections that are gone.
 */
const search = { admitted: ALL, exactBelow: 0, aside: true } as const;

/**
 * Walks with beams as narrow as this may miss what one with a beam that is narrower still has found, by another way: each is measured.
 * Else what was found by any of them would be promised of the widest (k 1, dot products: .90 found where .95 was asked for).
 */
const NARROW = 24;

/** The share of the `k` nearest that was found. A row as near as the k-th is as good as it. */
export function recallOf(exact: readonly Match[], found: readonly Match[], k: number): number {
  const nearest = exact.slice(0, k);
  const worst = nearest.at(-1)?.distance ?? Infinity;
  const slots = new Set(nearest.map(({ slot }) => slot));
  const right = found.filter(({ slot, distance }) => slots.has(slot) || distance <= worst).length;
  return nearest.length === 0 ? 1 : Math.min(1, right / nearest.length);
}

/** What was found of a query. */
export interface Measured {
  /** By level, its recalls by effort; undefined for levels that were not wanted. */
  readonly recalls: (number[] | undefined)[];
  /** Whether the hidden row is there a second time. */
  readonly isDouble: boolean;
}

/** The nearest but the hidden one, and whether one of them is the same vector: as near to it as it is itself. */
async function exactOf(
  engine: Engine,
  { vector, hidden }: Sample,
  k: number,
): Promise<{ readonly exact: readonly Match[]; readonly isDouble: boolean }> {
  const room = hidden === undefined ? k : k + 1;
  const found = await engine.answer({ ...search, vector, k: room, ef: 1, exact: true });
  const own = found.find(({ slot }) => slot === hidden);
  const exact = found.filter((match) => match !== own).slice(0, k);
  if (hidden === undefined) return { exact, isDouble: false };
  // By dot product others may be nearer than it is itself.
  if (!own) return { exact, isDouble: engine.options.metric !== 'dot' };
  return { exact, isDouble: exact.some(({ distance }) => distance === own.distance) };
}

/**
 * Measures a query at a growth (growth.ts), at the levels that are `wanted`.
 *
 * `breathe` is awaited before each search but the exact one. What it throws ends the measuring.
 */
export async function recallsOf(
  engine: Engine,
  sample: Sample,
  growth: number,
  wanted: (level: number) => boolean,
  breathe: () => Promise<void>,
): Promise<Measured> {
  const { vector, hidden } = sample;
  const most = Math.max(...LEVELS.filter((_, level) => wanted(level)));
  const { exact, isDouble } = await exactOf(engine, sample, most);
  const recalls: (number[] | undefined)[] = [];
  for (const [level, k] of LEVELS.entries()) {
    if (!wanted(level)) {
      recalls.push(undefined);
      continue;
    }
    const own: number[] = [];
    for (const effort of EFFORTS) {
      const limits = limitsFor(effort, k, engine.live, growth);
      // A walk that goes farther finds what the one before found: where that was all, nothing is left to measure.
      if (own.at(-1) === 1 && limits.ef > NARROW) {
        own.push(1);
        continue;
      }
      await breathe();
      const found = await engine.answer({ ...search, vector, hidden, k, ...limits, exact: false });
      own.push(recallOf(exact, found, k));
    }
    recalls.push(own);
  }
  return { recalls, isDouble };
}
