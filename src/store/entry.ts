/*
 * Entries: what one write resolved to, as values alone. An entry holds resolved ids, vectors and payloads, never a filter,
 * and never a row number: the store gives the numbers when it appends the entry. So whoever replays the same entries in
 * the same order gets the same rows, in this process, in another one, or from a file of entries.
 *
 * As bytes, little-endian:
 *
 *   head      mark u32, version u16, kind u16, collection u32, count u32, bytes of the rest u32, sections u16, flags u16,
 *             checksum of the rest u32, checksum of the head so far u32
 *   sections  for each: what it is u16, field u16, bytes u32
 *   values    those of each section in that order, each filled up with zeros to a multiple of 8
 *
 * The head has a checksum of its own, so that a wrong length is not taken for an entry that was cut short. Flag 1 says
 * that the next entry belongs to the same commit: all of a commit's entries count, or none.
 *
 * A kind of write, a field or a form of payload that is new gets a number of its own; what an earlier release would
 * misunderstand raises the version. A reader rejects what it does not know: by passing over it, it would get other rows.
 */
import { FIELDS_EVER_MAX, ID_BYTES_MAX } from '../base/limits.js';
import { type Checksum, crc32c } from './crc32c.js';
import { arrayOf, checkChanges, checkParts, EntryFault, wrong } from './entry-parts.js';

export { EntryFault };

/** Points written, ids deleted, payloads patched, or values of single fields changed, by one call; in order. */
export interface PointsEntry {
  readonly kind: 'put' | 'remove' | 'patch' | 'values';
  readonly collection: number;
  readonly count: number;
  /** Keys of the ids, one after another, and where each ends. */
  readonly ids: Uint8Array;
  readonly idEnds: Uint32Array;
  /** Bytes of the payloads, likewise. Empty for deletions and values; for patches the one patch that all ids get (patch.ts). */
  readonly payloads: Uint8Array;
  readonly payloadEnds: Uint32Array;
  /** `count` vectors, of points written: where each must have one, and nothing else. */
  readonly vectors: Float32Array;
  /** Of points written, where `vectors` is empty: the values of each field. Of values that are changed: see changes.ts. */
  readonly fields?: readonly FieldValues[];
  /** All but points written: the row that each id must name, or it is passed over. Without: whatever it names. */
  readonly expected?: Float64Array;
  /** Bytes that its commit takes besides, about: of payloads that are there and are written again. Not encoded. */
  readonly rewritten?: number;
}

/** Values of one field: their bytes one after another, and where each ends. No bytes: the point has none. */
export interface FieldValues {
  readonly field: number;
  readonly bytes: Uint8Array;
  readonly ends: Uint32Array;
}

/** A JSON value, or undefined to take the record away. */
export type RecordChange = readonly [key: string, value: unknown];

/** Records put or taken away: collections made and dropped, payload indexes, notes. */
export interface RecordsEntry {
  readonly kind: 'records';
  readonly records: readonly RecordChange[];
}

export type Entry = PointsEntry | RecordsEntry;

/** The part of an entry's ids or payloads that belongs to operation `i`. */
export function partOf(bytes: Uint8Array, ends: Uint32Array, i: number): Uint8Array {
  return bytes.subarray(i === 0 ? 0 : ends[i - 1]!, ends[i]!);
}

/** Some bytes among others. Whoever goes through many moves one on from each to the next, and makes no view of each. */
export class Span {
  bytes: Uint8Array;
  start: number;
  end: number;

  constructor(bytes: Uint8Array, start = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
  }

  get length(): number {
    return this.end - this.start;
  }

  /** To the next part, which ends there. */
  moveTo(end: number): void {
    this.start = this.end;
    this.end = end;
  }
}

/** The vector of operation `i`. */
export function vectorAt({ vectors, count }: PointsEntry, i: number): Float32Array {
  const dimension = vectors.length / count;
  return vectors.subarray(i * dimension, (i + 1) * dimension);
}

const MARK = 0x544e4553; // "SENT"
const VERSION = 1;
const HEAD_BYTES = 32;
const SECTION_BYTES = 8;
const MORE = 1;

const KINDS = ['put', 'remove', 'records', 'patch', 'values'] as const;

