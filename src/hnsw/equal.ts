/*
 * Adds the rows that equal the query to what a search found. A walk compares 4-bit codes, which cannot tell close rows
 * apart, so it may miss them.
 *
 * The calling thread looks it up in the turn in which the answer is given, after everything else was searched, also where
 * another thread walked (share.ts): so each row counts that is published by then, and none that is masked.
 */
import { METRICS, type VectorLike } from '../kernel/metrics.js';
import { admits } from './admitted.js';
import type { Arena } from './arena.js';
import type { Match, Query } from './query.js';
import { nearestOf } from './scan.js';

/**
 * Float32 arithmetic cannot tell a row that equals the query from others close to it: under cosine it puts these up to about
 * 1e-6 before that one, under euclidean the squares of differences below 1e-23 are 0. The one that equals the query comes first:
 * its distance is below all that there are, and its score is that of 0 (kernel/metrics.ts). Not so under dot, where longer rows
 * are nearer than it is.
 */
const NEAREST = -1;

/** Equal rows of an arena that are looked at in vain, at most. A function is asked about fewer: each may cost microseconds. */
const REJECTED_MAX = 10_000;
const ASKED_MAX = 1_000;

/** The `k` nearest of what was found, and of the rows of an arena that equal the query, which is set in its scratch. */
export function withEqual(arena: Arena, matches: Match[], query: Query): Match[] {
  const rows = equalTo(arena, query);
  if (rows.length === 0) return matches;
  const distance = distanceTo(arena, rows[0]!, query.vector);
  const { base } = arena;
  const slots = new Set(rows.map((row) => base + row));
  const equal = rows.map((row) => ({ slot: base + row, distance }));
  return nearestOf([...equal, ...matches.filter(({ slot }) => !slots.has(slot))], query.k);
}

/** The first `k` of them that live and match, as far as they do not stand behind too many that are rejected. */
function equalTo(arena: Arena, { vector, k, admitted }: Query): number[] {
  const rows: number[] = [];
  const most = admitted.kind === 'asked' ? ASKED_MAX : REJECTED_MAX;
  let rejected = 0;
  arena.copies.offer((row) => {
    if (!arena.isLive(row)) return 'drop';
    if (admits(admitted, arena.base + row) && isEqual(arena, row, vector)) rows.push(row);
    else if (++rejected === most) return 'end';
    return rows.length === k ? 'end' : 'next';
  });
  return rows;
}

/** Whether a row that has the contents of the query is equal to it: where these are codes, vectors that differ may share them. */
function isEqual(arena: Arena, row: number, query: VectorLike): boolean {
  if (arena.contents.whole) return true;
  const vector = arena.vectorOf(row);
  for (let i = 0; i < vector.length; i++) if (vector[i] !== Math.fround(query[i]!)) return false;
  return true;
}

/** The distance of the query to a row that equals it. */
function distanceTo(arena: Arena, row: number, query: VectorLike): number {
  if (arena.metric !== 'dot') return NEAREST;
  if (!arena.codes.remote) return arena.kernel.exactDistance(arena.scratch, row);
  const vector = Float32Array.from(query);
  return METRICS.dot.distance(METRICS.dot.compare(vector, vector));
}
