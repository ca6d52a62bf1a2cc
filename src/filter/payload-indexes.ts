/*
 * The payload indexes of a collection, by path. Each takes in rows in their order and says how far it has come: what
 * lies behind is not its business, and is decided by reading payloads. So an index serves from its first row on,
 * whether it is new, was read from a file, or follows writes.
 */
import type { PayloadIndexInfo } from '../api/upkeep.js';
import type { Payload } from '../store/payload.js';
import type { Test } from './condition.js';
import { newValueIndex } from './indexes/new-index.js';
import type { IndexKind, ValueIndex } from './indexes/value-index.js';
import { type Path, valuesAt } from './path.js';

export interface PayloadIndex {
  readonly path: Path;
  readonly kind: IndexKind;
  index: ValueIndex;
  /** Rows taken in: the next one is this slot. */
  upTo: number;
}

export class PayloadIndexes {
  readonly #byPath = new Map<string, PayloadIndex>();
  /** Changes whenever answers change, and when indexes have caught up with the rows: selections are then made again. */
  version = 0;
  /** How many read it over several turns, and what is to be freed when they are done. */
  #holds = 0;
  readonly #condemned: ValueIndex[] = [];

  get all(): Iterable<PayloadIndex> {
    return this.#byPath.values();
  }

  get size(): number {
    return this.#byPath.size;
  }

  get(path: string): PayloadIndex | undefined {
    return this.#byPath.get(path);
  }

  define(path: Path, kind: IndexKind): PayloadIndex {
    const made = { path, kind, index: newValueIndex(kind), upTo: 0 };
    this.#byPath.set(path.text, made);
    this.version++;
    return made;
  }

  drop(path: string): boolean {
    const found = this.#byPath.get(path);
    if (!found) return false;
    this.#free(found.index);
    this.version++;
    return this.#byPath.delete(path);
  }

  /** The same indexes, of no rows. */
  successor(): PayloadIndexes {
    const next = new PayloadIndexes();
    for (const { path, kind } of this.all) next.define(path, kind);
    return next;
  }

  /** Takes in the row of a slot, where it is the next one. */
  add(slot: number, payload: Payload | undefined): void {
    for (const one of this.all) {
      if (one.upTo !== slot) continue;
      one.index.add(slot, valuesAt(payload, one.path));
      one.upTo++;
    }
  }

  /** The first slot that some index has not taken in. */
  get behind(): number {
    let least = Infinity;
    for (const { upTo } of this.all) least = Math.min(least, upTo);
    return least;
  }

  /** Adds the rows below `rows` whose values at a path pass; how many slots that is true of, from the first on. */
  mark(path: string, test: Test, words: Uint32Array, rows: number): number {
    const one = this.#byPath.get(path);
    if (!one) return 0;
    const known = Math.min(rows, one.upTo);
    return one.index.mark(test, words, known) ? known : 0;
  }

  /** Takes back rows from `rows` on: they were never committed, and others take their slots. */
  forget(rows: number): void {
    for (const one of this.all) if (one.upTo > rows) this.#reset(one);
  }

  /** Takes back all rows, also those of a load that did not complete. */
  reset(): void {
    for (const one of this.all) this.#reset(one);
  }

  #reset(one: PayloadIndex): void {
    this.#free(one.index);
    one.index = newValueIndex(one.kind);
    one.upTo = 0;
  }

  info(rows: number): PayloadIndexInfo[] {
    return Array.from(this.all, ({ path, kind, index, upTo }) => ({
      path: path.text,
      kind,
      state: upTo < rows ? 'building' : 'ready',
      rows: Math.min(rows, upTo),
      entries: index.entries,
    }));
  }

  dispose(): void {
    for (const { index } of this.all) this.#free(index);
    this.#byPath.clear();
  }

  /** Until the function that it returns is called, no index is freed. */
  hold(): () => void {
    this.#holds++;
    return () => {
      this.#holds--;
      if (this.#holds === 0) for (const index of this.#condemned.splice(0)) index.dispose();
    };
  }

  #free(index: ValueIndex): void {
    if (this.#holds > 0) this.#condemned.push(index);
    else index.dispose();
  }
}
