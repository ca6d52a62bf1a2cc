/*
 * What a store will make of entries that it has not committed, by what its readers see. Who decides by points that other
 * writes of the same commit change learns from it how they will be; and where the answer to a commit was lost, what it was.
 *
 * It does what `append` of every store does. The contract of stores compares the two (test/contract/store/forecast.test.ts).
 */
import { textOfKey } from '../base/ids.js';
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
  /** Encoded. */
  readonly payload: Uint8Array;
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
    const { kind, collection, count, ids, idEnds, payloads, payloadEnds, expected } = entry;
    const forecasts = this.#of(collection);
    const first = forecasts.seq + 1;
    const previous = new Float64Array(count);
    const refused: Refused[] = [];
    const patcher = kind === 'patch' ? new Patcher(payloads) : undefined;
    let made = 0;
    for (let i = 0; i < count; i++) {
      if (i % STEP === STEP - 1 || made > STEP_BYTES) {
        made = 0;
        yield;
      }
      const id = partOf(ids, idEnds, i);
      const row = this.rowOf(collection, id);
      if (expected && row !== expected[i]) continue;
      if (patcher && row === 0) continue;
      try {
        const becomes: ForecastPoint = patcher
          ? {
              id,
              row,
              payload: patcher.apply(patcher.needsPayload ? this.payload(collection, id) : NO_PAYLOAD),
            }
          : kind === 'put'
            ? { id, row: first + i, payload: partOf(payloads, payloadEnds, i) }
            : { id, row: 0, payload: NO_PAYLOAD };
        const key = textOfKey(id);
        this.#before?.push({ of: forecasts, key, point: forecasts.points.get(key) });
        forecasts.points.set(key, becomes);
        previous[i] = row;
        if (!patcher) continue;
        made += becomes.payload.length;
        this.patchedBytes += becomes.payload.length;
      } catch (error) {
        refused.push(refusalOf(i, error));
      }
    }
    forecasts.seq = first + count - 1;
    return { first, previous, ...(refused.length > 0 && { refused }) };
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
    const known = this.#point(collection, id);
    if (known) return known.payload;
    const point = this.#view.point(collection, this.#view.rowOf(collection, id));
    if (!point) throw new RowFault('its row is missing');
    return point.payload;
  }

  /** The points that are not as the store has them, those among them that will be gone, too. By the keys of their ids. */
  changed(collection: number): ReadonlyMap<string, ForecastPoint> {
    return this.#of(collection).points;
  }
}
