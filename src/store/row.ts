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
import { align8, copySpan, get16, get32, put16, put32 } from './row-bytes.js';
import type { StoredPoint } from './store.js';

const MARK = 0x5302;
const FIXED = 10;
const ENTRY = 12;
const CHECKSUM = 4;
/**
 * Fields, and what their bytes are: of a row its vector, of a patch the sequence number of its operation. A named field has
 * its own number plus one, and bytes of its kind.
 */
const VECTOR = 0;
const PATCHED_AT = 1;
const FLOAT32 = 1;
const FLOAT64 = 2;
const OF_FIELD = 3;

function numberIn(field: number): number {
  return field === VECTOR ? VECTOR : field + 1;
}

function kindOf(number: number): number {
  return number === VECTOR ? FLOAT32 : number === PATCHED_AT ? FLOAT64 : OF_FIELD;
}

function partName(number: number): string {
  if (number === VECTOR) return 'vector';
  return number === PATCHED_AT ? 'sequence number' : `value in field ${number - 1}`;
}

/** The bytes of a field of a row: none where the row has no value in it. */
export class FieldSpan extends Span {
  readonly number: number;

  get kind(): number {
    return kindOf(this.number);
  }

  /** `field`: its number in the collection, 0 for the unnamed one. */
  constructor(field: number, bytes: Uint8Array, start?: number, end?: number) {
    super(bytes, start, end);
    this.number = numberIn(field);
  }
}

class PatchedAt extends FieldSpan {
  constructor(seq: number) {
    super(0, new Uint8Array(Float64Array.of(seq).buffer));
  }

  override readonly number: number = PATCHED_AT;
}

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

type Sized = { readonly length: number };

/** Bytes of a row's value. */
export function rowBytes(id: Sized, payload: Sized, fields: readonly Sized[]): number {
  let count = 0;
  for (const { length } of fields) if (length > 0) count++;
  let bytes = headEnd(FIXED + ENTRY * count + id.length + payload.length);
  for (const { length } of fields) if (length > 0) bytes = align8(bytes) + length;
  return bytes;
}

/** What the checksums of a row begin with. */
function seedOf(collection: number, row: number): number {
  return ((row % 0x1_0000_0000) ^ collection) >>> 0;
}

