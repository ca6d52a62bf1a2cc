/*
 * What is found out about points one by one: distances from examples, values of payloads. It is kept by slot from one try of
 * a query to the next, so that the last try, in one turn of the event loop, has little left to do.
 *
 * One thread uses it. What depends on payloads is forgotten where these are patched; all of it is where slots are given anew.
 */
import type { Aspects } from '../../../filter/aspects.js';
import { newBits } from '../../../filter/bits.js';
import type { LiveIndex } from '../../live-index.js';
import { SLICE_MS } from '../../slices.js';
import type { Slots } from '../../slots.js';

const FEW = 1_024;

export abstract class Memo {
  protected readonly live: LiveIndex;
  #slots: Slots | undefined;
  #changes = 0;
  #moves = 0;
  #known = newBits(0);

  constructor(live: LiveIndex) {
    this.live = live;
  }

  /** Slots that are learned at a time: a power of two. */
  protected abstract readonly step: number;
  /** What of payloads it speaks of; undefined: all. */
  protected abstract readonly aspects: Aspects;
  /** Number of the field whose values it speaks of, if it does. */
  protected readonly ofField: number | undefined;
  /** Makes room for so many slots; `anew`: what was known speaks of other slots. */
  protected abstract room(slots: number, anew: boolean): void;
  /** Finds out about so many slots of which nothing is known, within the turn of an answer; false where they are too many for that. */
  learnFew(slots: Uint32Array, count: number): boolean {
    if (count > FEW) return false;
    this.learnNow(slots);
    return true;
  }

  /** Does beforehand, until `isOver`, what takes long to learn about the slots of [from, to): false where there is more of it. */
  protected prepare(_slots: Uint32Array, _from: number, _to: number, _isOver: () => boolean): boolean {
    return true;
  }

  /** Finds out about the slots of [from, to) that have a bit, some of which may be deleted. */
  protected abstract learn(slots: Uint32Array, from: number, to: number): void;
  /** Whether it has so much that is of no slot any more that it should begin anew. */
  protected isWasteful(_slots: number): boolean {
    return false;
  }

  /** What was known of a slot is out of date. */
  protected forget(_slot: number): void {}

  /** Takes up what changed since; afterwards, what is known speaks of the slots and payloads of now. */
  #catchUp(): void {
    const { slots: current, payloadChanges } = this.live;
    const slots = current.count;
    const patched = payloadChanges.since(this.#changes, this.aspects);
    const values = this.ofField === undefined ? undefined : this.live.valueChanges(this.ofField);
    const moved = values ? values.since(this.#moves) : [];
    const anew = this.#slots !== current || !patched || !moved || this.isWasteful(slots);
    if (anew) this.#known = newBits(slots);
    else if (32 * this.#known.length < slots) {
      const known = newBits(slots);
      known.set(this.#known);
      this.#known = known;
    }
    this.room(slots, anew);
    if (!anew) {
      for (const slot of patched) this.#forget(slot);
      for (const slot of moved) this.#forget(slot);
    }
    this.#slots = current;
    this.#changes = payloadChanges.count;
    this.#moves = values?.count ?? 0;
  }

  #forget(slot: number): void {
    this.#known[slot >>> 5]! &= ~(1 << (slot & 31));
    this.forget(slot); // also what was prepared
  }

  /** Of these slots, those that are not known. */
  unknown(wanted: Uint32Array): Uint32Array {
    this.#catchUp();
    return wanted.map((word, i) => word & ~this.#known[i]!);
  }

  /** Finds out about slots of which nothing is known. */
  learnNow(slots: Uint32Array): void {
    this.#learn(slots, 0, 32 * slots.length);
  }

  #learn(slots: Uint32Array, from: number, to: number): void {
    this.learn(slots, from, to);
    for (let word = from >>> 5; 32 * word < to; word++)
      this.#known[word]! |= slots[word]! & maskOf(word, from, to);
  }

  /** Finds out about all of `wanted`, in turns of the event loop, unless slots are given anew meanwhile. */
  async learnOverTurns(wanted: Uint32Array, pause: () => Promise<void>): Promise<void> {
    const { live } = this;
    const { slots } = live;
    const { time } = live.platform;
    let until = 0;
    const isOver = (): boolean => time.now() > until;
    let left = wanted;
    const end = 32 * wanted.length;
    for (let at = 0; at < end; ) {
      if (isOver()) {
        await pause();
        if (live.slots !== slots) return;
        left = this.unknown(wanted);
        until = time.now() + SLICE_MS;
      }
      const to = Math.min(at + this.step, end);
      if (!this.prepare(left, at, to, isOver)) continue;
      this.#learn(left, at, to);
      at = to;
    }
  }
}

/** Of a word of bits by slot, those of the slots [from, to). */
function maskOf(word: number, from: number, to: number): number {
  const [first, last] = [Math.max(0, from - 32 * word), Math.min(32, to - 32 * word)];
  return last - first === 32 ? -1 : ((1 << (last - first)) - 1) << first;
}

/** Calls `visit` with the slots of [from, to) that have a bit, ascending. */
export function forEachOf(slots: Uint32Array, from: number, to: number, visit: (slot: number) => void): void {
  for (let word = from >>> 5; 32 * word < to; word++)
    for (let left = slots[word]! & maskOf(word, from, to); left !== 0; left &= left - 1)
      visit(32 * word + 31 - Math.clz32(left & -left));
}

/** A number for each slot; NaN where there is none. */
export class Numbers {
  values: Float64Array = new Float64Array(0);

  room(slots: number, anew: boolean): void {
    if (anew) this.values = new Float64Array(slots).fill(Number.NaN);
    else if (this.values.length < slots) {
      const values = new Float64Array(Math.max(slots, 1.25 * this.values.length)).fill(Number.NaN);
      values.set(this.values);
      this.values = values;
    }
  }
}
