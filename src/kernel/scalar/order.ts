/*
 * Sorted lists of (distance, row). An entry is two words: the row shifted by two with flag bits below, then an
 * order-preserving image of the float32 distance, its key. Entries order by key, then by the first word.
 */
import type { Memory } from './memory.js';

/** First word of an entry. */
export const wordOf = (row: number, flags = 0): number => ((row << 2) | flags) >>> 0;

/** Address of entry `i` of a list. */
export const entryAt = (list: number, i: number): number => list + i * 8;

export function keyAt(m: Memory, entry: number): number {
  return m.u32[(entry >>> 2) + 1]!;
}

export function lowAt(m: Memory, entry: number): number {
  return m.u32[entry >>> 2]!;
}

export function rowAt(m: Memory, entry: number): number {
  return lowAt(m, entry) >>> 2;
}

export function setEntry(m: Memory, entry: number, key: number, low: number): void {
  m.u32[entry >>> 2] = low;
  m.u32[(entry >>> 2) + 1] = key;
}

function copyEntry(m: Memory, to: number, from: number): void {
  setEntry(m, to, keyAt(m, from), lowAt(m, from));
}

/** Whether an entry of a list comes before (key, low). */
function isBelow(m: Memory, entry: number, key: number, low: number): boolean {
  const own = keyAt(m, entry);
  return own < key || (own === key && lowAt(m, entry) < low);
}

/** First position whose entry is not below (key, low). */
export function lowerBound(m: Memory, list: number, size: number, key: number, low: number): number {
  let from = 0;
  let to = size;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (isBelow(m, entryAt(list, middle), key, low)) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** Puts an entry at position `at` of a list of `size` entries, moving the rest up by one. */
export function insertAt(m: Memory, list: number, at: number, size: number, key: number, low: number): void {
  m.u8.copyWithin(entryAt(list, at + 1), entryAt(list, at), entryAt(list, size));
  setEntry(m, entryAt(list, at), key, low);
}

/** Sorts `n` entries in place: few, and often nearly in order. */
export function sortFew(m: Memory, list: number, n: number): void {
  for (let i = 1; i < n; i++) {
    const key = keyAt(m, entryAt(list, i));
    const low = lowAt(m, entryAt(list, i));
    let at = i;
    for (; at > 0 && !isBelow(m, entryAt(list, at - 1), key, low); at--) {
      copyEntry(m, entryAt(list, at), entryAt(list, at - 1));
    }
    setEntry(m, entryAt(list, at), key, low);
  }
}

/**
 * Merges `n` sorted entries into a sorted list of `size`, which has room for them. Largest first, so that each
 * entry of the list moves once. Returns the position of the smallest.
 */
export function merge(m: Memory, list: number, size: number, entries: number, n: number): number {
  let end = size;
  for (let i = n - 1; i >= 0; i--) {
    const key = keyAt(m, entryAt(entries, i));
    const low = lowAt(m, entryAt(entries, i));
    for (; end > 0 && !isBelow(m, entryAt(list, end - 1), key, low); end--) {
      copyEntry(m, entryAt(list, end + i), entryAt(list, end - 1));
    }
    setEntry(m, entryAt(list, end + i), key, low);
  }
  return end;
}

/** Offers an entry to a list of the `k` nearest; an entry already there is not doubled. Returns the size. */
export function offer(m: Memory, list: number, size: number, k: number, key: number, low: number): number {
  const at = lowerBound(m, list, size, key, low);
  if (at < size && keyAt(m, entryAt(list, at)) === key && lowAt(m, entryAt(list, at)) === low) return size;
  if (at === k) return size;
  const kept = size === k ? size - 1 : size;
  insertAt(m, list, at, kept, key, low);
  return kept + 1;
}