/** Of a field. That of a named one has its number in it: one wrong bit there would give the value of another. */
function fieldSeed(seed: number, number: number): number {
  return number <= PATCHED_AT ? seed : (seed ^ (number << 16)) >>> 0;
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
    fields: readonly FieldSpan[],
  ): B {
    this.writeAt(into, 0, collection, row, new Span(id), new Span(payload), fields);
    return into;
  }

  /**
   * The value of a patch: id and payload of a row as they are from there on. It has the form of a row whose one field is
   * `seq`, the sequence number of the operation.
   */
  patch(collection: number, row: number, id: Uint8Array, payload: Uint8Array, seq: number): Uint8Array {
    const fields = [new PatchedAt(seq)];
    const into = new Uint8Array(rowBytes(id, payload, fields));
    return this.write(into, collection, row, id, payload, fields);
  }

  /** Writes it to `into` from `at` on, a multiple of 8. */
  writeAt(
    into: Uint8Array,
    at: number,
    collection: number,
    row: number,
    id: Span,
    payload: Span,
    fields: readonly FieldSpan[],
  ): void {
    const seed = seedOf(collection, row);
    let idAt = at + FIXED;
    for (const { length } of fields) if (length > 0) idAt += ENTRY;
    const payloadEnd = idAt + id.length + payload.length;
    const headsEnd = at + headEnd(payloadEnd - at);
    let count = 0;
    let fieldAt = headsEnd;
    for (const field of fields) {
      if (field.length === 0) continue;
      fieldAt = this.#writeField(into, at + FIXED + ENTRY * count++, fieldAt, field, seed);
    }
    put16(into, at, MARK);
    put16(into, at + 2, count);
    put16(into, at + 4, id.length);
    put32(into, at + 6, payload.length);
    copySpan(id, into, idAt);
    copySpan(payload, into, idAt + id.length);
    for (let i = payloadEnd; i < headsEnd - CHECKSUM; i++) into[i] = 0;
    put32(into, headsEnd - CHECKSUM, this.#checksum(into, at, headsEnd - CHECKSUM, seed));
  }

  /**
   * A row without its value in a field: the other parts, as they are, with their checksums. Undefined where it has none there.
   *
   * @throws RowFault
   */
  without(value: Uint8Array, collection: number, row: number, field: number): Uint8Array | undefined {
    if (isOldRow(value) || !this.hasField(value, collection, row, field)) return undefined;
    const { id, payloadEnd, end } = headOf(value);
    const kept: { readonly entry: number; readonly start: number; readonly bytes: number }[] = [];
    let start = end;
    for (let entry = FIXED; entry < id; entry += ENTRY) {
      const bytes = get32(value, entry + 4);
      if (start + bytes > value.length) throw new RowFault('its lengths do not add up');
      if (get16(value, entry) !== numberIn(field)) kept.push({ entry, start, bytes });
      start = align8(start + bytes);
    }
    const idAt = FIXED + ENTRY * kept.length;
    const headsEnd = headEnd(idAt + payloadEnd - id);
    const into = new Uint8Array(kept.reduce((at, { bytes }) => align8(at) + bytes, headsEnd));
    into.set(value.subarray(0, FIXED));
    put16(into, 2, kept.length);
    into.set(value.subarray(id, payloadEnd), idAt);
    let at = headsEnd;
    for (const [i, one] of kept.entries()) {
      into.set(value.subarray(one.entry, one.entry + ENTRY), FIXED + ENTRY * i);
      at = align8(at);
      into.set(value.subarray(one.start, one.start + one.bytes), at);
      at += one.bytes;
    }
    const seed = seedOf(collection, row);
    put32(into, headsEnd - CHECKSUM, this.#checksum(into, 0, headsEnd - CHECKSUM, seed));
    return into;
  }

  /** Writes a field behind the one that ends at `end`, and its entry; returns where it ends itself. */
  #writeField(into: Uint8Array, entry: number, end: number, field: FieldSpan, seed: number): number {
    const begin = align8(end);
    // The one view of a field that is made: checksum and copying go through all of it in native code.
    const { buffer, byteOffset } = field.bytes;
    const bytes = new Uint8Array(buffer, byteOffset + field.start, field.length);
    put16(into, entry, field.number);
    put16(into, entry + 2, field.kind);
    put32(into, entry + 4, bytes.length);
    put32(into, entry + 8, this.#checksum(bytes, 0, bytes.length, fieldSeed(seed, field.number)));
    for (let i = end; i < begin; i++) into[i] = 0;
    into.set(bytes, begin);
    return begin + bytes.length;
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
   * The bytes of a row's value in a field: a view of `value`. Undefined where it has none.
   *
   * @throws RowFault
   */
  field(value: Uint8Array, collection: number, row: number, field: number): Uint8Array | undefined {
    if (this.oldRows && isOldRow(value))
      return field === VECTOR ? this.vector(value, collection, row) : undefined;
    const bytes = this.#field(value, collection, row, numberIn(field));
    if (!bytes) this.point(value, collection, row); // the head says which fields there are: is it as it was written?
    return bytes;
  }

  /**
   * Whether a row has a value in a field, whatever its bytes are.
   *
   * @throws RowFault
   */
  hasField(value: Uint8Array, collection: number, row: number, field: number): boolean {
    this.point(value, collection, row);
    if (this.oldRows && isOldRow(value)) return field === VECTOR;
    const number = numberIn(field);
    for (let entry = FIXED; entry < FIXED + ENTRY * get16(value, 2); entry += ENTRY)
      if (get16(value, entry) === number) return true;
    return false;
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
      const seed = fieldSeed(seedOf(collection, row), field);
      if (this.#checksum(bytes, 0, bytes.length, seed) !== get32(value, entry + 8))
        throw new RowFault(`the checksum of its ${partName(field)} does not match`);
      return bytes;
    }
    return undefined;
  }
}
