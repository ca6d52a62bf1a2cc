/* What entries are read from: arrays of numbers and parts of bytes, and what may be wrong with them. */

/** Of a change of a value: what says that there is one (see changes.ts). What follows begins where numbers of 8 bytes may. */
export const CHANGE_HEAD = 8;

/** Why bytes are not an entry: they end too early (the last write may not have been finished), or are wrong. */
export class EntryFault extends Error {
  readonly kind: 'short' | 'damaged' | 'unknown';

  constructor(kind: EntryFault['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

/** The checksums are right: it was written so. */
export function wrong(what: string): EntryFault {
  return new EntryFault('damaged', what);
}

interface Numbers<T> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): T;
}

/** A view of the bytes, or of a copy where they do not lie as they must. */
export function arrayOf<T>(made: Numbers<T>, bytes: Uint8Array, kind: string, what: string): T {
  const size = made.BYTES_PER_ELEMENT;
  if (bytes.length % size !== 0) throw wrong(`(${kind}) has ${bytes.length} bytes of ${what}`);
  const { buffer, byteOffset } = bytes.byteOffset % size === 0 ? bytes : bytes.slice();
  return new made(buffer, byteOffset, bytes.length / size);
}

/** Whether `count` parts, each of `least` to `most` bytes, are all that there is. */
export function checkParts(
  what: string,
  ends: Uint32Array,
  count: number,
  bytes: number,
  least: number,
  most: number,
): void {
  let start = 0;
  let sound = ends.length === count && (ends.at(-1) ?? 0) === bytes;
  for (const end of ends) {
    sound &&= end - start >= least && end - start <= most;
    start = end;
  }
  if (!sound) throw wrong(`has ${what} whose lengths do not add up`);
}

/** Whether each change of a value begins as one. */
export function checkChanges(field: number, ends: Uint32Array): void {
  let start = 0;
  for (const end of ends) {
    if (end > start && end - start < CHANGE_HEAD)
      throw wrong(`has a change of field ${field} of ${end - start} bytes, expected ${CHANGE_HEAD} at least`);
    start = end;
  }
}
