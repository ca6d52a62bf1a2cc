/*
 * Dense sets of slots: bit `slot & 31` of word `slot >>> 5`. What a filter is resolved to, because words are
 * combined in less time than compressed bitmaps are. Sets that are combined cover the same slots.
 */

/** A set of slots below `size`, none of them in it. */
export function newBits(size: number): Uint32Array {
  return new Uint32Array(Math.ceil(size / 32));
}

export function setBit(words: Uint32Array, slot: number): void {
  words[slot >>> 5]! |= 1 << slot;
}

export function clearBit(words: Uint32Array, slot: number): void {
  words[slot >>> 5]! &= ~(1 << (slot & 31));
}

export function hasBit(words: Uint32Array, slot: number): boolean {
  return ((words[slot >>> 5]! >>> slot) & 1) === 1;
}

export function orInto(target: Uint32Array, other: Uint32Array): void {
  for (let i = 0; i < target.length; i++) target[i]! |= other[i]!;
}

export function andInto(target: Uint32Array, other: Uint32Array): void {
  for (let i = 0; i < target.length; i++) target[i]! &= other[i]!;
}

export function andNotInto(target: Uint32Array, other: Uint32Array): void {
  for (let i = 0; i < target.length; i++) target[i]! &= ~other[i]!;
}

/** Adds the slots below `size` that are in a set and not in another. Both may cover fewer, the other no fewer. */
export function orDifference(
  target: Uint32Array,
  some: Uint32Array,
  without: Uint32Array,
  size: number,
): void {
  const whole = Math.min(size >>> 5, some.length);
  let i = 0;
  // Four at a time take a fifth less.
  for (; i + 3 < whole; i += 4) {
    target[i]! |= some[i]! & ~without[i]!;
    target[i + 1]! |= some[i + 1]! & ~without[i + 1]!;
    target[i + 2]! |= some[i + 2]! & ~without[i + 2]!;
    target[i + 3]! |= some[i + 3]! & ~without[i + 3]!;
  }
  for (; i < whole; i++) target[i]! |= some[i]! & ~without[i]!;
  if (size % 32 !== 0 && whole < some.length)
    target[whole]! |= some[whole]! & ~without[whole]! & (-1 >>> -size);
}

/** Adds the slots below `size` of a set that may cover others. */
export function orBelow(target: Uint32Array, some: Uint32Array, size: number): void {
  const whole = Math.min(size >>> 5, some.length);
  let i = 0;
  for (; i + 3 < whole; i += 4) {
    target[i]! |= some[i]!;
    target[i + 1]! |= some[i + 1]!;
    target[i + 2]! |= some[i + 2]!;
    target[i + 3]! |= some[i + 3]!;
  }
  for (; i < whole; i++) target[i]! |= some[i]!;
  if (size % 32 !== 0 && whole < some.length) target[whole]! |= some[whole]! & (-1 >>> -size);
}

/** How many of the first `count` slots of a list that ascends are below `size`. */
export function countBelow(slots: Uint32Array | Uint16Array, count: number, size: number): number {
  if (count === 0 || slots[count - 1]! < size) return count;
  let at = 0;
  for (let end = count; at < end; ) {
    const middle = (at + end) >>> 1;
    if (slots[middle]! < size) at = middle + 1;
    else end = middle;
  }
  return at;
}

/** Adds the first `count` slots of a list. */
export function setSlots(words: Uint32Array, slots: Uint32Array | Uint16Array, count: number): void {
  let i = 0;
  // Four at a time take a fourth less.
  for (; i + 3 < count; i += 4) {
    const a = slots[i]!;
    const b = slots[i + 1]!;
    const c = slots[i + 2]!;
    const d = slots[i + 3]!;
    words[a >>> 5]! |= 1 << a;
    words[b >>> 5]! |= 1 << b;
    words[c >>> 5]! |= 1 << c;
    words[d >>> 5]! |= 1 << d;
  }
  for (; i < count; i++) setBit(words, slots[i]!);
}

/** Whether two sets have a slot in common. */
export function meet(a: Uint32Array, b: Uint32Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i]! & b[i]!) return true;
  return false;
}

/** Adds the slots from `from` to `to`, the last left out. */
export function setRange(words: Uint32Array, from: number, to: number): void {
  if (from >= to) return;
  const first = from >>> 5;
  const last = (to - 1) >>> 5;
  const head = -1 << from;
  const tail = -1 >>> -to;
  if (first === last) {
    words[first]! |= head & tail;
    return;
  }
  words[first]! |= head;
  words.fill(0xffff_ffff, first + 1, last);
  words[last]! |= tail;
}

/** Adds all slots below `size`. */
export function setAll(words: Uint32Array, size: number): void {
  setRange(words, 0, size);
}

/** Takes out what is in a set of slots below `size`, and adds what is not. */
export function invert(words: Uint32Array, size: number): void {
  const count = Math.ceil(size / 32);
  for (let i = 0; i < count; i++) words[i] = ~words[i]!;
  if (size % 32 !== 0) words[count - 1]! &= -1 >>> -size;
}

/** Calls `visit` with the slots in a set, ascending. */
export function forEachBit(words: Uint32Array, visit: (slot: number) => void): void {
  for (let i = 0; i < words.length; i++) {
    let word = words[i]!;
    while (word !== 0) {
      const bit = 31 - Math.clz32(word & -word);
      visit(i * 32 + bit);
      word &= word - 1;
    }
  }
}

/** The slots in a set from `from` on, ascending. */
export function* bitsOf(words: Uint32Array, from = 0): Generator<number> {
  for (let i = from >>> 5; i < words.length; i++) {
    const wanted = i === from >>> 5 ? -1 << (from & 31) : -1;
    for (let word = words[i]! & wanted; word !== 0; word &= word - 1)
      yield i * 32 + 31 - Math.clz32(word & -word);
  }
}
