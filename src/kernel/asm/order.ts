/*
 * Sorted lists of (distance, row). An entry is 64 bits: an order-preserving image of the float32 distance
 * above, the row below it, two flag bits last. So one integer comparison orders by distance and then by row.
 */

@inline export function keyOf(distance: f32): u32 {
  const bits = reinterpret<i32>(distance + 0.0);
  return <u32>(bits ^ ((bits >> 31) | 0x80000000));
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
