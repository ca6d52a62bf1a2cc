/*
 * The rows of a collection as its store has them, and which of them cannot be read: a damaged row is noted here and
 * passed over by whoever reads many, so that the others go on. Who asks for it by its id is told.
 *
 * A row is forgotten when it is replaced or deleted. What is noted takes less memory than the row it is about.
 */

import type { VectorValue } from '../api/points.js';
import type { UnreadableRow } from '../api/upkeep.js';
import { idOfKey, keyTextOf, type PointId, textOfKey } from '../base/ids.js';
import {
  type DenseSpec,
  type FieldSpec,
  fieldDropped,
  isPlain,
  type MultiSpec,
  type ValueSpec,
  valueSpecs,
} from '../fields/field.js';
import { decodeValue, expectWhole } from '../fields/values.js';
import type { Payload } from '../store/payload.js';
import { payloadFrom, RowFault } from '../store/row.js';
import type { Store, StoredPoint } from '../store/store.js';

export const MISSING = 'it is missing from the store';

/** What else a row is, besides readable or not. */
export interface Checked {
  /** Of an older format, which has no checksums. */
  readonly unchecked: boolean;
  /** Its id names another row, or none. */
  readonly astray: boolean;
}

/** What of a row is damaged: its payload, with all that is before that, or its value in the field of a number. */
type Part = 'payload' | number;

interface Fault {
  readonly part: Part;
  readonly why: string;
}

interface Read {
  /** Its id, and the payload as it is stored. */
  readonly head: StoredPoint;
  readonly payload: Payload | undefined;
}

export class StoredRows {
  readonly store: Store;
  readonly collection: number;
  #fields: readonly FieldSpec[] = [];
  #numbers: ReadonlySet<number> = new Set();
  #values: readonly ValueSpec[] = [];
  /** Whether it has, or had, named fields: rows may be without a vector of the unnamed one, and have other values. */
  #named = false;
  readonly #unreadable = new Map<number, Fault>();
  readonly #withoutPayload = new Set<number>();
  /** Ids of rows whose heads are damaged, as far as they were asked for. */
  readonly #names = new Map<number, PointId | undefined>();
  /** Grows with each row whose payload is found unreadable. */
  version = 0;
  /** Grows when rows that were unreadable can be read. */
  mendings = 0;
  /** Those rows, as far as their fields may lack vectors: whoever takes them up empties it. */
  readonly mended: Set<number> = new Set();

  /** `named`: it had named fields before. */
  constructor(store: Store, collection: number, fields: readonly FieldSpec[], named = false) {
    this.store = store;
    this.collection = collection;
    this.define(fields, named);
  }

  /**
   * Values of these are read from here on, whatever else rows have. `named`: there are, or were, fields with names. Returns those that
   * are no more.
   */
  define(fields: readonly FieldSpec[], named: boolean): FieldSpec[] {
    const before = this.#fields;
    this.#fields = fields;
    this.#numbers = new Set(fields.map(({ number }) => number));
    this.#values = valueSpecs(fields);
    this.#named ||= named || !isPlain(fields);
    this.#forgetFaults();
    return before.filter((field) => !this.isOf(field));
  }

  /** Those in values of fields that are no more. What else is wrong with a row is found when that is read again. */
  #forgetFaults(): void {
    for (const [row, { part }] of this.#unreadable) {
      if (part === 'payload' || this.#numbers.has(part)) continue;
      this.forget(row);
      this.mendings++;
    }
  }

  /** In the order of their numbers. */
  get fields(): readonly FieldSpec[] {
    return this.#fields;
  }

  /** Those whose values are in the rows. */
  get values(): readonly ValueSpec[] {
    return this.#values;
  }

  /** Whether each row has one vector, of the unnamed field, and nothing else. */
  get plain(): boolean {
    return !this.#named;
  }

  /** Whether a field is one of those there are now. */
  isOf({ number }: FieldSpec): boolean {
    return this.#numbers.has(number);
  }

  /** Live rows that are known to be unreadable, as a whole or in part. */
  get unreadable(): number {
    return this.#unreadable.size;
  }

  /** What is wrong with a row; undefined as far as is known. */
  whyOf(row: number): string | undefined {
    return this.#unreadable.get(row)?.why;
  }

  /** Live rows among them whose payload is. */
  get withoutPayload(): ReadonlySet<number> {
    return this.#withoutPayload;
  }

  /** Numbers of the first `most` of them. */
  rowsUnreadable(most: number): number[] {
    return [...this.#unreadable.keys()].slice(0, most);
  }

  /** The first `most` rows that are known to be unreadable, and what is wrong with them. */
  first(most: number): UnreadableRow[] {
    return [...this.#unreadable].slice(0, most).map(([row, { why }]) => {
      const id = this.idOf(row);
      return { row, ...(id !== undefined && { id }), why };
    });
  }

