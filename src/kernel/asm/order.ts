/*
 * Sorted lists of (distance, row). An entry is 64 bits: an order-preserving image of the float32 distance
 * above, the row below it, two flag bits last. So one integer comparison orders by distance and then by row.
 */

@inline export function keyOf(distance: f32): u32 {
  const bits = reinterpret<i32>(distance + 0.0);
  return <u32>(bits ^ ((bits >> 31) | 0x80000000));
}

/** The distance that a key stands for. */
@inline export function distanceOf(key: u32): f32 {
  return reinterpret<f32>(key & 0x80000000 ? key ^ 0x80000000 : ~key);
}

@inline export function entryOf(key: u32, row: u32): u64 {
  return (<u64>key << 32) | (<u64>row << 2);
}

@inline export function rowOf(entry: u64): u32 {
  return <u32>entry >> 2;
}

/** First position whose entry is not below `entry`. */
@inline export function lowerBound(list: u32, size: u32, entry: u64): u32 {
  let at = list;
  let length = size;
  while (length > 1) {
    const half = length >> 1;
    at = select(at + (half << 3), at, load<u64>(at + (half << 3) - 8) < entry);
    length -= half;
  }
  if (size != 0 && load<u64>(at) < entry) at += 8;
  return (at - list) >> 3;
}

/** Puts `entry` at position `at` of a list of `size` entries, moving the rest up by one. */
@inline export function insertAt(list: u32, at: u32, size: u32, entry: u64): void {
  const stop = list + (at << 3);
  let end = list + (size << 3);
  while (end >= stop + 32) {
    end -= 32;
    const low = v128.load(end);
    const high = v128.load(end, 16);
    v128.store(end, high, 24);
    v128.store(end, low, 8);
  }
  while (end > stop) {
    end -= 8;
    store<u64>(end, load<u64>(end), 8);
  }
  store<u64>(stop, entry);
}

/** Moves the entries [from, to) of a list up by `by` places. */
@inline function moveUp(list: u32, from: u32, to: u32, by: u32): void {
  const stop = list + (from << 3);
  const shift = by << 3;
  let end = list + (to << 3);
  while (end >= stop + 32) {
    end -= 32;
    const low = v128.load(end);
    const high = v128.load(end, 16);
    v128.store(end + shift, low);
    v128.store(end + shift, high, 16);
  }
  while (end > stop) {
    end -= 8;
    store<u64>(end + shift, load<u64>(end));
  }
}

/** Sorts `n` entries in place: few, and often nearly in order. */
export function sortFew(list: u32, n: u32): void {
  for (let i: u32 = 1; i < n; i++) {
    const entry = load<u64>(list + (i << 3));
    let at = list + (i << 3);
    for (; at > list && load<u64>(at - 8) > entry; at -= 8) store<u64>(at, load<u64>(at - 8));
    store<u64>(at, entry);
  }
}

/**
 * Merges `n` sorted entries into a sorted list of `size`, which has room for them. Largest first, so that each
 * entry of the list moves once. Returns the position of the smallest.
 */
export function merge(list: u32, size: u32, entries: u32, n: u32): u32 {
  let end = size;
  for (let i = n; i-- > 0; ) {
    const entry = load<u64>(entries + (i << 3));
    const at = lowerBound(list, end, entry);
    moveUp(list, at, end, i + 1);
    store<u64>(list + ((at + i) << 3), entry);
    end = at;
  }
  return end;
}

/** Offers an entry to a list of the `k` nearest; an entry already there is not doubled. Returns the size. */
export function offer(list: u32, size: u32, k: u32, entry: u64): u32 {
  const at = lowerBound(list, size, entry);
  if (at == size) {
    if (size == k) return size;
    store<u64>(list + (size << 3), entry);
    return size + 1;
  }
  if (load<u64>(list + (at << 3)) == entry) return size;
  if (size == k) size--;
  insertAt(list, at, size, entry);
  return size + 1;
}

/** Repeats the last of `n` rows up to a multiple of four, and no further: lists of kept rows go on behind it. */
@inline export function fillUp(rows: u32, n: u32): void {
  const last = load<u32>(rows + ((n - 1) << 2));
  for (; n & 3; n++) store<u32>(rows + (n << 2), last);
}

/** Of the four rows from `i`, below `n`, keeps those whose bit in `chosen` is set, behind `kept` others. */
@inline export function keepOf(rows: u32, kept: u32, i: u32, n: u32, chosen: u32): u32 {
  for (let j: u32 = 0; j < 4; j++) {
    store<u32>(rows + (kept << 2), load<u32>(rows + ((i + j) << 2)));
    kept += i + j < n ? (chosen >> j) & 1 : 0;
  }
  return kept;
}
