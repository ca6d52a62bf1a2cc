/* Buckets in the stream of bytes that an index is dumped to: open ones with their entries, sealed ones as bitmaps. */
import { Bitmap } from '../bitmap.js';
import { type BlockReader, type BlockWriter, malformed } from './blocks.js';
import { Bucket, columnsOf, type Space } from './bucket.js';

/** Before a bucket; after the last one. */
const OPEN = 1;
const SEALED = 2;
const END = 0;

/** Writes these buckets; one that is split while blocks are taken stays in the list as it was. */
export function* dumpBuckets(buckets: readonly Bucket[], out: BlockWriter): Generator<Uint8Array> {
  for (const bucket of buckets) {
    if (bucket.count === 0) continue;
    dumpBucket(bucket, out);
    if (out.full) yield* out.blocks();
  }
  out.uint(END);
}

function dumpBucket(bucket: Bucket, out: BlockWriter): void {
  const { isSealed, low, columns, slots, count } = bucket;
  out.uint(isSealed ? SEALED : OPEN);
  if (isSealed) {
    const bytes = bucket.dumpRows();
    out.numbers(low);
    out.uint(bytes.length);
    out.bytes(bytes);
    return;
  }
  out.uint(count);
  for (const column of columns) out.numbers(column.subarray(0, count));
  out.numbers(slots.subarray(0, count));
}

/**
 * Adds to `buckets` what `dumpBuckets` wrote; slots from `rows` on are left out.
 *
 * @throws SnapshotError for malformed bytes: the buckets that are there by then are to be disposed of
 */
export function loadBuckets(from: BlockReader, space: Space, rows: number, buckets: Bucket[]): void {
  for (let mark = from.uint(); mark !== END; mark = from.uint()) {
    if (mark !== OPEN && mark !== SEALED) throw malformed('an unknown kind of bucket');
    const bucket = mark === OPEN ? loadOpen(from, space, rows) : loadSealed(from, space, rows);
    if (bucket.count === 0) {
      bucket.dispose();
      continue;
    }
    const last = buckets.at(-1);
    buckets.push(bucket);
    if (last && bucket.least < last.least) throw malformed('buckets out of order');
  }
}

function loadOpen(from: BlockReader, space: Space, rows: number): Bucket {
  const count = from.uint();
  const columns = Array.from({ length: space.width }, () => finite(from.floats(count)));
  const slots = from.uints(count);
  for (let i = 1; i < count; i++) if (slots[i]! < slots[i - 1]!) throw malformed('rows out of order');
  const kept = slots.reduce((sum, slot) => sum + Number(slot < rows), 0);
  const bucket = new Bucket(space, kept);
  for (let i = 0; i < kept; i++) bucket.add(columns, i, slots[i]!, space.keyOf(columns, i));
  return bucket;
}

function loadSealed(from: BlockReader, space: Space, rows: number): Bucket {
  const point = columnsOf(finite(from.floats(space.width)));
  const bitmap = Bitmap.load(from.bytes(from.uint()), rows);
  const bucket = new Bucket(space, 1);
  bucket.add(point, 0, 0, space.keyOf(point, 0));
  bucket.sealWith(bitmap);
  return bucket;
}

function finite(numbers: Float64Array): Float64Array {
  if (!numbers.every(Number.isFinite)) throw malformed('a coordinate is not a number');
  return numbers;
}
