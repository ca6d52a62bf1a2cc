/* Keys of the LMDB store: the collection's number, big-endian, then the row number or the key of an id. */

const PREFIX = 4;
const ROW_BYTES = 12;

/** Writes the key of a row; returns the same bytes. */
export function rowKey(into: Buffer, collection: number, row: number): Buffer {
  into.writeUInt32BE(collection, 0);
  into.writeUInt32BE(Math.floor(row / 0x1_0000_0000), PREFIX);
  into.writeUInt32BE(row % 0x1_0000_0000, PREFIX + 4);
  return into;
}

export function newRowKey(collection: number, row: number): Buffer {
  return rowKey(Buffer.allocUnsafe(ROW_BYTES), collection, row);
}

export function rowOfKey(key: Uint8Array): number {
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
  return view.getUint32(PREFIX) * 0x1_0000_0000 + view.getUint32(PREFIX + 4);
}

/** The key under which an id stands in the store. */
export function storedId(collection: number, id: Uint8Array): Buffer {
  const key = Buffer.allocUnsafe(PREFIX + id.length);
  key.writeUInt32BE(collection, 0);
  key.set(id, PREFIX);
  return key;
}

export function idOfStored(key: Uint8Array): Uint8Array {
  return key.subarray(PREFIX);
}

/** First key of a collection. */
export function firstKey(collection: number): Buffer {
  const key = Buffer.allocUnsafe(PREFIX);
  key.writeUInt32BE(collection, 0);
  return key;
}

/** A row number as a value. */
export function rowValue(into: Buffer, row: number): Buffer {
  into.writeDoubleLE(row, 0);
  return into;
}

/*
 * A row as one value: length of the id (u16), length of the payload (u32), id, payload, components. One value, because
 * a row in two tables costs the writer a third more.
 */
const LENGTHS = 6;

/** Bytes of a row's value. */
export function rowBytes(id: Uint8Array, payload: Uint8Array, vector: Uint8Array): number {
  return LENGTHS + id.length + payload.length + vector.length;
}

/** Writes the value of a row to the front of `into`. */
export function writeRow(into: Buffer, id: Uint8Array, payload: Uint8Array, vector: Uint8Array): Buffer {
  into.writeUInt16LE(id.length, 0);
  into.writeUInt32LE(payload.length, 2);
  into.set(id, LENGTHS);
  into.set(payload, LENGTHS + id.length);
  into.set(vector, LENGTHS + id.length + payload.length);
  return into.subarray(0, rowBytes(id, payload, vector));
}

export function pointOf(value: Buffer): { id: Uint8Array; payload: Uint8Array } {
  const end = LENGTHS + value.readUInt16LE(0);
  return { id: value.subarray(LENGTHS, end), payload: value.subarray(end, end + value.readUInt32LE(2)) };
}

/** A copy of the components. */
export function vectorOf(value: Buffer): Float32Array<ArrayBuffer> {
  const bytes = value.subarray(LENGTHS + value.readUInt16LE(0) + value.readUInt32LE(2));
  const vector = new Float32Array(bytes.length / 4);
  new Uint8Array(vector.buffer).set(bytes);
  return vector;
}