  note(row: number, part: Part, why: string): void {
    const isOfPayload = part === 'payload' && !this.#withoutPayload.has(row);
    if (isOfPayload || !this.#unreadable.has(row)) this.#unreadable.set(row, { part, why });
    if (!isOfPayload) return;
    this.#withoutPayload.add(row);
    this.version++;
  }

  /** A row was replaced or deleted. */
  forget(row: number): void {
    this.#names.delete(row);
    if (this.#unreadable.delete(row)) this.#withoutPayload.delete(row);
  }

  /** Notes what is wrong with a row; throws on what is another error. */
  #fault(row: number, part: Part, error: unknown): void {
    if (!(error instanceof RowFault)) throw error;
    this.note(row, part, error.message);
  }

  /** Whether the store has a row, in whatever state. */
  has(row: number): boolean {
    try {
      return this.store.point(this.collection, row) !== undefined;
    } catch (error) {
      if (error instanceof RowFault) return true;
      throw error;
    }
  }

  /** Id and encoded payload. Undefined where there is no such row, or it is unreadable: that is noted. */
  head(row: number): StoredPoint | undefined {
    try {
      return this.store.point(this.collection, row);
    } catch (error) {
      this.#fault(row, 'payload', error);
      return undefined;
    }
  }

  /** These are read one by one, in this turn. */
  touch(rows: readonly number[], withPayload: boolean): void {
    this.store.touch?.(this.collection, rows, withPayload);
  }

  /** Id and payload, likewise. */
  point(row: number): Read | undefined {
    try {
      const head = this.store.point(this.collection, row);
      return head && { head, payload: payloadOf(head) };
    } catch (error) {
      this.#fault(row, 'payload', error);
      return undefined;
    }
  }

  /** A copy of a vector, likewise: in `into`, where that is given and long enough. Undefined where it has none. */
  vector(row: number, spec: DenseSpec, into?: Float32Array): Float32Array | undefined {
    if (!this.plain) return this.value(row, spec) as Float32Array | undefined;
    const { dimension } = spec;
    try {
      const vector = this.store.vector(this.collection, row, into);
      if (vector && vector.length !== dimension)
        throw new RowFault(`its vector has ${vector.length} components, expected ${dimension}`);
      return vector;
    } catch (error) {
      this.#fault(row, spec.number, error);
      return undefined;
    }
  }

  /** Whether a row has a value in a field, likewise. */
  hasField(row: number, field: number): boolean {
    try {
      return this.store.hasField(this.collection, row, field);
    } catch (error) {
      this.#fault(row, field, error);
      return false;
    }
  }

  /** By which operation the value of a row in a field was changed last; 0: it is as it was written, as far as can be told. */
  changedAt(row: number, field: number): number {
    try {
      return this.store.changedAt(this.collection, row, field) ?? 0;
    } catch (error) {
      this.#fault(row, field, error);
      return 0;
    }
  }

  /** What a row has in a field, likewise. @throws ValidationError where the field was dropped */
  value(row: number, spec: ValueSpec): VectorValue | undefined {
    if (!this.isOf(spec)) throw fieldDropped(spec);
    try {
      const bytes = this.store.field(this.collection, row, spec.number);
      return bytes && decodeValue(spec, bytes);
    } catch (error) {
      this.#fault(row, spec.number, error);
      return undefined;
    }
  }

  /** The bytes of its vectors in a field of several, likewise. @throws ValidationError where the field was dropped */
  bytesOf(row: number, spec: MultiSpec): Uint8Array | undefined {
    if (!this.isOf(spec)) throw fieldDropped(spec);
    try {
      const bytes = this.store.field(this.collection, row, spec.number);
      if (bytes) expectWhole(spec, bytes);
      return bytes;
    } catch (error) {
      this.#fault(row, spec.number, error);
      return undefined;
    }
  }

  /** Reads a row whole, and notes what is wrong. */
  check(row: number): Checked {
    const point = this.point(row);
    const astray = point !== undefined && this.store.rowOf(this.collection, point.head.id) !== row;
    if (astray) this.note(row, 'payload', 'its id names another row');
    for (const spec of this.values) {
      if (spec.kind === 'dense') this.vector(row, spec);
      else this.value(row, spec);
    }
    return { unchecked: point?.head.unchecked === true, astray };
  }

  /** Forgets rows that neither the store has nor, by `isLive`, the arenas: no id names them any more. */
  forgetGone(isLive: (row: number) => boolean): void {
    for (const row of [...this.#unreadable.keys()]) if (!isLive(row) && !this.has(row)) this.forget(row);
  }

  /** Reads a row again, of which something was mended. */
  recheck(row: number): Checked {
    this.forget(row);
    this.mendings++;
    this.version++;
    if (!this.plain) this.mended.add(row);
    return this.check(row);
  }

  /** Whether a vector of the store can be taken up: one that cannot would have been rejected when it was written. */
  isComparable(row: number, vector: Float32Array, { number, dimension, metric }: DenseSpec): boolean {
    let squares = 0;
    for (const x of vector) squares += x * x;
    const right = vector.length === dimension && squares < Infinity && (squares > 0 || metric !== 'cosine');
    if (!right) this.note(row, number, 'its vector is not one of this collection');
    return right;
  }

  /**
   * The id of a row whose head is damaged: what stands in its place, if the store says that this is the id of the row;
   * else the one that names the row, for which all ids are gone through, once for each such row.
   */
  idOf(row: number): PointId | undefined {
    let id: Uint8Array | undefined;
    try {
      id = this.store.point(this.collection, row)?.id;
    } catch (error) {
      if (!(error instanceof RowFault)) throw error;
      ({ id } = error);
    }
    if (id && this.store.rowOf(this.collection, id) === row) return idOfKey(id);
    if (!this.#names.has(row)) this.#names.set(row, this.#nameOf(row));
    return this.#names.get(row);
  }

  #nameOf(row: number): PointId | undefined {
    for (const [key, named] of this.store.ids(this.collection)) if (named === row) return idOfKey(key);
    return undefined;
  }
}

/** The key of a point's id as a string; from the id itself, where the store has that and would have to make the key. */
export function keyTextAt(point: StoredPoint): string {
  return point.name === undefined ? textOfKey(point.id) : keyTextOf(point.name);
}

function payloadOf({ payloadIn: { bytes, start, end } }: StoredPoint): Payload | undefined {
  return payloadFrom(bytes, start, end);
}
