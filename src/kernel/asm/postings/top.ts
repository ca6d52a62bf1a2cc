/* The best hits of a query: a heap of pairs of a key and a slot, the worst first; of equal scores, the lower slot is better. */
import * as L from '../../postings-layout';

/** Keys order as scores do. */
@inline export function keyOf(score: f32): u32 {
  const bits = reinterpret<u32>(score);
  return bits & 0x80000000 ? ~bits : bits | 0x80000000;
}

@inline function scoreOf(key: u32): f32 {
  return reinterpret<f32>(key & 0x80000000 ? key ^ 0x80000000 : ~key);
}

@inline export function isFull(query: u32): bool {
  return load<u32>(query, L.Q_SIZE) == load<u32>(query, L.Q_K);
}

/** The score of the worst hit; -Infinity while there is room. */
@inline export function worst(query: u32): f64 {
  return isFull(query) ? <f64>scoreOf(load<u32>(load<u32>(query, L.Q_HEAP))) : -Infinity;
}

@inline function isWorse(key: u32, slot: u32, other: u32): bool {
  const theirs = load<u32>(other);
  return key < theirs || (key == theirs && slot > load<u32>(other, 4));
}

@inline function put(at: u32, key: u32, slot: u32): void {
  store<u32>(at, key);
  store<u32>(at, slot, 4);
}

export function offer(query: u32, score: f32, slot: u32): void {
  const heap = load<u32>(query, L.Q_HEAP);
  const key = keyOf(score);
  if (isFull(query)) {
    if (!isWorse(key, slot, heap)) sink(heap, load<u32>(query, L.Q_SIZE), key, slot);
    return;
  }
  let at = load<u32>(query, L.Q_SIZE);
  store<u32>(query, at + 1, L.Q_SIZE);
  while (at > 0) {
    const above = (at - 1) >> 1;
    if (!isWorse(key, slot, heap + (above << 3))) break;
    store<u64>(heap + (at << 3), load<u64>(heap + (above << 3)));
    at = above;
  }
  put(heap + (at << 3), key, slot);
}

/** Puts a hit in the place of the worst. */
function sink(heap: u32, size: u32, key: u32, slot: u32): void {
  let at: u32 = 0;
  for (;;) {
    let below: u32 = 2 * at + 1;
    if (below >= size) break;
    const right = heap + ((below + 1) << 3);
    if (below + 1 < size && isWorse(load<u32>(right), load<u32>(right, 4), heap + (below << 3))) below++;
    if (isWorse(key, slot, heap + (below << 3))) break;
    store<u64>(heap + (at << 3), load<u64>(heap + (below << 3)));
    at = below;
  }
  put(heap + (at << 3), key, slot);
}
