/* The lists of a query in one window: where they are, what they may add, and which slots they have. */
import * as L from '../../postings-layout';
import { countOf, isText, offsetAt, windowOf } from './runs';

@inline export function listOf(query: u32, i: u32): u32 {
  return query + L.Q_FIRST + i * L.LIST_BYTES;
}

@inline export function listsOf(query: u32): u32 {
  return load<u32>(query, L.Q_LISTS);
}

@inline export function hasBit(bits: u32, offset: u32): bool {
  return ((load<u32>(bits + ((offset >> 5) << 2)) >> (offset & 31)) & 1) != 0;
}

/** To the first runs of all lists: runs may have moved since the last window. */
export function rewind(query: u32): void {
  for (let i: u32 = 0, n = listsOf(query); i < n; i++) {
    const list = listOf(query, i);
    store<u32>(list, load<u32>(load<u32>(list, L.LIST_TERM), L.TERM_FIRST), L.LIST_CURSOR);
  }
}

/** Moves the lists to a window, none of which was behind it; returns how many postings they have there. */
export function place(query: u32, window: u32): u32 {
  let total: u32 = 0;
  for (let i: u32 = 0, n = listsOf(query); i < n; i++) {
    const list = listOf(query, i);
    let run = load<u32>(list, L.LIST_CURSOR);
    while (run != 0 && windowOf(run) < window) run = load<u32>(run, L.RUN_NEXT);
    store<u32>(list, run, L.LIST_CURSOR);
    if (run != 0 && windowOf(run) != window) run = 0;
    store<u32>(list, run, L.LIST_RUN);
    if (run != 0) total += countOf(run);
  }
  return total;
}

/** What a list may add to a sum at most: a little more than that, for bounds are rounded. */
@inline function boundOf(query: u32, run: u32, weight: f64): f64 {
  const high = <f64>load<f32>(run, L.RUN_HIGH);
  const low = <f64>load<f32>(run, L.RUN_LOW);
  if (!isText()) return max<f64>(0, max(weight * high, weight * low));
  // Where the average length has grown, so has the share of each posting, but by no more than that.
  const grown = max<f64>(1, <f64>load<f32>(query, L.Q_AVERAGE) / low);
  return weight * min<f64>(1, high * grown * 1.000001);
}

/** Most that a list may add or take. */
@inline function reachOf(query: u32, run: u32, weight: f64): f64 {
  if (isText()) return weight;
  return abs(weight) * max(abs(<f64>load<f32>(run, L.RUN_HIGH)), abs(<f64>load<f32>(run, L.RUN_LOW)));
}

/** Notes the bound of each list in this window, and what rounding may add to a sum. */
export function measure(query: u32): void {
  const n = listsOf(query);
  let reach: f64 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const list = listOf(query, i);
    const run = load<u32>(list, L.LIST_RUN);
    const weight = <f64>load<f32>(list, L.LIST_WEIGHT);
    store<f64>(list, run == 0 ? 0 : boundOf(query, run, weight), L.LIST_BOUND);
    if (run != 0) reach += reachOf(query, run, weight);
  }
  // Half a unit in the last place for each addition, product and quotient, twice: here and where sums are compared.
  store<f64>(query, <f64>(2 * n + 4) * reach * (1.0 / 4194304.0), L.Q_SLACK);
}

/** Sorts the lists, least bound first, and sums their bounds. Nearly sorted from the window before. */
export function order(query: u32): void {
  const n = listsOf(query);
  const at = load<u32>(query, L.Q_ORDER);
  for (let i: u32 = 1; i < n; i++) {
    const moving = load<u32>(at + (i << 2));
    const own = load<f64>(listOf(query, moving), L.LIST_BOUND);
    let j = i;
    for (; j > 0; j--) {
      const before = load<u32>(at + ((j - 1) << 2));
      if (load<f64>(listOf(query, before), L.LIST_BOUND) <= own) break;
      store<u32>(at + (j << 2), before);
    }
    store<u32>(at + (j << 2), moving);
  }
  let rest: f64 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const list = listOf(query, load<u32>(at + (i << 2)));
    rest += load<f64>(list, L.LIST_BOUND);
    store<f64>(list, rest, L.LIST_REST);
  }
}

/** Adds how many postings each list has in a window to what was counted; `masked`: of those whose bit is set. */
export function count(query: u32, window: u32, masked: u32): void {
  place(query, window);
  for (let i: u32 = 0, n = listsOf(query); i < n; i++) {
    const list = listOf(query, i);
    const run = load<u32>(list, L.LIST_RUN);
    if (run == 0) continue;
    let found = countOf(run);
    if (masked) {
      const all = found;
      found = 0;
      for (let j: u32 = 0; j < all; j++) found += hasBit(L.BITS, offsetAt(run, j)) ? 1 : 0;
    }
    store<u32>(list, load<u32>(list, L.LIST_COUNTED) + found, L.LIST_COUNTED);
  }
}

/** Clears the bits of slots that some group of lists does not have: groups are numbered, and lists stand in their order. */
export function meet(query: u32, window: u32): void {
  place(query, window);
  const n = listsOf(query);
  let i: u32 = 0;
  while (i < n) {
    const group = load<u32>(listOf(query, i), L.LIST_GROUP);
    memory.fill(L.OTHER_BITS, 0, L.BITS_BYTES);
    for (; i < n && load<u32>(listOf(query, i), L.LIST_GROUP) == group; i++) {
      const run = load<u32>(listOf(query, i), L.LIST_RUN);
      const all: u32 = run == 0 ? 0 : countOf(run);
      for (let j: u32 = 0; j < all; j++) {
        const offset = offsetAt(run, j);
        const word = L.OTHER_BITS + ((offset >> 5) << 2);
        store<u32>(word, load<u32>(word) | (1 << (offset & 31)));
      }
    }
    for (let at: u32 = 0; at < <u32>L.BITS_BYTES; at += 16)
      v128.store(L.BITS + at, v128.and(v128.load(L.BITS + at), v128.load(L.OTHER_BITS + at)));
  }
}
