/*
 * Crowds: more copies of one row than a beam can hold, behind which a walk would meet nothing else. It goes on from
 * rows drawn from all over the graph, with more room, and takes no more of the crowd: see asm/crowd.ts.
 */

import { distanceOf, keyOf } from '../keys.js';
import * as L from '../layout.js';
import { distances } from './distance.js';
import { lift } from './lift.js';
import { field, type Memory, setBit, stateGet } from './memory.js';
import { entryAt, keyAt, rowAt } from './order.js';
import { prepareFromCode } from './query.js';
import { mix } from './rotate.js';

/** Most that the keys of distances to copies of one row differ, for half of those in a beam. */
const EQUAL = 1 << 14;

/** Rows of a beam that are compared with the one in its middle. Half of them must be its copies. */
const SAMPLE = 8;
/** Copies are rows that are so many times nearer to each other than to the query. */
const NEARER = 64;
/** The query is no copy itself if it is farther away than this share of a row's distance to itself. */
const OWN = 0.25;

/** Rows drawn at a time, and in all for each one that the beam was to hold. */
const DRAW = 32;
const DRAWS = 4;

/** The largest key of a distance between copies of the row in the middle of a full beam, if most are; else 0. */
export function crowdOf(m: Memory, scratch: number, beam: number, size: number): number {
  const middle = size >> 1;
  const quarter = size >> 2;
  if (quarter === 0) return 0;
  const key = (i: number): number => keyAt(m, entryAt(beam, i));
  const before = key(middle) - key(middle - quarter);
  const behind = key(middle + quarter - 1) - key(middle);
  if (before > EQUAL && behind > EQUAL) return 0;
  const rows = (scratch + field(m, L.D_S_ROWS)) >>> 2;
  const keys = (scratch + field(m, L.D_S_KEYS)) >>> 2;
  const query = scratch + field(m, L.D_S_PAIR_QUERY);
  for (let i = 0; i < SAMPLE; i++) m.u32[rows + i] = rowAt(m, entryAt(beam, Math.floor((size * i) / SAMPLE)));
  const row = rowAt(m, entryAt(beam, middle));
  m.u32[rows + SAMPLE] = row;
  // As the walk compares rows.
  prepareFromCode(m, row, query);
  if (m.f32[(scratch + field(m, L.D_S_WALK_QUERY) + L.Q_LACK) >>> 2] !== 0) lift(m, row, query);
  distances(m, query, SAMPLE + 1, rows * 4, keys * 4);
  const self = distanceOf(m.u32[keys + SAMPLE]!);
  const away = Math.fround(distanceOf(key(middle)) - self);
  if (!(away > Math.abs(self) * OWN)) return 0;
  const limit = keyOf(Math.fround(self + Math.fround(away / NEARER)));
  let copies = 0;
  for (let i = 0; i < SAMPLE; i++) if (m.u32[keys + i]! <= limit) copies++;
  return copies >= SAMPLE / 2 ? limit : 0;
}

/** Leaves those of `n` rows that are not of the crowd, whose largest key is `crowd`. Returns how many. */
export function leaveCrowd(m: Memory, scratch: number, n: number, rows: number, crowd: number): number {
  const keys = scratch + field(m, L.D_S_KEYS);
  distances(m, scratch + field(m, L.D_S_PAIR_QUERY), n, rows, keys);
  let left = 0;
  for (let i = 0; i < n; i++)
    if (m.u32[(keys >>> 2) + i]! > crowd) m.u32[(rows >>> 2) + left++] = m.u32[(rows >>> 2) + i]!;
  return left;
}

/** Draws linked rows that were not visited yet, of the first `count`, and marks them. Returns how many. */
export function drawRows(m: Memory, rows: number, draws: number, count: number, visited: number): number {
  let n = 0;
  for (let i = 0; i < DRAW; i++) {
    const row = mix(draws * DRAW + i) % count;
    if ((stateGet(m, row) & L.LINKED) !== 0 && !setBit(m, visited, row)) m.u32[(rows >>> 2) + n++] = row;
  }
  return n;
}

/** How many times a beam of `ef` rows may draw. */
export function drawsFor(ef: number): number {
  return Math.floor((DRAWS * ef + DRAW - 1) / DRAW);
}
