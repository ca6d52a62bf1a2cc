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

export class KeysInOrder {
  /** As strings of one character a byte they order as they should. Never changed: who was given them goes on with them. */
  #keys: readonly string[] = [];
  /** Rows above are not looked at. */
  #row = 0;

  /** Bytes that they take, about. */
  get bytes(): number {
    return 64 * this.#keys.length;
  }

  /** Those of now, with some that are deleted; null where they are many. The slots of the selection must be those of now. */
  of(live: LiveIndex, { possible }: Selection): readonly string[] | null {
    const { rows, stored } = live;
    if (rows.countLive(possible) > Math.min(FEW, rows.count * FEW_SHARE)) return null;
    if (this.#keys.length > 2 * FEW) this.#forget(); // most of them are deleted
    const { lastRow } = rows;
    const fresh = rows.of(possible, this.#row).flatMap((row) => {
      const point = stored.head(row);
      return point ? [keyTextAt(point)] : []; // none where it is unreadable, or the collection poisoned
    });
    this.#row = lastRow;
    if (fresh.length > 0) this.#keys = [...new Set([...this.#keys, ...fresh])].sort();
    return this.#keys;
  }

  #forget(): void {
    this.#keys = [];
    this.#row = 0;
  }
}