const IDS = 1;
const ID_ENDS = 2;
const PAYLOADS = 3;
const PAYLOAD_ENDS = 4;
/** Of a field: float32 components. */
const VECTORS = 5;
const EXPECTED = 6;
const RECORDS = 7;
/** Of a field: the bytes of its values, as the kind of the field says, and where each ends. */
const VALUES = 8;
const VALUE_ENDS = 9;
/** Sections that there may be of several fields. */
const OF_FIELDS: readonly number[] = [VALUES, VALUE_ENDS];

/** The sections that an entry of a kind must have, and may have. */
const NEEDED: Readonly<Record<Entry['kind'], readonly number[]>> = {
  put: [IDS, ID_ENDS, PAYLOADS, PAYLOAD_ENDS, VECTORS],
  remove: [IDS, ID_ENDS],
  records: [RECORDS],
  patch: [IDS, ID_ENDS, PAYLOADS, PAYLOAD_ENDS],
  values: [IDS, ID_ENDS],
};
const ALLOWED: Readonly<Record<Entry['kind'], readonly number[]>> = {
  ...NEEDED,
  put: [...NEEDED.put, ...OF_FIELDS],
  remove: [IDS, ID_ENDS, EXPECTED],
  patch: [...NEEDED.patch, EXPECTED],
  values: [...NEEDED.values, ...OF_FIELDS, EXPECTED],
};

/** The unnamed field, and what is of no field. */
const UNNAMED = 0;

type Section = readonly [what: number, bytes: Uint8Array, field?: number];

const align8 = (at: number): number => Math.ceil(at / 8) * 8;
const ZEROS = new Uint8Array(8);

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function sectionsOf(entry: Entry): Section[] {
  if (entry.kind === 'records') {
    const pairs = entry.records.map(([key, value]) => (value === undefined ? [key] : [key, value]));
    return [[RECORDS, new TextEncoder().encode(JSON.stringify(pairs))]];
  }
  const sections: Section[] = [
    [IDS, entry.ids],
    [ID_ENDS, bytesOf(entry.idEnds)],
  ];
  if (entry.kind === 'put' || entry.kind === 'patch')
    sections.push([PAYLOADS, entry.payloads], [PAYLOAD_ENDS, bytesOf(entry.payloadEnds)]);
  if (entry.kind === 'put') sections.push([VECTORS, bytesOf(entry.vectors)]);
  if (entry.kind === 'put' || entry.kind === 'values')
    for (const { field, bytes, ends } of entry.fields ?? [])
      sections.push([VALUES, bytes, field], [VALUE_ENDS, bytesOf(ends), field]);
  if (entry.kind !== 'put' && entry.expected) sections.push([EXPECTED, bytesOf(entry.expected)]);
  return sections;
}

/** An entry that was read, and where it ends. */
export interface ReadEntry {
  readonly entry: Entry;
  readonly end: number;
  /** Whether the next entry belongs to the same commit. */
  readonly more: boolean;
}

interface Head {
  readonly kind: Entry['kind'];
  readonly collection: number;
  readonly count: number;
  readonly sections: number;
  readonly more: boolean;
  readonly end: number;
  readonly checksum: number;
}

export class EntryCodec {
  readonly #checksum: Checksum;

  constructor(checksum: Checksum = crc32c) {
    this.#checksum = checksum;
  }

