/*
 * Values that lie beside their rows: those that points got in single fields. Each has a key of its own, by field and row, so
 * that a change touches no other value, whatever these take, and so that nobody looks for those of a field that has none.
 *
 * Within a transaction that changes some, LMDB tells what is committed, and not what the transaction did before.
 */
import type { ChangedFields } from '../changed-fields.js';
import { changesAt, hasValue, valueIn } from '../changes.js';
import { type PointsEntry, Span } from '../entry.js';
import { FieldSpan, type RowCodec, RowFault, rowBytes } from '../row.js';
import type { Batch } from './batch.js';
import {
  CHANGE_BYTES,
  changeKey,
  newChangeKey,
  newRowKey,
  patchesOf,
  rowKey,
  writeChangeKey,
} from './keys.js';

/** A changed value: it has the form of a row, whose id is the field (u16), and whose payload is the operation's number. */
export class ChangeCodec {
  readonly #codec: RowCodec;
  readonly #id = new Uint8Array(2);
  readonly #seq = new Float64Array(1);
  readonly #parts = [new Span(this.#id), new Span(new Uint8Array(this.#seq.buffer))] as const;

  constructor(codec: RowCodec) {
    this.#codec = codec;
  }

  /** Has it written where a batch has room for it. `value`: none where it is removed. */
  put(batch: Batch, table: number, collection: number, field: number, row: number, made: Made): void {
    const patches = patchesOf(collection);
    const spans = [new FieldSpan(field, made.value)];
    const [id, seq] = this.#parts;
    this.#id[0] = field;
    this.#id[1] = field >>> 8;
    this.#seq[0] = made.seq;
    batch.reserve(table, CHANGE_BYTES, rowBytes(id, seq, spans));
    writeChangeKey(batch.key, batch.keyAt, patches, field, row);
    this.#codec.writeAt(batch.value, batch.valueAt, patches, row, id, seq, spans);
  }

  /** By which operation it was made. @throws RowFault */
  seqIn(stored: Uint8Array, collection: number, field: number, row: number): number {
    const { id, payload } = this.#codec.point(stored, patchesOf(collection), row);
    if (id.length !== 2 || id[0]! + 256 * id[1]! !== field || payload.length !== 8)
      throw new RowFault(`what was changed of it is not that of field ${field}`);
    return new DataView(payload.buffer, payload.byteOffset).getFloat64(0, true);
  }

  /** Whether there is a value since. @throws RowFault */
  hasValue(stored: Uint8Array, collection: number, field: number, row: number): boolean {
    this.seqIn(stored, collection, field, row);
    return this.#codec.hasField(stored, patchesOf(collection), row, field);
  }

  /** The value: a view of `stored`; undefined where it was removed. @throws RowFault */
  valueIn(stored: Uint8Array, collection: number, field: number, row: number): Uint8Array | undefined {
    this.seqIn(stored, collection, field, row);
    return this.#codec.field(stored, patchesOf(collection), row, field);
  }
}

interface Made {
  readonly seq: number;
  readonly value: Uint8Array;
}

/** The table of rows within a transaction. */
interface Writing {
  readonly batch: Batch;
  /** Its number. */
  readonly rows: number;
  /** What is committed. */
  get(key: Buffer): Uint8Array | undefined;
}

export class ChangesSoFar {
  readonly #codec: RowCodec;
  readonly #changes: ChangeCodec;
  readonly #writing: Writing;
  readonly #key = newChangeKey(0, 0, 0);
  readonly #row = newRowKey(0, 0);
  /** By collection, field and row: whether there is a changed value, where this transaction put or removed one. */
  readonly #has = new Map<string, boolean>();

  constructor(codec: RowCodec, writing: Writing) {
    this.#codec = codec;
    this.#changes = new ChangeCodec(codec);
    this.#writing = writing;
  }

  #had(collection: number, field: number, row: number, has: boolean): boolean {
    const key = `${collection}/${field}/${row}`;
    const had = this.#has.get(key) ?? this.#writing.get(this.#keyOf(collection, field, row)) !== undefined;
    this.#has.set(key, has);
    return had;
  }

  #keyOf(collection: number, field: number, row: number): Buffer {
    return changeKey(this.#key, patchesOf(collection), field, row);
  }

  /** A row is replaced or deleted, and its changed values with it. */
  forget(collection: number, row: number, changed: ChangedFields): void {
    const { batch, rows } = this.#writing;
    for (const field of [...changed.numbers]) {
      if (!this.#had(collection, field, row, false)) continue;
      batch.remove(rows, this.#keyOf(collection, field, row));
      changed.remove(field, 1);
    }
  }

  /** Puts what operation `i` of an entry, whose number is `seq`, changes of a row. */
  change(entry: PointsEntry, i: number, seq: number, row: number, changed: ChangedFields): void {
    const { collection } = entry;
    const { batch, rows } = this.#writing;
    for (const [field, change] of changesAt(entry, i)) {
      const had = this.#had(collection, field, row, true);
      if (!had && !hasValue(change) && !this.#mayHave(collection, field, row)) {
        this.#has.set(`${collection}/${field}/${row}`, false);
        continue; // there is nothing to be removed
      }
      this.#changes.put(batch, rows, collection, field, row, { seq, value: valueIn(change) });
      changed.put(field, seq, !had);
    }
  }

  /** Whether a row that was not changed has a value: one that this transaction writes, or that is damaged, may. */
  #mayHave(collection: number, field: number, row: number): boolean {
    const stored = this.#writing.get(rowKey(this.#row, collection, row));
    try {
      return !stored || this.#codec.hasField(stored, collection, row, field);
    } catch (error) {
      if (error instanceof RowFault) return true;
      throw error;
    }
  }
}
