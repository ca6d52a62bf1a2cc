/*
 * Places of the vectors of one field in its engine, and the slots of their points. As long as every point has a vector in the
 * field, and none was written again on its own, the two are the same and nothing is kept; from then on both ways are a table.
 */
import { forEachBit, setRange } from '../filter/bits.js';

const NONE = 0xffff_ffff;
/** Places restored in one step. */
const STEP = 4_096;

/** Numbers one after another, as many as come. */
class Numbers {
  #numbers = new Uint32Array(64).fill(NONE);

  get bytes(): number {
    return this.#numbers.byteLength;
  }

  at(i: number): number {
    return i < this.#numbers.length ? this.#numbers[i]! : NONE;
  }

  /** A copy of the first ones. */
  first(count: number): Uint32Array {
    return this.#numbers.slice(0, count);
  }

  set(i: number, value: number): void {
    if (i >= this.#numbers.length) {
      const { length } = this.#numbers;
      const larger = new Uint32Array(Math.max(2 * length, i + 1)).fill(NONE, length);
      larger.set(this.#numbers);
      this.#numbers = larger;
    }
    this.#numbers[i] = value;
  }
}

interface Tables {
  readonly slots: Numbers;
  readonly places: Numbers;
}

interface Known {
  readonly bits: Uint32Array;
  readonly version: number;
}

export class Places {
  #tables: Tables | undefined;
  /** Changes with them. */
  #version = 0;
  /** Of bits asked for before, which do not change. */
  readonly #known = new WeakMap<Uint32Array, Known>();
  #count = 0;
  /** Slots taken in: of each is known whether it has a place. */
  #upTo = 0;
  /** The highest slot that has had a place. */
  #highest = -1;
  #ascending = true;

  /** Whether place and slot are the same. */
  get same(): boolean {
    return this.#tables === undefined;
  }

  /** Whether slots ascend with their places: a point that has a new place may be behind later ones. */
  get ascending(): boolean {
    return this.#ascending;
  }

  get count(): number {
    return this.#count;
  }

  get upTo(): number {
    return this.#upTo;
  }

  get bytes(): number {
    return this.#tables ? this.#tables.slots.bytes + this.#tables.places.bytes : 0;
  }

  slotAt(place: number): number {
    return this.#tables ? this.#tables.slots.at(place) : place;
  }

  /** Undefined where the point of a slot has no vector here. */
  placeOf(slot: number): number | undefined {
    if (slot >= this.#upTo) return undefined;
    const place = this.#tables ? this.#tables.places.at(slot) : slot;
    return place === NONE ? undefined : place;
  }

  /** Takes in all slots below `upTo`: those of `slots`, ascending, have the next places. */
  take(slots: readonly number[], upTo: number): void {
    const whole = slots.length === upTo - this.#upTo;
    if (slots.length > 0) this.#version++; // deletions and patches bring nothing: what is known stays
    if (!whole && !this.#tables) this.#divide();
    if (this.#tables) for (const slot of slots) this.#set(this.#count++, slot);
    else this.#count += slots.length;
    this.#upTo = upTo;
  }

  /** The first slots have places, all of them. */
  takeAll(count: number): void {
    this.#count = this.#upTo = count;
  }

  /**
   * All places, in small steps: the slot of each, of those below `upTo`; one beyond these where it is nobody's. Of no use before
   * the last step.
   */
  *restoring(slots: Uint32Array, upTo: number): Generator<void> {
    this.#upTo = upTo;
    if (slots.length === upTo && slots.every((slot, place) => slot === place)) {
      this.#count = upTo;
      return;
    }
    this.#divide();
    for (const slot of slots) {
      if (slot >= upTo) this.#tables!.slots.set(this.#count++, NONE);
      else this.#set(this.#count++, slot);
      if (this.#count % STEP === 0) yield;
    }
  }

  /** The slot of each place, as a copy: one that is beyond all slots for none. Undefined where place and slot are the same. */
  slotsByPlace(): Uint32Array | undefined {
    return this.#tables?.slots.first(this.#count);
  }

  /** The point of a slot has the next place from here on; the one before, if it had one, is nobody's. */
  move(slot: number): void {
    this.leave(slot);
    this.#divide();
    this.#version++;
    this.#set(this.#count++, slot);
  }

  /** The next place is nobody's. */
  skip(): void {
    this.#divide();
    this.#tables!.slots.set(this.#count++, NONE);
  }

  /** The point of a slot has no place any more. */
  leave(slot: number): void {
    const place = this.placeOf(slot);
    if (place === undefined) return;
    this.#divide();
    this.#version++;
    this.#tables!.slots.set(place, NONE);
    this.#tables!.places.set(slot, NONE);
  }

  #set(place: number, slot: number): void {
    if (slot > this.#highest) this.#highest = slot;
    else this.#ascending = false;
    this.#tables!.slots.set(place, slot);
    this.#tables!.places.set(slot, place);
  }

  #divide(): void {
    if (this.#tables) return;
    this.#tables = { slots: new Numbers(), places: new Numbers() };
    for (let i = 0; i < this.#count; i++) this.#set(i, i);
  }

  /** Bits by slots, of those below `size`: which have a place. */
  present(size: number): Uint32Array {
    const bits = new Uint32Array((size + 31) >>> 5);
    const end = Math.min(size, this.#upTo);
    if (!this.#tables) setRange(bits, 0, end);
    else
      for (let slot = 0; slot < end; slot++)
        if (this.#tables.places.at(slot) !== NONE) bits[slot >>> 5]! |= 1 << (slot & 31);
    return bits;
  }

  /** Bits by slots as bits by places. Those given must not change. */
  bitsOf(bits: Uint32Array): Uint32Array {
    if (!this.#tables) return bits;
    const version = this.#version;
    let known = this.#known.get(bits);
    if (known?.version !== version) {
      known = { bits: this.#bitsOf(bits, this.#tables), version };
      this.#known.set(bits, known);
    }
    return known.bits;
  }

  /** The same of few bits, which may change afterwards: in a time that grows with them. */
  bitsOfFew(bits: Uint32Array): Uint32Array {
    if (!this.#tables) return bits;
    const found = new Uint32Array((this.#count + 31) >>> 5);
    forEachBit(bits, (slot) => {
      const place = this.placeOf(slot);
      if (place !== undefined) found[place >>> 5]! |= 1 << (place & 31);
    });
    return found;
  }

  #bitsOf(bits: Uint32Array, { slots }: Tables): Uint32Array {
    const found = new Uint32Array((this.#count + 31) >>> 5);
    for (let place = 0; place < this.#count; place++) {
      const slot = slots.at(place);
      if (((bits[slot >>> 5] ?? 0) & (1 << (slot & 31))) !== 0) found[place >>> 5]! |= 1 << (place & 31);
    }
    return found;
  }
}
