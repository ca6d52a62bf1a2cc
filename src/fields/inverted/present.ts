/* Which slots have a value in a field. */
import { grown } from './live.js';

export class Present {
  bits: Uint32Array<ArrayBuffer> = new Uint32Array(0);
  /** One more than the last slot. */
  end = 0;

  /** Slots ascend. */
  add(slot: number): void {
    if (slot < this.end) throw new RangeError(`slot ${slot} is added behind slot ${this.end - 1}`);
    if (slot >>> 5 >= this.bits.length) this.bits = grown(this.bits, (slot >>> 5) + 1);
    this.bits[slot >>> 5]! |= 1 << (slot & 31);
    this.end = slot + 1;
  }

  has(slot: number): boolean {
    return (((this.bits[slot >>> 5] ?? 0) >>> (slot & 31)) & 1) === 1;
  }

  /** Slots from one on are gone. */
  truncate(slot: number): void {
    if (slot >= this.end) return;
    const word = slot >>> 5;
    this.bits[word]! &= (1 << (slot & 31)) - 1;
    this.bits.fill(0, word + 1);
    this.end = slot;
  }
}
