/*
 * What a store will make of entries that it has not committed, by what its readers see. Who decides by points that other
 * writes of the same commit change learns from it how they will be; and where the answer to a commit was lost, what it was.
 *
 * It does what `append` of every store does. The contract of stores compares the two (test/contract/store/forecast.test.ts).
 */
import { textOfKey } from '../base/ids.js';
import { changesAt, hasValue } from './changes.js';
import { type PointsEntry, partOf } from './entry.js';
import { Patcher } from './patch.js';
import { refusalOf } from './refusal.js';
import { RowFault } from './row.js';
import type { Appended, Refused, StoreView } from './store.js';

/** Operations, and bytes of payloads made, between two moments at which who calls may yield to the event loop. */
const STEP = 256;
const STEP_BYTES = 1_048_576;
const NO_PAYLOAD = new Uint8Array(0);

/** A point that is not as the store has it. */
export interface ForecastPoint {
  readonly id: Uint8Array;
  /** The row that its id will name, 0 for none. */
  readonly row: number;
  /** Encoded; undefined where it stays as it is stored. */
  readonly payload: Uint8Array | undefined;
  /** By which it will be written, and where in that; undefined where its row stays. */
  readonly put?: { readonly entry: PointsEntry; readonly i: number };
  /** Whether it will have values in fields, as far as these are changed behind that. */
  readonly values?: ReadonlyMap<number, boolean>;
}

/** How a point was, of which something else was forecast. */
interface Before {
  readonly of: Forecasts;
  readonly key: string;
  readonly point: ForecastPoint | undefined;
}

/** Of one collection. */
interface Forecasts {
  seq: number;
  /** By the key of the id, as a string. */
  readonly points: Map<string, ForecastPoint>;
}

export class Forecast {
  readonly #view: StoreView;
  readonly #collections = new Map<number, Forecasts>();
  /** Bytes of all payloads that patches have made. */
  patchedBytes = 0;
  /** What `undo` puts back, and how far the collections had come. */
  #before: Before[] | undefined;
  #seqs: ReadonlyMap<number, number> = new Map();

  /** Readers must see the state before the first entry as long as this is used. */
  constructor(view: StoreView) {
    this.#view = view;
  }

  #of(collection: number): Forecasts {
    let found = this.#collections.get(collection);
    if (!found)
      this.#collections.set(
        collection,
        (found = { seq: this.#view.counts(collection).seq, points: new Map() }),
      );
    return found;
  }

  /** What comes from here on can be undone. */
  begin(): void {
    this.#before = [];
    this.#seqs = new Map([...this.#collections].map(([collection, { seq }]) => [collection, seq]));
  }

  /** As it was at `begin`. */
  undo(): void {
    for (const { of, key, point } of this.#before?.reverse() ?? []) {
      if (point) of.points.set(key, point);
      else of.points.delete(key);
    }
    this.#before = undefined;
    for (const [collection, forecasts] of this.#collections) {
      const seq = this.#seqs.get(collection);
      if (seq === undefined) this.#collections.delete(collection);
      else forecasts.seq = seq;
    }
  }

  /**
   * Takes up the next entry; returns what the store will answer. It stops now and then, so that its caller can yield to the
   * event loop.
   */
  *append(entry: PointsEntry): Generator<void, Appended> {
    const { kind, collection, count, ids, idEnds, payloads, expected } = entry;
    const forecasts = this.#of(collection);
    const first = forecasts.seq + 1;
    const previous = new Float64Array(count);
    const refused: Refused[] = [];
    const patcher = kind === 'patch' ? new Patcher(payloads) : undefined;
    const staying = kind === 'patch' || kind === 'values';
    let made = 0;
    for (let i = 0; i < count; i++) {
      if (i % STEP === STEP - 1 || made > STEP_BYTES) {
        made = 0;
        yield;
      }
      const id = partOf(ids, idEnds, i);
      const row = this.rowOf(collection, id);
      if (expected && row !== expected[i]) continue;
      if (staying && row === 0) continue;
      try {
        const becomes = patcher
          ? this.#patched(collection, id, patcher)
          : this.#behind(entry, i, first + i, id);
        const key = textOfKey(id);
        this.#before?.push({ of: forecasts, key, point: forecasts.points.get(key) });
        forecasts.points.set(key, becomes);
        previous[i] = row;
        if (!patcher) continue;
        const { length } = becomes.payload!;
        made += length;
        this.patchedBytes += length;
      } catch (error) {
        refused.push(refusalOf(i, error));
      }
    }
    forecasts.seq = first + count - 1;
    return { first, previous, ...(refused.length > 0 && { refused }) };
  }

  /** A point as it is now. */
  #now(collection: number, id: Uint8Array): ForecastPoint {
    return this.#point(collection, id) ?? { id, row: this.#view.rowOf(collection, id), payload: undefined };
  }

  #patched(collection: number, id: Uint8Array, patcher: Patcher): ForecastPoint {
    const payload = patcher.apply(patcher.needsPayload ? this.payload(collection, id) : NO_PAYLOAD);
    return { ...this.#now(collection, id), payload };
  }

  /** A point behind operation `i` of an entry that is no patch; `row`: that of the operation. */
  #behind(entry: PointsEntry, i: number, row: number, id: Uint8Array): ForecastPoint {
    const { kind, collection, payloads, payloadEnds } = entry;
    if (kind === 'put') return { id, row, payload: partOf(payloads, payloadEnds, i), put: { entry, i } };
    if (kind === 'remove') return { id, row: 0, payload: NO_PAYLOAD };
    const now = this.#now(collection, id);
    const values = new Map(now.values);
    for (const [field, change] of changesAt(entry, i)) values.set(field, hasValue(change));
    return { ...now, values };
  }

  /** The same, at once. */
  appendAtOnce(entry: PointsEntry): Appended {
    const steps = this.append(entry);
    for (;;) {
      const step = steps.next();
      if (step.done) return step.value;
    }
  }

  #point(collection: number, id: Uint8Array): ForecastPoint | undefined {
    const { points } = this.#of(collection);
    return points.size === 0 ? undefined : points.get(textOfKey(id));
  }

  /** The row that an id will name, 0 for none. */
  rowOf(collection: number, id: Uint8Array): number {
    return this.#point(collection, id)?.row ?? this.#view.rowOf(collection, id);
  }

  /**
   * The payload of a point that there will be, encoded. Its bytes may be reused by the next call.
   *
   * @throws RowFault where it cannot be read
   */
  payload(collection: number, id: Uint8Array): Uint8Array {
    const known = this.#point(collection, id)?.payload;
    if (known) return known;
    const point = this.#view.point(collection, this.#view.rowOf(collection, id));
    if (!point) throw new RowFault('its row is missing');
    return point.payload;
  }

  /**
   * Whether a point will have a value in a field.
   *
   * @throws RowFault where it cannot be told
   */
  hasField(collection: number, id: Uint8Array, field: number): boolean {
    const { row, put, values } = this.#now(collection, id);
    const changed = values?.get(field);
    if (changed !== undefined) return changed;
    if (!put) return row !== 0 && this.#view.hasField(collection, row, field);
    const { fields } = put.entry;
    if (!fields) return field === 0 && put.entry.vectors.length > 0;
    const own = fields.find((one) => one.field === field);
    return own !== undefined && partOf(own.bytes, own.ends, put.i).length > 0;
  }

  /** The points that are not as the store has them, those among them that will be gone, too. By the keys of their ids. */
  changed(collection: number): ReadonlyMap<string, ForecastPoint> {
    return this.#of(collection).points;
  }
}
