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

export function hasBit(words: Uint32Array, slot: number): boolean {
  return ((words[slot >>> 5]! >>> slot) & 1) === 1;
}

export function countBits(words: Uint32Array): number {
  let count = 0;
  for (let i = 0; i < words.length; i++) {
    let word = words[i]!;
    word -= (word >>> 1) & 0x5555_5555;
    word = (word & 0x3333_3333) + ((word >>> 2) & 0x3333_3333);
    word = (word + (word >>> 4)) & 0x0f0f_0f0f;
    count += Math.imul(word, 0x0101_0101) >>> 24;
  }
  return count;
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

/** The slots in a set, ascending. */
export function* bitsOf(words: Uint32Array): Generator<number> {
  for (let i = 0; i < words.length; i++) {
    for (let word = words[i]!; word !== 0; word &= word - 1) yield i * 32 + 31 - Math.clz32(word & -word);
  }
}
