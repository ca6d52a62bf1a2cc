/*
 * A row as one value, since a row in two tables costs the writer a third more: head (id and payload), then the bytes of
 * its fields, each with a checksum of its own, so that who reads payloads need not read vectors. Checksums begin with
 * the row's number, so that a row that lies in another's place is noticed too (a page that the disk lost).
 *
 *   mark u16, fields u16, bytes of the id u16, bytes of the payload u32          little-endian
 *   for each field: number u16, kind u16, bytes u32, checksum of its bytes u32
 *   id, payload, zeros, checksum of all before (u32), the bytes of the fields
 *
 * Each field begins at a multiple of 8: unaligned, copying 784 components out of shared memory takes 1.1 µs, not 0.3.
 *
 * Rows of format 1, before the mark, are lengths (u16, u32), id, payload, components. A length of an id is 2 to 1,025,
 * so that its two bytes are never the mark, nor the mark with one wrong bit.
 */
import { idOfKey, type PointId } from '../base/ids.js';
import { ID_BYTES_MAX } from '../base/limits.js';
import type { Checksum } from './crc32c.js';
import { Span } from './entry.js';
import { decodePayload, type Payload } from './payload.js';
import type { StoredPoint } from './store.js';

const MARK = 0x5302;
const FIXED = 10;
const ENTRY = 12;
const CHECKSUM = 4;
/** Fields, and what their bytes are: of a row its vector, of a patch the sequence number of its operation. */
const VECTOR = 0;
const PATCHED_AT = 1;
const FLOAT32 = 1;
const FLOAT64 = 2;

const FIXED_1 = 6;

const UNDECODABLE = 'its payload does not decode';

/** What is wrong with a row's bytes. */
export class RowFault extends Error {
  /** What stands in the place of its id, if that may be one. */
  readonly id: Uint8Array | undefined;

  constructor(message: string, id?: Uint8Array) {
    super(message);
    this.id = id;
  }
}

/**
 * The payload that bytes of a row hold; undefined for none.
 *
 * @throws RowFault where they hold something else, or nothing that can be decoded
 */
export function payloadFrom(bytes: Uint8Array, from = 0, to: number = bytes.length): Payload | undefined {
  let payload: unknown;
  try {
    payload = decodePayload(bytes, from, to);
  } catch {
    throw new RowFault(UNDECODABLE);
  }
  if (payload !== undefined && (typeof payload !== 'object' || payload === null || Array.isArray(payload)))
    throw new RowFault(UNDECODABLE);
  return payload as Payload | undefined;
}

/** Where a head ends, with zeros and checksum, whose payload ends at `end`. */
function headEnd(end: number): number {
  return align8(end + CHECKSUM);
}

function align8(at: number): number {
  return Math.ceil(at / 8) * 8;
}

type Sized = { readonly length: number };

/** Bytes of a row's value. */
export function rowBytes(id: Sized, payload: Sized, vector: Sized): number {
  return headEnd(FIXED + ENTRY + id.length + payload.length) + vector.length;
}

function put16(into: Uint8Array, at: number, value: number): void {
  into[at] = value;
  into[at + 1] = value >>> 8;
}

function put32(into: Uint8Array, at: number, value: number): void {
  put16(into, at, value);
  put16(into, at + 2, value >>> 16);
}

/** From so many bytes on, a view and a call of native code are faster than a loop. */
const MANY_BYTES = 128;

function copy({ bytes, start, end }: Span, into: Uint8Array, at: number): void {
  if (end - start >= MANY_BYTES) into.set(bytes.subarray(start, end), at);
  else for (let i = start; i < end; i++) into[at + i - start] = bytes[i]!;
}

function get16(from: Uint8Array, at: number): number {
  return from[at]! | (from[at + 1]! << 8);
}

function get32(from: Uint8Array, at: number): number {
  return (get16(from, at) | (get16(from, at + 2) << 16)) >>> 0;
}

/** What the checksums of a row begin with. */
function seedOf(collection: number, row: number): number {
  return ((row % 0x1_0000_0000) ^ collection) >>> 0;
}

export function isOldRow(value: Uint8Array): boolean {
  return value.length >= FIXED_1 && get16(value, 0) >= 2 && get16(value, 0) <= 1 + ID_BYTES_MAX;
}

/** Where the parts of a row's head begin and end. */
interface Head {
  readonly id: number;
  readonly payload: number;
  readonly payloadEnd: number;
  readonly end: number;
}

function idIn(value: Uint8Array, from: number, to: number): Uint8Array | undefined {
  return to - from >= 2 && to - from <= 1 + ID_BYTES_MAX ? value.slice(from, to) : undefined;
}

/** The head of a row of format 1, which has no checksums. */
function oldHead(value: Uint8Array): Head {
  const payload = FIXED_1 + get16(value, 0);
  const end = payload + get32(value, 2);
  if (end > value.length || (value.length - end) % 4 !== 0) throw new RowFault('its lengths do not add up');
  return { id: FIXED_1, payload, payloadEnd: end, end };
}

function headOf(value: Uint8Array): Head {
  if (value.length < FIXED || get16(value, 0) !== MARK)
    throw new RowFault('it does not begin as a row of this format');
  const id = FIXED + ENTRY * get16(value, 2);
  const payload = id + get16(value, 4);
  const payloadEnd = payload + get32(value, 6);
  const end = headEnd(payloadEnd);
  if (end > value.length) throw new RowFault('its lengths do not add up');
  return { id, payload, payloadEnd, end };
}

/** Not `subarray`: that of a Buffer takes twice as long. */
function viewOf({ buffer, byteOffset }: Uint8Array, from: number, to: number): Uint8Array {
  return new Uint8Array(buffer, byteOffset + from, to - from);
}

