/* What queries find out about points: see memo.ts. */
import { type Aspects, memberOf, NO_ASPECT } from '../../../filter/aspects.js';
import { microsecondsOf } from '../../../filter/datetime.js';
import type { HasVector } from '../../../filter/evaluate.js';
import { elementsOf, type Path, valuesAt } from '../../../filter/path.js';
import type { Payload } from '../../../store/payload.js';
import type { LiveIndex } from '../../live-index.js';
import { keyTextAt } from '../../stored-rows.js';
import { forEachOf, Memo, Numbers } from './memo.js';

/** Slots whose payloads are read at a time. */
const READ_SLOTS = 64;

/** Numbers in payloads, and times as microseconds: all different ones of a point. */
export class OrderMemo extends Memo {
  protected readonly step: number = READ_SLOTS;
  protected readonly aspects: Aspects;
  readonly #first = new Numbers();
  /** Of points that have several: those beside the first. */
  readonly #more = new Map<number, readonly number[]>();
  readonly #path: Path;

  constructor(live: LiveIndex, path: Path) {
    super(live);
    this.#path = path;
    this.aspects = new Set([memberOf(path)]);
  }

  /** Calls `visit` with each value of a slot. */
  forEachAt(slot: number, visit: (value: number) => void): void {
    const first = this.#first.values[slot]!;
    if (Number.isNaN(first)) return;
    visit(first);
    for (const value of this.#more.get(slot) ?? []) visit(value);
  }

  protected room(slots: number, anew: boolean): void {
    this.#first.room(slots, anew);
    if (anew) this.#more.clear();
  }

  protected override forget(slot: number): void {
    this.#first.values[slot] = Number.NaN;
    this.#more.delete(slot);
  }

  protected learn(slots: Uint32Array, from: number, to: number): void {
    forEachOf(slots, from, to, (slot) => {
      const payload = this.live.stored.point(this.live.rows.rowAt(slot))?.payload;
      const [first, ...more] = orderValues(payload, this.#path);
      if (first !== undefined) this.#first.values[slot] = first;
      if (more.length > 0) this.#more.set(slot, more);
    });
  }
}

/** What a payload is put in order by: different numbers, and times. */
function orderValues(payload: Payload | undefined, path: Path): number[] {
  const values = new Set<number>();
  for (const element of elementsOf(valuesAt(payload, path))) {
    const value = typeof element === 'string' ? microsecondsOf(element) : element;
    if (typeof value === 'number' && Number.isFinite(value)) values.add(value);
  }
  return [...values];
}

/** A point, as far as formulas and groups ask. */
export interface Described {
  readonly payload: Payload | undefined;
  readonly key: string;
  readonly has: HasVector;
}

export const NOTHING: Described = { payload: undefined, key: '', has: () => false };

/** Payloads of some points. One that cannot be read has none. */
export class PayloadMemo extends Memo {
  protected readonly step: number = READ_SLOTS;
  protected readonly aspects: Aspects = undefined;
  readonly #points = new Map<number, Described>();

  get(slot: number): Described {
    return this.#points.get(slot) ?? NOTHING;
  }

  protected room(_slots: number, anew: boolean): void {
    if (anew) this.#points.clear();
  }

  protected override forget(slot: number): void {
    this.#points.delete(slot);
  }

  protected learn(slots: Uint32Array, from: number, to: number): void {
    forEachOf(slots, from, to, (slot) => {
      const { stored } = this.live;
      const row = this.live.rows.rowAt(slot);
      const point = stored.point(row);
      const has: HasVector = (field) => stored.hasField(row, field);
      if (point) this.#points.set(slot, { payload: point.payload, key: keyTextAt(point.head), has });
    });
  }
}

/** Keys of ids, as strings of one character a byte. */
export class KeyMemo extends Memo {
  protected readonly step: number = READ_SLOTS;
  protected readonly aspects: Aspects = NO_ASPECT;
  readonly #keys = new Map<number, string>();

  get size(): number {
    return this.#keys.size;
  }

  /** Undefined where it cannot be read. */
  get(slot: number): string | undefined {
    return this.#keys.get(slot);
  }

  protected room(_slots: number, anew: boolean): void {
    if (anew) this.#keys.clear();
  }

  protected learn(slots: Uint32Array, from: number, to: number): void {
    forEachOf(slots, from, to, (slot) => {
      const head = this.live.stored.head(this.live.rows.rowAt(slot));
      if (head) this.#keys.set(slot, keyTextAt(head));
    });
  }
}