  /**
   * The bytes of an entry, in pieces to be written one after another: views of the entry's own where those are many.
   * All together are a multiple of 8. `more`: the next entry belongs to the same commit.
   */
  encode(entry: Entry, more = false): Uint8Array[] {
    const sections = sectionsOf(entry);
    const head = new Uint8Array(HEAD_BYTES + SECTION_BYTES * sections.length);
    const view = new DataView(head.buffer);
    const pieces: Uint8Array[] = [head];
    let bytes = head.length - HEAD_BYTES;
    for (const [i, [what, value, field = UNNAMED]] of sections.entries()) {
      const at = HEAD_BYTES + SECTION_BYTES * i;
      view.setUint16(at, what, true);
      view.setUint16(at + 2, field, true);
      view.setUint32(at + 4, value.length, true);
      const end = align8(value.length);
      if (value.length > 0) pieces.push(value);
      if (end > value.length) pieces.push(ZEROS.subarray(0, end - value.length));
      bytes += end;
    }
    const points = entry.kind === 'records' ? { collection: 0, count: 0 } : entry;
    view.setUint32(0, MARK, true);
    view.setUint16(4, VERSION, true);
    view.setUint16(6, KINDS.indexOf(entry.kind), true);
    view.setUint32(8, points.collection, true);
    view.setUint32(12, points.count, true);
    view.setUint32(16, bytes, true);
    view.setUint16(20, sections.length, true);
    view.setUint16(22, more ? MORE : 0, true);
    let checksum = this.#checksum(head, HEAD_BYTES, head.length, 0);
    for (const piece of pieces.slice(1)) checksum = this.#checksum(piece, 0, piece.length, checksum);
    view.setUint32(24, checksum, true);
    view.setUint32(28, this.#checksum(head, 0, 28, 0), true);
    return pieces;
  }

  /**
   * The entry that begins at `at`. Its values are views of `bytes`, where those lie as processors need them: which they
   * do if the first entry begins at an address that is a multiple of 8.
   *
   * @throws EntryFault
   */
  decode(bytes: Uint8Array, at = 0): ReadEntry {
    const head = this.#head(bytes, at);
    const begin = at + HEAD_BYTES;
    if (head.end > bytes.length)
      throw new EntryFault(
        'short',
        `the entry at byte ${at} has ${head.end - at} bytes, of which ${bytes.length - at} are there`,
      );
    if (this.#checksum(bytes, begin, head.end, 0) !== head.checksum)
      throw new EntryFault('damaged', `the checksum of the entry at byte ${at} does not match`);
    try {
      return { entry: entryOf(head, bytes, begin), end: head.end, more: head.more };
    } catch (error) {
      if (!(error instanceof EntryFault)) throw error;
      throw new EntryFault(error.kind, `the entry at byte ${at} ${error.message}`);
    }
  }

  #head(bytes: Uint8Array, at: number): Head {
    if (at + HEAD_BYTES > bytes.length)
      throw new EntryFault('short', `the entry at byte ${at} ends within its head`);
    const view = new DataView(bytes.buffer, bytes.byteOffset + at, HEAD_BYTES);
    if (
      view.getUint32(0, true) !== MARK ||
      this.#checksum(bytes, at, at + 28, 0) !== view.getUint32(28, true)
    )
      throw new EntryFault('damaged', `no entry begins at byte ${at}, or its head is damaged`);
    const version = view.getUint16(4, true);
    if (version !== VERSION)
      throw new EntryFault(
        'unknown',
        `the entry at byte ${at} has version ${version}, expected ${VERSION}: read it with a newer release`,
      );
    const number = view.getUint16(6, true);
    const kind = KINDS[number];
    const flags = view.getUint16(22, true);
    if (kind === undefined || flags > MORE)
      throw new EntryFault(
        'unknown',
        `the entry at byte ${at} is of kind ${number} with flags ${flags}, which this release does not know`,
      );
    return {
      kind,
      collection: view.getUint32(8, true),
      count: view.getUint32(12, true),
      sections: view.getUint16(20, true),
      more: flags === MORE,
      end: at + HEAD_BYTES + view.getUint32(16, true),
      checksum: view.getUint32(24, true),
    };
  }
}

/** The checksums are right: what is wrong from here on was written so. */
function entryOf(head: Head, bytes: Uint8Array, begin: number): Entry {
  const { kind, collection, count } = head;
  const values = valuesOf(head, bytes, begin);
  const value = (what: number, field = UNNAMED): Uint8Array =>
    values.get(keyOf(what, field)) ?? ZEROS.subarray(0, 0);
  const fields = fieldsIn(values).map((field) => ({
    field,
    bytes: value(VALUES, field),
    ends: arrayOf(Uint32Array, value(VALUE_ENDS, field), kind, 'ends of values'),
  }));
  if (kind === 'records') return { kind, records: recordsOf(value(RECORDS)) };
  const entry: PointsEntry = {
    kind,
    collection,
    count,
    ids: value(IDS),
    idEnds: arrayOf(Uint32Array, value(ID_ENDS), kind, 'ends of ids'),
    payloads: value(PAYLOADS),
    payloadEnds: arrayOf(Uint32Array, value(PAYLOAD_ENDS), kind, 'ends of payloads'),
    vectors: arrayOf(Float32Array, value(VECTORS), kind, 'vectors'),
    ...(fields.length > 0 && { fields }),
    ...(values.has(EXPECTED) && {
      expected: arrayOf(Float64Array, value(EXPECTED), kind, 'rows'),
    }),
  };
  checkParts('ids', entry.idEnds, count, entry.ids.length, 2, 1 + ID_BYTES_MAX);
  if (kind === 'patch') checkParts('patches', entry.payloadEnds, 1, entry.payloads.length, 1, Infinity);
  if (kind === 'put') {
    checkParts('payloads', entry.payloadEnds, count, entry.payloads.length, 0, Infinity);
    const { length } = entry.vectors;
    if (count === 0 ? length > 0 : length % count !== 0)
      throw wrong(`has ${length} components for ${count} vectors`);
    if (fields.length > 0 && length > 0) throw wrong('has vectors beside the values of fields');
  }
  for (const { field, bytes, ends } of fields) {
    checkParts(`values of field ${field}`, ends, count, bytes.length, 0, Infinity);
    if (kind === 'values') checkChanges(field, ends);
  }
  if (entry.expected && entry.expected.length !== count)
    throw wrong(`has ${entry.expected.length} rows for ${count} ids`);
  return entry;
}

/** Of a section, among those of an entry. */
function keyOf(what: number, field: number): number {
  return what + 0x1_0000 * field;
}

/** The fields of which there are values and their ends, in the order of their sections. */
function fieldsIn(values: ReadonlyMap<number, Uint8Array>): number[] {
  const of = (what: number): number[] =>
    [...values.keys()].filter((key) => key % 0x1_0000 === what).map((key) => Math.floor(key / 0x1_0000));
  const fields = of(VALUES);
  const alone = [...fields, ...of(VALUE_ENDS)].find(
    (field) => !values.has(keyOf(VALUES, field)) || !values.has(keyOf(VALUE_ENDS, field)),
  );
  if (alone !== undefined)
    throw wrong(`has values of field ${alone} without their ends, or ends without values`);
  const large = fields.find((field) => field > FIELDS_EVER_MAX);
  if (large !== undefined) throw wrong(`has field ${large}, at most ${FIELDS_EVER_MAX} is possible`);
  return fields;
}

function valuesOf({ kind, sections, end }: Head, bytes: Uint8Array, begin: number): Map<number, Uint8Array> {
  const values = new Map<number, Uint8Array>();
  let at = begin + SECTION_BYTES * sections;
  if (at > end) throw wrong('has more sections than bytes');
  const view = new DataView(bytes.buffer, bytes.byteOffset + begin, at - begin);
  for (let i = 0; i < sections; i++) {
    const what = view.getUint16(SECTION_BYTES * i, true);
    const field = view.getUint16(SECTION_BYTES * i + 2, true);
    const length = view.getUint32(SECTION_BYTES * i + 4, true);
    if (!ALLOWED[kind].includes(what) || (field !== UNNAMED && !OF_FIELDS.includes(what)))
      throw new EntryFault(
        'unknown',
        `has a section ${what} of field ${field}, which this release does not know`,
      );
    const key = keyOf(what, field);
    if (values.has(key)) throw wrong(`has section ${what} of field ${field} twice`);
    values.set(key, bytes.subarray(at, at + length));
    at += align8(length);
    if (at > end) throw wrong(`has a section ${what} of more bytes than there are`);
  }
  const missing = NEEDED[kind].find((what) => !values.has(what));
  if (missing !== undefined) throw wrong(`has no section ${missing}`);
  if (at !== end) throw wrong('has bytes behind its last section');
  return values;
}

function recordsOf(bytes: Uint8Array): RecordChange[] {
  let pairs: unknown;
  try {
    pairs = JSON.parse(new TextDecoder().decode(bytes.slice()));
  } catch {
    throw wrong('has records that are not JSON');
  }
  const isPair = (pair: unknown): pair is [string, unknown?] =>
    Array.isArray(pair) && typeof pair[0] === 'string' && pair.length <= 2;
  if (!Array.isArray(pairs) || !pairs.every(isPair)) throw wrong('has records without keys');
  return pairs.map(([key, value]) => [key, value]);
}