/** A point in the bytes of its row. Views of them are made when they are asked for: two of them take a tenth of a microsecond. */
class PointIn implements StoredPoint {
  readonly #value: Uint8Array;
  readonly #id: number;
  readonly payloadIn: Span;
  readonly unchecked: boolean;

  constructor(value: Uint8Array, id: number, payload: Span, unchecked: boolean) {
    this.#value = value;
    this.#id = id;
    this.payloadIn = payload;
    this.unchecked = unchecked;
  }

  get id(): Uint8Array {
    return viewOf(this.#value, this.#id, this.payloadIn.start);
  }

  get name(): PointId {
    return idOfKey(this.#value, this.#id, this.payloadIn.start);
  }

  get payload(): Uint8Array {
    const { start, end } = this.payloadIn;
    return viewOf(this.#value, start, end);
  }
}

export class RowCodec {
  readonly #checksum: Checksum;
  /** Whether rows of format 1 are among those that are read. */
  oldRows = false;

  constructor(checksum: Checksum) {
    this.#checksum = checksum;
  }

  /** Writes the value of a row to `into`, which has just its bytes (`rowBytes`); returns it. */
  write<B extends Uint8Array>(
    into: B,
    collection: number,
    row: number,
    id: Uint8Array,
    payload: Uint8Array,
    vector: Uint8Array,
  ): B {
    this.writeAt(into, 0, collection, row, new Span(id), new Span(payload), new Span(vector));
    return into;
  }

  /**
   * The value of a patch: id and payload of a row as they are from there on. It has the form of a row whose one field is
   * `seq`, the sequence number of the operation.
   */
  patch(collection: number, row: number, id: Uint8Array, payload: Uint8Array, seq: number): Uint8Array {
    const field = new Uint8Array(Float64Array.of(seq).buffer);
    const into = new Uint8Array(rowBytes(id, payload, field));
    this.writeAt(into, 0, collection, row, new Span(id), new Span(payload), new Span(field), PATCHED_AT);
    return into;
  }

  /** Writes it to `into` from `at` on, a multiple of 8. */
  writeAt(
    into: Uint8Array,
    at: number,
    collection: number,
    row: number,
    id: Span,
    payload: Span,
    { bytes, start, end }: Span,
    field: number = VECTOR,
  ): void {
    const seed = seedOf(collection, row);
    // The one view of a row that is made: checksum and copying go through all of it in native code.
    const vector = new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start);
    put16(into, at, MARK);
    put16(into, at + 2, 1);
    put16(into, at + 4, id.length);
    put32(into, at + 6, payload.length);
    put16(into, at + FIXED, field);
    put16(into, at + FIXED + 2, field === VECTOR ? FLOAT32 : FLOAT64);
    put32(into, at + FIXED + 4, vector.length);
    put32(into, at + FIXED + 8, this.#checksum(vector, 0, vector.length, seed));
    const idAt = at + FIXED + ENTRY;
    const payloadEnd = idAt + id.length + payload.length;
    const vectorAt = at + headEnd(payloadEnd - at);
    copy(id, into, idAt);
    copy(payload, into, idAt + id.length);
    for (let i = payloadEnd; i < vectorAt - CHECKSUM; i++) into[i] = 0;
    put32(into, vectorAt - CHECKSUM, this.#checksum(into, at, vectorAt - CHECKSUM, seed));
    into.set(vector, vectorAt);
  }

  /**
   * Id and payload of a row, in `value`.
   *
   * @throws RowFault
   */
  point(value: Uint8Array, collection: number, row: number): StoredPoint {
    const old = this.oldRows && isOldRow(value);
    const { id, payload, payloadEnd, end } = old ? oldHead(value) : headOf(value);
    const checked = end - CHECKSUM;
    if (!old && this.#checksum(value, 0, checked, seedOf(collection, row)) !== get32(value, checked))
      throw new RowFault('the checksum of its id and payload does not match', idIn(value, id, payload));
    return new PointIn(value, id, new Span(value, payload, payloadEnd), old);
  }

  /**
   * The bytes of a row's vector: a view of `value`.
   *
   * @throws RowFault
   */
  vector(value: Uint8Array, collection: number, row: number): Uint8Array {
    if (this.oldRows && isOldRow(value)) return viewOf(value, oldHead(value).end, value.length);
    const vector = this.#field(value, collection, row, VECTOR);
    if (!vector) throw new RowFault('it has no vector');
    return vector;
  }

  /**
   * The sequence number of the operation that made a patch.
   *
   * @throws RowFault
   */
  patchedAt(value: Uint8Array, collection: number, row: number): number {
    const bytes = this.#field(value, collection, row, PATCHED_AT);
    if (bytes?.length !== 8) throw new RowFault('it has no sequence number');
    return new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0, true);
  }

  #field(value: Uint8Array, collection: number, row: number, field: number): Uint8Array | undefined {
    let start = headOf(value).end;
    for (let entry = FIXED; entry < FIXED + ENTRY * get16(value, 2); entry += ENTRY) {
      const end = start + get32(value, entry + 4);
      if (end > value.length) throw new RowFault('its lengths do not add up');
      if (get16(value, entry) !== field) {
        start = align8(end);
        continue;
      }
      const bytes = viewOf(value, start, end);
      if (this.#checksum(bytes, 0, bytes.length, seedOf(collection, row)) !== get32(value, entry + 8))
        throw new RowFault(
          `the checksum of its ${field === VECTOR ? 'vector' : 'sequence number'} does not match`,
        );
      return bytes;
    }
    return undefined;
  }
}
