/* The walk of one query through the graph of an arena, step by step. What it finds is what a search of the graph finds. */
import { tracedWalk, type WalkStep } from '../kernel/scalar/trace.js';
import type { Arena } from './arena.js';
import { walkFor } from './plan-job.js';
import type { Match, Query } from './query.js';
import { rescoreRemote } from './remote.js';
import { matchesIn } from './scan.js';

export interface TracedWalk {
  /** Rows are of the arena. The first step has the entry point, and level -1. */
  readonly steps: readonly WalkStep[];
  readonly found: readonly Match[];
}

/** In one turn, by the plain kernel: some milliseconds. Empty where nothing is linked, and where float32 cannot compare the query. */
export function tracedIn(arena: Arena, query: Query): TracedWalk {
  const { k, ef, vector } = query;
  const { kernel, scratch } = arena;
  if (arena.entryRow < 0 || arena.setQuery(vector) !== 0) return { steps: [], found: [] };
  const { steps, size } = tracedWalk(arena.memory, scratch, walkFor(arena, query, k, ef));
  const found = arena.codes.remote
    ? rescoreRemote(arena, query, size, [])
    : matchesIn(arena, kernel.rescore(scratch, size, k, 0));
  return { steps, found };
}
