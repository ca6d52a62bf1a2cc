/*
 * Crowds: a walk that comes to more copies of one row than its beam can hold meets nothing else, since all of them are
 * equally near to the query. Then what lies behind them would be lost, both for searches and for the rows that are
 * linked by such a walk. So it goes on: from rows that are drawn from all over the graph, with as much room again in
 * its beam, and without the rest of the crowd.
 *
 * Copies that the query itself is a copy of are no crowd: nothing is behind them.
 */
import * as L from '../layout';
import { distances } from './distance';
import { lift } from './lift';
import { field, NONE, stateGet } from './memory';
import { distanceOf, keyOf, rowOf } from './order';
import { prepareFromCode } from './query';
import { mix } from './rotate';

/** Most that the keys of distances to copies of one row differ, for half of those in a beam: one part in 512. */
const EQUAL: u32 = 1 << 14;

/** Rows of a beam that are compared with the one in its middle. Half of them must be its copies. */
const SAMPLE: u32 = 8;
/** Copies are rows that are so many times nearer to each other than to the query. */
const NEARER: f32 = 64;
/** The query is no copy itself if it is farther away than this share of a row's distance to itself, as codes give that. */
const OWN: f32 = 0.25;

/**
 * Rows drawn at a time, and in all for each one that the beam was to hold: a fifth of the rows that the walk met before.
 * With the default `ef`, ten of them are no copies where one row in a hundred is none.
 */
const DRAW: u32 = 32;
const DRAWS: u32 = 4;

@inline function keyAt(beam: u32, at: u32): u32 {
  return load<u32>(beam + (at << 3), 4);
}

/**
 * Whether most rows of a full beam are copies of the one in its middle: then the largest key of a distance between two
 * copies, else 0. The pair query in scratch is that row's from then on.
 */
export function crowdOf(scratch: u32, beam: u32, size: u32): u32 {
  const middle = size >> 1;
  const quarter = size >> 2;
  if (quarter == 0) return 0;
  const key = keyAt(beam, middle);
  // Half of a sorted list that is equally far reaches a quarter of it to one side of the middle or the other.
  if (key - keyAt(beam, middle - quarter) > EQUAL && keyAt(beam, middle + quarter - 1) - key > EQUAL) return 0;
  const rows = scratch + field(L.D_S_ROWS);
  const keys = scratch + field(L.D_S_KEYS);
  const query = scratch + field(L.D_S_PAIR_QUERY);
  for (let i: u32 = 0; i < SAMPLE; i++) {
    store<u32>(rows + (i << 2), rowOf(load<u64>(beam + (((size * i) / SAMPLE) << 3))));
  }
  const row = rowOf(load<u64>(beam + (middle << 3)));
  store<u32>(rows + (SAMPLE << 2), row);
  // As the walk compares rows.
  prepareFromCode(row, query);
  if (load<f32>(scratch + field(L.D_S_WALK_QUERY), L.Q_LACK) != 0) lift(row, query);
  distances(query, SAMPLE + 1, rows, keys);
  const self = distanceOf(load<u32>(keys + (SAMPLE << 2)));
  const away: f32 = distanceOf(key) - self;
  if (!(away > abs(self) * OWN)) return 0;
  const limit = keyOf(self + away / NEARER);
  let copies: u32 = 0;
  for (let i: u32 = 0; i < SAMPLE; i++) {
    copies += load<u32>(keys + (i << 2)) <= limit ? 1 : 0;
  }
  return copies >= SAMPLE / 2 ? limit : 0;
}

/** Leaves those of `n` rows that are not of the crowd, whose largest key is `crowd`. Returns how many. */
export function leaveCrowd(scratch: u32, n: u32, rows: u32, crowd: u32): u32 {
  const keys = scratch + field(L.D_S_KEYS);
  distances(scratch + field(L.D_S_PAIR_QUERY), n, rows, keys);
  let left: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    store<u32>(rows + (left << 2), load<u32>(rows + (i << 2)));
    left += load<u32>(keys + (i << 2)) > crowd ? 1 : 0;
  }
  return left;
}

/** Draws linked rows that were not visited yet, of the first `count`, and marks them. Returns how many. */
export function drawRows(rows: u32, draws: u32, count: u32, visited: u32): u32 {
  let n: u32 = 0;
  for (let i: u32 = 0; i < DRAW; i++) {
    const row = mix(draws * DRAW + i) % count;
    const at = visited + ((row >> 5) << 2);
    const bit: u32 = 1 << (row & 31);
    // A row that is not published yet has no lists that anything may be added to.
    if (load<u32>(at) & bit || !(stateGet(row) & L.LINKED)) continue;
    store<u32>(at, load<u32>(at) | bit);
    store<u32>(rows + (n << 2), row);
    n++;
  }
  return n;
}

/** How many times a beam of `ef` rows may draw. */
@inline export function drawsFor(ef: u32): u32 {
  return (DRAWS * ef + DRAW - 1) / DRAW;
}
