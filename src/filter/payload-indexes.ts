/*
 * The payload indexes of a collection, by path. Each takes in rows in their order and says how far it has come: what
 * lies behind is not its business, and is decided by reading payloads. So an index serves from its first row on,
 * whether it is new, was read from a file, or follows writes.
 */
import type { PayloadIndexInfo } from '../api/upkeep.js';
import type { Payload } from '../store/payload.js';
import { type Aspects, haveInCommon, memberOf } from './aspects.js';
import type { Test } from './condition.js';
import { newValueIndex } from './indexes/new-index.js';
import type { IndexKind, ValueIndex } from './indexes/value-index.js';
import { type Path, valuesAt } from './path.js';

/** What an index has taken in. */
interface Contents {
  index: ValueIndex;
  /** Rows taken in: the next one is this slot. */
  upTo: number;
  /** Slots below whose payload was patched since: what the index says of them is out of date. */
  stale: Set<number>;
  /** Up to which sequence number patches are in it; Infinity where all are. */
  freshTo: number;
}

export interface PayloadIndex extends Contents {
  readonly path: Path;
  /** What of payloads it is made of. */
  readonly aspects: Aspects;
  readonly kind: IndexKind;
  /** Another one that is being made in its place, since too many slots are stale. */
  next: Contents | undefined;
}

/** What an index tells of a test. */
export interface Marked {
  /** How many slots it is true of, from the first on; */
  readonly upTo: number;
  /** but for these. */
  readonly stale: ReadonlySet<number>;
  /** Whether all that are marked pass. If not, those of them that do are to be found by their payloads. */
  readonly exact: boolean;
}

/** An index is rebuilt where more than one in so many of its slots are stale, and more than so many. */
const STALE_SHARE = 8;
const STALE_FEW = 1_024;
const NOTHING: Marked = { upTo: 0, stale: new Set(), exact: true };

function newContents(kind: IndexKind): Contents {
  return { index: newValueIndex(kind), upTo: 0, stale: new Set(), freshTo: Infinity };
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
    const made: PayloadIndex = {
      path,
      aspects: new Set([memberOf(path)]),
      kind,
      ...newContents(kind),
      next: undefined,
    };
    this.#byPath.set(path.text, made);
    this.version++;
    return made;
  }

  drop(path: string): boolean {
    const found = this.#byPath.get(path);
    if (!found) return false;
    this.#free(found.index);
    this.#drop(found);
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
      for (const contents of one.next ? [one, one.next] : [one]) {
        if (contents.upTo !== slot) continue;
        contents.index.add(slot, valuesAt(payload, one.path));
        contents.upTo++;
      }
    }
  }

  /** The first slot that some index has not taken in. */
  get behind(): number {
    let least = Infinity;
    for (const { upTo, next } of this.all) least = Math.min(least, upTo, next?.upTo ?? Infinity);
    return least;
  }

  /**
   * The payload of a slot is another than before the operations behind `seq`, in some aspects. Those not taken in yet come with
   * it.
   */
  patch(slot: number, seq: number, aspects?: Aspects): void {
    for (const one of this.all) {
      if (!haveInCommon(one.aspects, aspects)) continue;
      for (const contents of one.next ? [one, one.next] : [one]) {
        if (slot >= contents.upTo) continue;
        contents.stale.add(slot);
        contents.freshTo = Math.min(contents.freshTo, seq);
      }
    }
    this.beginRenewal();
  }

  /** Begins to make those anew of which too many slots are stale. */
  beginRenewal(): void {
    for (const one of this.all)
      if (!one.next && one.stale.size > Math.max(STALE_FEW, one.upTo / STALE_SHARE))
        one.next = newContents(one.kind);
  }

  /** What was rebuilt, and has all of `rows`, takes its place. */
  renew(rows: number): void {
    for (const one of this.all) {
      const { next } = one;
      if (!next || next.upTo < rows) continue;
      this.#free(one.index);
      Object.assign(one, next, { next: undefined });
      this.version++;
    }
  }

  /** Adds the rows below `rows` whose values at a path pass, or may. */
  mark(path: string, test: Test, words: Uint32Array, rows: number): Marked {
    const one = this.#byPath.get(path);
    if (!one) return NOTHING;
    const known = Math.min(rows, one.upTo);
    const told = one.index.mark(test, words, known);
    return told === 'nothing' ? NOTHING : { upTo: known, stale: one.stale, exact: told === 'exact' };
  }

  /** Takes back rows from `rows` on: they were never committed, and others take their slots. */
  forget(rows: number): void {
    for (const one of this.all) {
      if (one.upTo > rows) this.#reset(one);
      else if (one.next && one.next.upTo > rows) this.#drop(one);
    }
    this.beginRenewal();
  }

  /** Takes back all rows, also those of a load that did not complete. */
  reset(): void {
    for (const one of this.all) this.#reset(one);
  }

  #reset(one: PayloadIndex): void {
    this.#free(one.index);
    this.#drop(one);
    Object.assign(one, newContents(one.kind));
  }

  /** Gives up one that is being made. */
  #drop(one: PayloadIndex): void {
    if (one.next) this.#free(one.next.index);
    one.next = undefined;
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
    for (const one of this.all) {
      this.#free(one.index);
      this.#drop(one);
    }
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
