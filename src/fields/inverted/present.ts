/* Which slots have a value in a field. */
import { grown } from './live.js';

export class Present {
  bits: Uint32Array<ArrayBuffer> = new Uint32Array(0);
  /** One more than the last slot. */
  end = 0;

  /** Those below `end` whose bit is set. */
  static of(bits: Uint32Array<ArrayBuffer>, end: number): Present {
    const present = new Present();
    present.bits = bits;
    if (end % 32 !== 0) bits[end >>> 5]! &= (1 << (end & 31)) - 1;
    let last = bits.length - 1;
    while (last >= 0 && bits[last] === 0) last--;
    present.end = last < 0 ? 0 : 32 * last + 32 - Math.clz32(bits[last]!);
    return present;
  }

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
