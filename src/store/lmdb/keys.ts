/* Keys of the LMDB store: the collection's number, big-endian, then the row number or the key of an id. */

/** Of a key: the number of the collection, in front. */
export const COLLECTION_BYTES = 4;
const ROW_BYTES = 12;

/** Writes the key of a row; returns the same bytes. */
export function rowKey(into: Buffer, collection: number, row: number): Buffer {
  into.writeUInt32BE(collection, 0);
  into.writeUInt32BE(Math.floor(row / 0x1_0000_0000), COLLECTION_BYTES);
  into.writeUInt32BE(row % 0x1_0000_0000, COLLECTION_BYTES + 4);
  return into;
}

export function newRowKey(collection: number, row: number): Buffer {
  return rowKey(Buffer.allocUnsafe(ROW_BYTES), collection, row);
}

export function rowOfKey(key: Uint8Array): number {
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
  return view.getUint32(COLLECTION_BYTES) * 0x1_0000_0000 + view.getUint32(COLLECTION_BYTES + 4);
}

/** The key under which an id stands in the store. */
export function storedId(collection: number, id: Uint8Array): Buffer {
  const key = Buffer.allocUnsafe(COLLECTION_BYTES + id.length);
  key.writeUInt32BE(collection, 0);
  key.set(id, COLLECTION_BYTES);
  return key;
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
