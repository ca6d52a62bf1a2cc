/*
 * Values that lie beside their rows, within a transaction that changes some: LMDB tells what is committed, and not what the
 * transaction did before.
 */
import { type Changes, changedBy } from '../changes.js';
import type { PointsEntry } from '../entry.js';
import type { RowCodec } from '../row.js';
import { changesKey, newChangesKey, patchesOf } from './keys.js';

/** What is committed of a row. The bytes are those of `get`. */
export class StoredChanges {
  readonly codec: RowCodec;
  readonly #get: (key: Buffer) => Uint8Array | undefined;
  readonly #key = newChangesKey(0, 0);

  constructor(codec: RowCodec, get: (key: Buffer) => Uint8Array | undefined) {
    this.codec = codec;
    this.#get = get;
  }

  /** By field; undefined where nothing was changed. @throws RowFault */
  of(collection: number, row: number): Changes | undefined {
    const patches = patchesOf(collection);
    const value = this.#get(changesKey(this.#key, patches, row));
    return value && this.codec.changesIn(value, patches, row);
  }

  has(collection: number, row: number): boolean {
    return this.#get(changesKey(this.#key, patchesOf(collection), row)) !== undefined;
  }
}

export class ChangesSoFar {
  readonly #stored: StoredChanges;
  /** By collection and row; undefined where they went with their row. */
  readonly #rows = new Map<string, Changes | undefined>();

  constructor(stored: StoredChanges) {
    this.#stored = stored;
  }

  /** A row is replaced or deleted; whether it had changes, which go with it. */
  forget(collection: number, row: number): boolean {
    const key = `${collection}/${row}`;
    const had = this.#rows.has(key) ? this.#rows.get(key) !== undefined : this.#stored.has(collection, row);
    this.#rows.set(key, undefined);
    return had;
  }

  /**
   * What is kept of a row from operation `i` of an entry on, whose number is `seq`, and whether it is the first.
   *
   * @throws RowFault where what was changed before is damaged
   */
  change(
    entry: PointsEntry,
    i: number,
    seq: number,
    row: number,
  ): { readonly value: Uint8Array; readonly isNew: boolean } {
    const { collection } = entry;
    const key = `${collection}/${row}`;
    const before = this.#rows.has(key) ? this.#rows.get(key) : copied(this.#stored.of(collection, row));
    const changes = changedBy(entry, i, seq, before);
    this.#rows.set(key, changes);
    const value = this.#stored.codec.changes(patchesOf(collection), row, changes);
    return { value, isNew: before === undefined };
  }
}

/** What is read lies in a buffer that the next read uses again. */
function copied(changes: Changes | undefined): Changes | undefined {
  return changes && new Map([...changes].map(([field, bytes]) => [field, bytes.slice()]));
}
