/* Set operations on bit-packed rows, zero-padded to a multiple of 16 bytes. Any alignment. */
import { onesOf } from '../../base/ones.js';
import type { Memory } from './memory.js';

/** Bits set in exactly one of two rows of `bytes` bytes. */
export function countXor(m: Memory, a: number, b: number, bytes: number): number {
  let sum = 0;
  for (let i = 0; i < bytes; i += 4)
    sum += onesOf(m.view.getInt32(a + i, true) ^ m.view.getInt32(b + i, true));
  return sum;
}

/** Bits set in both rows. */
export function countAnd(m: Memory, a: number, b: number, bytes: number): number {
  let sum = 0;
  for (let i = 0; i < bytes; i += 4)
    sum += onesOf(m.view.getInt32(a + i, true) & m.view.getInt32(b + i, true));
  return sum;
}

/** Packs a vector: a component above 0.5 is a set bit. */
export function packBits(m: Memory, v: number, bits: number, dimension: number, bytes: number): void {
  m.u8.fill(0, bits, bits + bytes);
  for (let i = 0; i < dimension; i++) {
    if (m.f32[(v >>> 2) + i]! > 0.5) m.u8[bits + (i >> 3)]! |= 1 << (i & 7);
  }
}
