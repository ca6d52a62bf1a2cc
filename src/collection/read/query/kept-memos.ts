/*
 * What queries found out about all points, for the next ones: values by which points are in order, and those that facets count.
 * It catches up with what changed by itself (memo.ts). The last few paths are kept: 8 bytes a point, and more for points
 * that have several values.
 */
import type { Path } from '../../../filter/path.js';
import type { LiveIndex } from '../../live-index.js';
import { FacetMemo } from './facet-memo.js';
import type { Memo } from './memo.js';
import { OrderMemo } from './memos.js';

/** Paths of each kind. */
const KEPT = 4;

class Kept<T extends Memo> {
  readonly #memos = new Map<string, T>();

  of(path: Path, make: () => T): T {
    const memo = this.#memos.get(path.text) ?? make();
    this.#memos.delete(path.text); // the one asked for last goes to the end
    this.#memos.set(path.text, memo);
    const [oldest] = this.#memos.keys();
    if (this.#memos.size > KEPT) this.#memos.delete(oldest!);
    return memo;
  }
}

export class KeptMemos {
  readonly #live: LiveIndex;
  readonly #orders = new Kept<OrderMemo>();
  readonly #facets = new Kept<FacetMemo>();

  constructor(live: LiveIndex) {
    this.#live = live;
  }

  orders(path: Path): OrderMemo {
    return this.#orders.of(path, () => new OrderMemo(this.#live, path));
  }

  facets(path: Path): FacetMemo {
    return this.#facets.of(path, () => new FacetMemo(this.#live, path));
  }
}
