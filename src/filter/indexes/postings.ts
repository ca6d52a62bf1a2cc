/*
 * The slots where something occurs. A bitmap costs about 300 bytes, so one slot is kept as a number, and a few as
 * an array of just that length.
 */
import { Bitmap } from '../bitmap.js';
import { setBit } from '../bits.js';
import { type BlockReader, type BlockWriter, malformed } from './blocks.js';

export type Postings = number | number[] | Bitmap;

/** Most slots in an array. */
const FEW = 32;
const SLOT_MAX = 0xffff_ffff;

/** The postings with one slot more, which comes behind all that are in it: often the same object. */
export function withSlot(postings: Postings | undefined, slot: number): Postings {
  if (postings === undefined) return slot;
  if (typeof postings === 'number') return [postings, slot];
  if (postings instanceof Bitmap) {
    postings.add(slot);
    return postings;
  }
  // An array that is pushed to keeps room for 17 more.
  const more = postings.concat(slot);
  return more.length > FEW ? new Bitmap(more) : more;
}

export function sizeOf(postings: Postings): number {
  if (typeof postings === 'number') return 1;
  return postings instanceof Bitmap ? postings.size : postings.length;
}

/** The slots, where they are few; undefined for a bitmap. */
export function fewOf(postings: Postings): readonly number[] | undefined {
  if (typeof postings === 'number') return [postings];
  return postings instanceof Bitmap ? undefined : postings;
}

/** Adds the slots below `rows` to a dense set. */
export function markPostings(postings: Postings | undefined, words: Uint32Array, rows: number): void {
  if (postings === undefined) return;
  if (typeof postings === 'number') {
    if (postings < rows) setBit(words, postings);
  } else if (postings instanceof Bitmap) postings.markInto(words, rows);
  else for (const slot of postings) if (slot < rows) setBit(words, slot);
}

export function disposePostings(postings: Postings | undefined): void {
  if (postings instanceof Bitmap) postings.dispose();
}

/** A count and that many differences of slots; or 0, and a bitmap. */
export function dumpPostings(postings: Postings, out: BlockWriter): void {
  const slots = fewOf(postings);
  if (!slots) {
    const bytes = (postings as Bitmap).dump();
    out.uint(0);
    out.uint(bytes.length);
    out.bytes(bytes);
    return;
  }
  out.uint(slots.length);
  let last = 0;
  for (const slot of slots) {
    out.uint(slot - last);
    last = slot;
  }
}

/** Reads what `dumpPostings` wrote; undefined if no slot is below `rows`. */
export function loadPostings(from: BlockReader, rows: number): Postings | undefined {
  const count = from.uint();
  if (count === 0) return loadBitmap(from, rows);
  if (count > FEW) throw malformed(`an array of ${count} slots`);
  const slots: number[] = [];
  let last = 0;
  for (let i = 0; i < count; i++) {
    const step = from.uint();
    last += step;
    if ((step === 0 && i > 0) || last > SLOT_MAX) throw malformed('slots that do not ascend');
    if (last < rows) slots.push(last);
  }
  return fromFew(slots);
}

function loadBitmap(from: BlockReader, rows: number): Postings | undefined {
  const bitmap = Bitmap.load(from.bytes(from.uint()), rows);
  if (bitmap.size > FEW) return bitmap;
  const slots = bitmap.toArray();
  bitmap.dispose();
  return fromFew(slots);
}

function fromFew(slots: readonly number[]): Postings | undefined {
  return slots.length > 1 ? slots.slice() : slots[0];
}

/** A set of slots that grows: postings in a place of their own. */
export class SlotSet {
  #postings: Postings | undefined;

  get size(): number {
    return this.#postings === undefined ? 0 : sizeOf(this.#postings);
  }

  /** Adds a slot, which comes behind all that are in it. */
  add(slot: number): void {
    this.#postings = withSlot(this.#postings, slot);
  }

  mark(words: Uint32Array, rows: number): void {
    markPostings(this.#postings, words, rows);
  }

  dump(out: BlockWriter): void {
    out.uint(this.#postings === undefined ? 0 : 1);
    if (this.#postings !== undefined) dumpPostings(this.#postings, out);
  }

  load(from: BlockReader, rows: number): void {
    this.dispose();
    if (from.uint() !== 0) this.#postings = loadPostings(from, rows);
  }

  dispose(): void {
    disposePostings(this.#postings);
    this.#postings = undefined;
  }
}
