/* The lists of a query in one window: see asm/postings/lists.ts. */
import * as L from '../../postings-layout.js';
import { float, type Memory, setWide, setWord, wide, word } from './memory.js';
import { countOf, isText, offsetAt, windowOf } from './runs.js';

export function listOf(query: number, i: number): number {
  return query + L.Q_FIRST + i * L.LIST_BYTES;
}

export function listsOf(m: Memory, query: number): number {
  return word(m, query + L.Q_LISTS);
}

export function hasBit(m: Memory, bits: number, offset: number): boolean {
  return ((m.u32[bits / 4 + (offset >>> 5)]! >>> (offset & 31)) & 1) !== 0;
}

/** The list that stands at a place of the order. */
export function ordered(m: Memory, query: number, place: number): number {
  return listOf(query, word(m, word(m, query + L.Q_ORDER) + 4 * place));
}

export function rewind(m: Memory, query: number): void {
  for (let i = 0, n = listsOf(m, query); i < n; i++) {
    const list = listOf(query, i);
    setWord(m, list + L.LIST_CURSOR, word(m, word(m, list + L.LIST_TERM) + L.TERM_FIRST));
  }
}

export function place(m: Memory, query: number, window: number): number {
  let total = 0;
  for (let i = 0, n = listsOf(m, query); i < n; i++) {
    const list = listOf(query, i);
    let run = word(m, list + L.LIST_CURSOR);
    while (run !== 0 && windowOf(m, run) < window) run = word(m, run + L.RUN_NEXT);
    setWord(m, list + L.LIST_CURSOR, run);
    if (run !== 0 && windowOf(m, run) !== window) run = 0;
    setWord(m, list + L.LIST_RUN, run);
    if (run !== 0) total += countOf(m, run);
  }
  return total;
}

function boundOf(m: Memory, query: number, run: number, weight: number): number {
  const high = float(m, run + L.RUN_HIGH);
  const low = float(m, run + L.RUN_LOW);
  if (!isText(m)) return Math.max(0, weight * high, weight * low);
  const grown = Math.max(1, float(m, query + L.Q_AVERAGE) / low);
  return weight * Math.min(1, high * grown * 1.000001);
}

function reachOf(m: Memory, run: number, weight: number): number {
  if (isText(m)) return weight;
  const most = Math.max(Math.abs(float(m, run + L.RUN_HIGH)), Math.abs(float(m, run + L.RUN_LOW)));
  return Math.abs(weight) * most;
}

export function measure(m: Memory, query: number): void {
  const n = listsOf(m, query);
  let reach = 0;
  for (let i = 0; i < n; i++) {
    const list = listOf(query, i);
    const run = word(m, list + L.LIST_RUN);
    const weight = float(m, list + L.LIST_WEIGHT);
    setWide(m, list + L.LIST_BOUND, run === 0 ? 0 : boundOf(m, query, run, weight));
    if (run !== 0) reach += reachOf(m, run, weight);
  }
  setWide(m, query + L.Q_SLACK, (2 * n + 4) * reach * (1 / 4_194_304));
}

export function order(m: Memory, query: number): void {
  const n = listsOf(m, query);
  const at = word(m, query + L.Q_ORDER);
  for (let i = 1; i < n; i++) {
    const moving = word(m, at + 4 * i);
    const own = wide(m, listOf(query, moving) + L.LIST_BOUND);
    let j = i;
    for (; j > 0 && wide(m, ordered(m, query, j - 1) + L.LIST_BOUND) > own; j--)
      setWord(m, at + 4 * j, word(m, at + 4 * (j - 1)));
    setWord(m, at + 4 * j, moving);
  }
  let rest = 0;
  for (let i = 0; i < n; i++) {
    const list = ordered(m, query, i);
    rest += wide(m, list + L.LIST_BOUND);
    setWide(m, list + L.LIST_REST, rest);
  }
}

export function count(m: Memory, query: number, window: number, masked: boolean): void {
  place(m, query, window);
  for (let i = 0, n = listsOf(m, query); i < n; i++) {
    const list = listOf(query, i);
    const run = word(m, list + L.LIST_RUN);
    if (run === 0) continue;
    const all = countOf(m, run);
    let found = masked ? 0 : all;
    if (masked) for (let j = 0; j < all; j++) found += Number(hasBit(m, L.BITS, offsetAt(m, run, j)));
    setWord(m, list + L.LIST_COUNTED, word(m, list + L.LIST_COUNTED) + found);
  }
}

export function meet(m: Memory, query: number, window: number): void {
  place(m, query, window);
  const n = listsOf(m, query);
  const [bits, other] = [L.BITS / 4, L.OTHER_BITS / 4];
  const words = L.BITS_BYTES / 4;
  for (let i = 0; i < n; ) {
    const group = word(m, listOf(query, i) + L.LIST_GROUP);
    m.u32.fill(0, other, other + words);
    for (; i < n && word(m, listOf(query, i) + L.LIST_GROUP) === group; i++) {
      const run = word(m, listOf(query, i) + L.LIST_RUN);
      const all = run === 0 ? 0 : countOf(m, run);
      for (let j = 0; j < all; j++) {
        const offset = offsetAt(m, run, j);
        m.u32[other + (offset >>> 5)]! |= 1 << (offset & 31);
      }
    }
    for (let j = 0; j < words; j++) m.u32[bits + j]! &= m.u32[other + j]!;
  }
}
