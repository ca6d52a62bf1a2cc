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
  readonly #puts: Put[] = [];
  /** By collection and row: what patches have made of payloads, and undefined where the patch went with its row. */
  readonly #patched = new Map<string, Uint8Array | undefined>();

  constructor(stored: StoredPayloads) {
    this.#stored = stored;
  }

  put(entry: PointsEntry, first: number): void {
    this.#puts.push({ entry, first });
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
    for (const { entry, first } of this.#puts)
      if (entry.collection === collection && row >= first && row < first + entry.count)
        return partOf(entry.payloads, entry.payloadEnds, row - first).slice();
    return this.#stored.payload(collection, row);
  }
}
