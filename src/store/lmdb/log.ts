/*
 * The log of a store, for those that read it from another process: what each of the last commits did, besides the rows
 * and ids themselves, which are in their tables already. Its records lie in a ring: the one of a commit takes the place
 * of an older one, so that the log needs no trimming. Who finds the record that comes next overwritten reads all anew.
 *
 *   log        position of the last commit that is in the log: float64
 *   log/<n>    the record of the commit whose position is n, modulo LOG_COMMITS:
 *              checksum of what follows u32, position float64, then
 *              uints: 1 if records of collections or of their payload indexes have changed, else 0; entries; for each
 *              entry: collection, 1 if it patched payloads, 2 if it changed values, else 0, first sequence number,
 *              operations, rows that it replaced, deleted, patched or changed, these rows ascending, each as the
 *              difference to the one before (to 0 for the first)
 *
 * The checksum begins with a seed that earlier releases did not use: they find no record, and read all anew.
 *
 * A uint is below 2^53, in groups of seven bits, lowest first; the highest bit of a byte says that another follows.
 */
import { LOG_COMMITS } from '../../base/limits.js';
import { crc32c } from '../crc32c.js';
import { COLLECTION, INDEXES, LOG as NAME } from '../records.js';
import type { Logged, Tail } from '../store.js';
import { recordKey } from './tables.js';

export const LOG: Buffer = recordKey(NAME);
const HEAD_BYTES = 12;
const SEED = 5;
/** By their numbers. */
const EFFECTS: readonly Logged['effect'][] = ['gone', 'payloads', 'values'];

/** Which records those that follow a store look at: the collections, and their payload indexes. */
const FOLLOWED = [COLLECTION, INDEXES];

export function isFollowed(key: string): boolean {
  return FOLLOWED.some((prefix) => key.startsWith(prefix));
}

export function logKey(position: number): Buffer {
  return recordKey(`${NAME}/${position % LOG_COMMITS}`);
}

class Uints {
  bytes = new Uint8Array(256);
  end = HEAD_BYTES;

  put(value: number): void {
    if (this.end + 8 > this.bytes.length) {
      const larger = new Uint8Array(2 * this.bytes.length);
      larger.set(this.bytes);
      this.bytes = larger;
    }
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.bytes[this.end++] = 128 + (rest % 128);
    this.bytes[this.end++] = rest;
  }
}

export function logRecord(position: number, { entries, records }: Tail): Uint8Array {
  const uints = new Uints();
  uints.put(records ? 1 : 0);
  uints.put(entries.length);
  for (const { collection, effect, first, count, previous } of entries) {
    const rows = previous.filter((row) => row !== 0).sort();
    for (const value of [collection, EFFECTS.indexOf(effect), first, count, rows.length]) uints.put(value);
    let before = 0;
    for (const row of rows) {
      uints.put(row - before);
      before = row;
    }
  }
  const { bytes, end } = uints;
  const view = new DataView(bytes.buffer);
  view.setFloat64(4, position, true);
  view.setUint32(0, crc32c(bytes, 4, end, SEED), true);
  return bytes.subarray(0, end);
}

/** What a record says of the commit at a position; undefined where it is that of another one, or damaged. */
export function readLog(value: Uint8Array | undefined, position: number): Tail | undefined {
  if (value === undefined || value.length < HEAD_BYTES + 2) return undefined;
  const view = new DataView(value.buffer, value.byteOffset, value.length);
  if (crc32c(value, 4, value.length, SEED) !== view.getUint32(0, true)) return undefined;
  if (view.getFloat64(4, true) !== position) return undefined;
  let at = HEAD_BYTES;
  const next = (): number => {
    let uint = 0;
    let scale = 1;
    for (; value[at]! >= 128; scale *= 128) uint += (value[at++]! - 128) * scale;
    return uint + value[at++]! * scale;
  };
  const records = next() === 1;
  const entries = Array.from({ length: next() }, (): Logged => {
    const [collection, effect, first, count] = [next(), EFFECTS[next()]!, next(), next()];
    const previous = new Float64Array(next());
    let row = 0;
    for (let i = 0; i < previous.length; i++) previous[i] = row += next();
    return { collection, effect, first, count, previous };
  });
  return { entries, records };
}

/** The position that the record `log` holds; 0 before the first commit. */
export function positionIn(value: Uint8Array | undefined): number {
  if (value?.length !== 8) return 0;
  return new DataView(value.buffer, value.byteOffset, 8).getFloat64(0, true);
}
