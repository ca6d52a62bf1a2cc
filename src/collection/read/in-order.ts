/*
 * Keys of the points that may match a filter, in the order of their ids. They are kept with the filter from one page of a
 * scroll to the next, so that a page costs what is on it, however many match. What does not match after all, or is
 * deleted meanwhile, is found out when its turn comes.
 */
import type { Selection } from '../../filter/selection.js';
import type { LiveIndex } from '../live-index.js';
import { keyTextAt } from '../stored-rows.js';

/** Where more points may match, all ids are gone through instead: it takes no memory. */
const FEW = 10_000;
/** So do more than this share of the points: the next one that matches is never far. */
const FEW_SHARE = 1 / 8;
/** Heads of points that are read before it is asked whether the turn is over. */
const STEP = 64;

export class KeysInOrder {
  /** As strings of one character a byte they order as they should. Never changed: who was given them goes on with them. */
  #keys: readonly string[] = [];
  /** Those that are not among them yet. */
  #fresh: string[] = [];
  /** Rows above are not looked at. */
  #row = 0;

  /** Bytes that they take, about. */
  get bytes(): number {
    return 64 * (this.#keys.length + this.#fresh.length);
  }

  /**
   * Those of now, with some that are deleted; null where they are many, undefined where they are not all read when `isOver`: it goes on at
   * the next call. The slots of the selection must be those of now.
   */
  of(live: LiveIndex, { possible }: Selection, isOver: () => boolean): readonly string[] | null | undefined {
    const { rows, stored } = live;
    if (rows.countLive(possible) > Math.min(FEW, rows.count * FEW_SHARE)) return null;
    if (this.#keys.length > 2 * FEW) this.#forget(); // most of them are deleted
    for (const [i, row] of rows.of(possible, this.#row).entries()) {
      if (i % STEP === STEP - 1 && isOver()) return undefined;
      const point = stored.head(row);
      if (point) this.#fresh.push(keyTextAt(point)); // none where it is unreadable, or the collection poisoned
      this.#row = row;
    }
    this.#row = rows.lastRow;
    if (this.#fresh.length > 0) this.#keys = [...new Set([...this.#keys, ...this.#fresh])].sort();
    this.#fresh = [];
    return this.#keys;
  }

  #forget(): void {
    this.#keys = [];
    this.#fresh = [];
    this.#row = 0;
  }
}
