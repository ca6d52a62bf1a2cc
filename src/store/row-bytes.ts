/* Numbers and pieces within the bytes of rows; little-endian. */
import type { Span } from './entry.js';

export function align8(at: number): number {
  return Math.ceil(at / 8) * 8;
}

export function put16(into: Uint8Array, at: number, value: number): void {
  into[at] = value;
  into[at + 1] = value >>> 8;
}

export function put32(into: Uint8Array, at: number, value: number): void {
  put16(into, at, value);
  put16(into, at + 2, value >>> 16);
}

/** From so many bytes on, a view and a call of native code are faster than a loop. */
const MANY_BYTES = 128;

export function copySpan({ bytes, start, end }: Span, into: Uint8Array, at: number): void {
  if (end - start >= MANY_BYTES) into.set(bytes.subarray(start, end), at);
  else for (let i = start; i < end; i++) into[at + i - start] = bytes[i]!;
}

export function get16(from: Uint8Array, at: number): number {
  return from[at]! | (from[at + 1]! << 8);
}

export function get32(from: Uint8Array, at: number): number {
  return (get16(from, at) | (get16(from, at + 2) << 16)) >>> 0;
}
