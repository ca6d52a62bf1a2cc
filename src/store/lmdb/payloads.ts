/*
 * Payloads within a transaction that patches them: LMDB tells what is committed, and not what the transaction did before.
 * What is read is copied: it lies in a buffer that the next read uses again.
 */
import type { PointsEntry } from '../entry.js';
import { partOf } from '../entry.js';
import type { Patcher } from '../patch.js';
import { type RowCodec, RowFault } from '../row.js';
import { newRowKey, patchesOf, rowKey } from './keys.js';

/** What is committed. */
export class StoredPayloads {
  readonly codec: RowCodec;
  readonly #get: (key: Buffer) => Uint8Array | undefined;
  readonly #key = newRowKey(0, 0);

  constructor(codec: RowCodec, get: (key: Buffer) => Uint8Array | undefined) {
    this.codec = codec;
    this.#get = get;
  }

  hasPatch(collection: number, row: number): boolean {
    return this.#get(rowKey(this.#key, patchesOf(collection), row)) !== undefined;
  }

  /** @throws RowFault */
  payload(collection: number, row: number): Uint8Array {
    for (const part of [patchesOf(collection), collection]) {
      const value = this.#get(rowKey(this.#key, part, row));
      if (value) return this.codec.point(value, part, row).payload.slice();
    }
    throw new RowFault('its row is missing');
  }
}

/** Rows of one entry that the transaction puts. */
interface Put {
  readonly entry: PointsEntry;
  readonly first: number;
}

export class PayloadsSoFar {
  readonly #stored: StoredPayloads;
  /** By collection, rows ascending. */
  readonly #puts = new Map<number, Put[]>();
  /** By collection and row: what patches have made of payloads, and undefined where the patch went with its row. */
  readonly #patched = new Map<string, Uint8Array | undefined>();

  constructor(stored: StoredPayloads) {
    this.#stored = stored;
  }

  put(entry: PointsEntry, first: number): void {
    const { collection } = entry;
    const puts = this.#puts.get(collection);
    if (puts) puts.push({ entry, first });
    else this.#puts.set(collection, [{ entry, first }]);
  }

  /** The last that begins at or before a row is the one that may have it. */
  #putOf(collection: number, row: number): Put | undefined {
    const puts = this.#puts.get(collection) ?? [];
    let from = 0;
    for (let to = puts.length; from < to; ) {
      const middle = (from + to) >>> 1;
      if (puts[middle]!.first <= row) from = middle + 1;
      else to = middle;
    }
    const put = puts[from - 1];
    return put && row < put.first + put.entry.count ? put : undefined;
  }

  #hasPatch(collection: number, row: number): boolean {
    const key = `${collection}/${row}`;
    return this.#patched.has(key)
      ? this.#patched.get(key) !== undefined
      : this.#stored.hasPatch(collection, row);
  }

  /** A row is replaced or deleted; whether it had a patch, which goes with it. */
  forget(collection: number, row: number): boolean {
    const had = this.#hasPatch(collection, row);
    this.#patched.set(`${collection}/${row}`, undefined);
    return had;
  }

  /**
   * The value of a row's patch from here on, and whether it is its first.
   *
   * @throws RowFault where its payload is needed, and cannot be read
   * @throws ValidationError where it would be too large
   */
  patch(
    collection: number,
    row: number,
    patcher: Patcher,
    seq: number,
    id: Uint8Array,
  ): { readonly value: Uint8Array; readonly isNew: boolean } {
    const isNew = !this.#hasPatch(collection, row);
    const payload = patcher.apply(patcher.needsPayload ? this.#payload(collection, row) : new Uint8Array(0));
    this.#patched.set(`${collection}/${row}`, payload);
    return { value: this.#stored.codec.patch(patchesOf(collection), row, id, payload, seq), isNew };
  }

  #payload(collection: number, row: number): Uint8Array {
    const patched = this.#patched.get(`${collection}/${row}`);
    if (patched) return patched;
    const put = this.#putOf(collection, row);
    if (put) return partOf(put.entry.payloads, put.entry.payloadEnds, row - put.first).slice();
    return this.#stored.payload(collection, row);
  }
}
