/* Keys of the LMDB store: the collection's number, big-endian, then the row number or the key of an id. */
import { ID_BYTES_MAX } from '../../base/limits.js';
import type { Span } from '../entry.js';

/** Of a key: the number of the collection, in front. */
export const COLLECTION_BYTES = 4;
export const ROW_BYTES = 12;

function put32(into: Uint8Array, at: number, value: number): void {
  into[at] = value >>> 24;
  into[at + 1] = value >>> 16;
  into[at + 2] = value >>> 8;
  into[at + 3] = value;
}

/** Writes the key of a row, which has `ROW_BYTES`, to `into` from `at` on. */
export function writeRowKey(into: Uint8Array, at: number, collection: number, row: number): void {
  put32(into, at, collection);
  put32(into, at + COLLECTION_BYTES, Math.floor(row / 0x1_0000_0000));
  put32(into, at + COLLECTION_BYTES + 4, row % 0x1_0000_0000);
}

/** Writes the key of a row; returns the same bytes. */
export function rowKey(into: Buffer, collection: number, row: number): Buffer {
  writeRowKey(into, 0, collection, row);
  return into;
}

export function newRowKey(collection: number, row: number): Buffer {
  return rowKey(Buffer.allocUnsafe(ROW_BYTES), collection, row);
}

/** Behind the number of a collection's patches, in the keys of changed values: no row number begins with it. */
const OF_CHANGES = 1;
const FIELD_AT = COLLECTION_BYTES + 1;
const ROW_AT = FIELD_AT + 2;

/** Of the key of a changed value. */
export const CHANGE_BYTES: number = ROW_AT + 8;

/** The first key of changed values in a field; of the one behind it, the first behind these. */
export function firstChange(patches: number, field: number): Buffer {
  const key = Buffer.allocUnsafe(ROW_AT);
  key.writeUInt32BE(patches, 0);
  key[COLLECTION_BYTES] = OF_CHANGES;
  key.writeUInt16BE(field, FIELD_AT);
  return key;
}

/** Writes the key of the value that a row got in a field, behind all patches, to `into` from `at` on. */
export function writeChangeKey(
  into: Uint8Array,
  at: number,
  patches: number,
  field: number,
  row: number,
): void {
  put32(into, at, patches);
  into[at + COLLECTION_BYTES] = OF_CHANGES;
  into[at + FIELD_AT] = field >>> 8;
  into[at + FIELD_AT + 1] = field;
  put32(into, at + ROW_AT, Math.floor(row / 0x1_0000_0000));
  put32(into, at + ROW_AT + 4, row % 0x1_0000_0000);
}

/** The same; returns the same bytes. */
export function changeKey(into: Buffer, patches: number, field: number, row: number): Buffer {
  writeChangeKey(into, 0, patches, field, row);
  return into;
}

export function newChangeKey(patches: number, field: number, row: number): Buffer {
  return changeKey(Buffer.allocUnsafe(CHANGE_BYTES), patches, field, row);
}

export function rowOfChange(key: Uint8Array): number {
  return rowAt(key, ROW_AT);
}

/**
 * Under which number a collection's patches stand in the table of rows: behind all rows. Collections are counted from 1,
 * one by one, so that none gets there.
 */
export function patchesOf(collection: number): number {
  return (collection | 0x8000_0000) >>> 0;
}

export function isPatches(collection: number): boolean {
  return collection >= 0x8000_0000;
}

export function rowOfKey(key: Uint8Array): number {
  return rowAt(key, COLLECTION_BYTES);
}

function rowAt(key: Uint8Array, at: number): number {
  return get32(key, at) * 0x1_0000_0000 + get32(key, at + 4);
}

/** Without a view of it, which would take longer than the rest. */
function get32(key: Uint8Array, at: number): number {
  return ((key[at]! << 24) | (key[at + 1]! << 16) | (key[at + 2]! << 8) | key[at + 3]!) >>> 0;
}

/** The key under which an id stands in the store. */
export function storedId(collection: number, id: Uint8Array): Buffer {
  const key = Buffer.allocUnsafe(COLLECTION_BYTES + id.length);
  key.writeUInt32BE(collection, 0);
  key.set(id, COLLECTION_BYTES);
  return key;
}

/** Keys of ids one after another, each in the place of the one before: what is made for each length is made once. */
export class StoredIds {
  readonly #bytes = Buffer.allocUnsafeSlow(COLLECTION_BYTES + 1 + ID_BYTES_MAX);
  /** By the length of a key. */
  readonly #keys: Buffer[] = [];

  /** The key of an id; valid until the next one is asked for. */
  of(collection: number, { bytes, start, end }: Span): Buffer {
    const length = COLLECTION_BYTES + end - start;
    const key = (this.#keys[length] ??= this.#bytes.subarray(0, length));
    put32(key, 0, collection);
    for (let i = start; i < end; i++) key[COLLECTION_BYTES + i - start] = bytes[i]!;
    return key;
  }
}

export function idOfStored(key: Uint8Array): Uint8Array {
  return key.subarray(COLLECTION_BYTES);
}

/** First key of a collection. */
export function firstKey(collection: number): Buffer {
  const key = Buffer.allocUnsafe(COLLECTION_BYTES);
  key.writeUInt32BE(collection, 0);
  return key;
}

/** Bytes of a row number as a value. */
const ROW_VALUE_BYTES = 8;

/** What a damaged value names: a row that there never is. */
const NO_ROW = Number.MAX_SAFE_INTEGER;

/** The row that a value of the table of ids names; 0 where there is none. Values have no checksum. */
export function rowOfValue(value: Buffer | undefined): number {
  if (value === undefined) return 0;
  const row = value.length === ROW_VALUE_BYTES ? value.readDoubleLE(0) : 0;
  return Number.isSafeInteger(row) && row > 0 ? row : NO_ROW;
}

/** A row number as a value. */
export function rowValue(row: number): Buffer {
  const value = Buffer.allocUnsafe(ROW_VALUE_BYTES);
  value.writeDoubleLE(row, 0);
  return value;
}
