/*
 * Lists of postings by term, which say in which slots a term occurs and with what value: a weight, or how often. A term
 * is a number that `newTerm` gives. Slots are added in ascending order, and searched by queries (postings-query.ts).
 */
import type { KernelCode } from './builds.js';
import * as L from './postings-layout.js';
import { PostingsMemory } from './postings-memory.js';

/** Lengths of the first window begin with room for so many slots. */
const LENGTHS_LEAST = 256;
/** Bytes that one posting may ask for: its run moves to a region twice as large. */
const RUN_BYTES_MAX = 8 * L.WINDOW_SLOTS;

/** Of BM25. */
export interface Saturation {
  readonly k1: number;
  readonly b: number;
}

export class Postings {
  readonly memory: PostingsMemory;
  /** Of text: lengths by slot. Address and room of each window. */
  readonly #lengths: { at: number; room: number }[] = [];
  readonly isText: boolean;
  #lengthSum = 0;
  #lengthCount = 0;

  /** `saturation`: of text. Without it values are weights. */
  constructor(code: KernelCode, saturation?: Saturation) {
    this.memory = new PostingsMemory(code);
    this.isText = saturation !== undefined;
    const { k1, b } = saturation ?? { k1: 0, b: 0 };
    this.memory.kernel.setUp(this.isText ? 2 : 4, k1 * (1 - b), k1 * b);
  }

  get bytes(): number {
    return this.memory.bytes;
  }

  newTerm(): number {
    return this.memory.withRoom(L.TERM_BYTES, () => this.memory.kernel.newTerm());
  }

  /** In how many slots a term occurs. */
  countOf(term: number): number {
    return this.memory.words[(term + L.TERM_COUNT) >>> 2]!;
  }

  /** Adds a slot to the lists of these terms, none of them twice. `length`: of text, in words. */
  add(slot: number, terms: ArrayLike<number>, values: ArrayLike<number>, count: number, length = 0): void {
    const { memory } = this;
    const lengths = this.isText ? this.#setLength(slot, length) : 0;
    const average = this.isText ? this.#lengthSum / this.#lengthCount : 0;
    for (let first = 0; first < count; first += L.INPUT_MOST) {
      const n = Math.min(L.INPUT_MOST, count - first);
      this.#write(terms, values, first, n);
      let at = 0;
      for (;;) {
        at = memory.kernel.add(slot, at, n, length, average, lengths);
        if (at === n) break;
        memory.grow(RUN_BYTES_MAX);
      }
    }
  }

  #write(terms: ArrayLike<number>, values: ArrayLike<number>, first: number, n: number): void {
    const { words, floats } = this.memory;
    const into = this.isText ? words : floats;
    for (let i = 0; i < n; i++) {
      words[L.INPUT_TERMS / 4 + i] = terms[first + i]!;
      into[L.INPUT_VALUES / 4 + i] = values[first + i]!;
    }
  }

  /** Where the lengths of a window are; 0: it has none. */
  lengthsOf(window: number): number {
    return this.#lengths[window]?.at ?? 0;
  }

  lengthOf(slot: number): number {
    const offset = slot % L.WINDOW_SLOTS;
    const lengths = this.#lengths[Math.floor(slot / L.WINDOW_SLOTS)];
    return lengths && offset < lengths.room ? this.memory.floats[lengths.at / 4 + offset]! : 0;
  }

  /** Notes the length of a slot; returns where those of its window are. */
  #setLength(slot: number, length: number): number {
    const window = Math.floor(slot / L.WINDOW_SLOTS);
    const offset = slot % L.WINDOW_SLOTS;
    const at = this.#roomForLengths(window, offset);
    this.memory.floats[at / 4 + offset] = length;
    this.#lengthSum += length;
    this.#lengthCount++;
    return at;
  }

  #roomForLengths(window: number, offset: number): number {
    while (this.#lengths.length < window) this.#lengths.push({ at: 0, room: 0 });
    const before = this.#lengths[window];
    if (before && offset < before.room) return before.at;
    let room = Math.max(LENGTHS_LEAST, 2 * (before?.room ?? 0));
    while (room <= offset) room *= 2;
    const at = this.memory.allocateZeros(4 * room);
    if (before && before.room > 0) {
      this.memory.words.copyWithin(at / 4, before.at / 4, before.at / 4 + before.room);
      this.memory.kernel.release(before.at, 4 * before.room);
    }
    this.#lengths[window] = { at, room };
    return at;
  }

  /** Forgets a term's slots from one on. */
  truncate(term: number, slot: number): void {
    this.memory.kernel.truncate(term, slot);
  }

  /** Forgets lengths from a slot on, below `end`. */
  truncateLengths(slot: number, end: number): void {
    for (let at = slot; at < end; at++) {
      const length = this.lengthOf(at);
      if (length === 0) continue;
      this.memory.floats[this.lengthsOf(Math.floor(at / L.WINDOW_SLOTS)) / 4 + (at % L.WINDOW_SLOTS)] = 0;
      this.#lengthSum -= length;
      this.#lengthCount--;
    }
  }

  get valueBytes(): number {
    return this.isText ? 2 : 4;
  }

  /** The address of a term's first run; 0 for none. It is good until something is added, as those of the others are. */
  firstRun(term: number): number {
    return this.memory.words[(term + L.TERM_FIRST) >>> 2]!;
  }

  /** That of the run behind another, whose window is higher; 0 behind the last. */
  runBehind(run: number): number {
    return this.memory.words[(run + L.RUN_NEXT) >>> 2]!;
  }

  /** How many postings it has: offsets (u16, ascending) and values (float32 weights, or u16 numbers of occurrences). */
  lengthOfRun(run: number): number {
    return this.memory.shorts[(run + L.RUN_COUNT) >>> 1]!;
  }

  windowOf(run: number): number {
    return this.memory.shorts[(run + L.RUN_WINDOW) >>> 1]!;
  }

  /**
   * Adds a run behind the others of a term, whose offsets and values are to be written to `offsetsOf` and `valuesOf`; then its
   * bound is to be taken. Returns its address.
   */
  append(term: number, window: number, count: number): number {
    const { memory } = this;
    return memory.withRoom(RUN_BYTES_MAX, () => memory.kernel.append(term, window, count));
  }

  /** The window of a term's last run; -1 before the first. */
  lastWindowOf(term: number): number {
    const last = this.memory.words[(term + L.TERM_LAST) >>> 2]!;
    return last === 0 ? -1 : this.windowOf(last);
  }

  offsetsOf(run: number): number {
    return run + L.RUN_OFFSETS;
  }

  valuesOf(run: number): number {
    return run + L.RUN_OFFSETS + 2 * this.memory.shorts[(run + L.RUN_CAPACITY) >>> 1]!;
  }

  /** Takes the bounds of a run that was appended. Lengths of its slots are there already. */
  bound(run: number, window: number): void {
    const average = this.#lengthSum / Math.max(1, this.#lengthCount);
    this.memory.kernel.bound(run, average, this.lengthsOf(window));
  }

  /** Notes the length of a slot of which postings follow by `append`. */
  setLength(slot: number, length: number): void {
    this.#setLength(slot, length);
  }
}
