/* A binary heap: the least is at hand, and any can leave, in a number of steps that grows as the logarithm of its size. */

export interface Ranked {
  readonly rank: number;
  /** Where the heap has it; the heap's own. -1 once it has left. */
  at: number;
}

export class Heap<T extends Ranked> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  get least(): T | undefined {
    return this.#items[0];
  }

  /** Those of a rank above `rank`, in no order. */
  beyond(rank: number): T[] {
    return this.#items.filter((item) => item.rank > rank);
  }

  add(item: T): void {
    this.#items.push(item);
    this.#rise(item, this.#items.length - 1);
  }

  /** False if it has left. */
  remove(item: T): boolean {
    const { at } = item;
    if (this.#items[at] !== item) return false;
    const last = this.#items.pop()!;
    item.at = -1;
    if (last === item) return true;
    if (at > 0 && this.#items[(at - 1) >> 1]!.rank > last.rank) this.#rise(last, at);
    else this.#sink(last, at);
    return true;
  }

  #put(item: T, at: number): void {
    this.#items[at] = item;
    item.at = at;
  }

  #rise(item: T, from: number): void {
    let at = from;
    while (at > 0) {
      const above = this.#items[(at - 1) >> 1]!;
      if (above.rank <= item.rank) break;
      this.#put(above, at);
      at = (at - 1) >> 1;
    }
    this.#put(item, at);
  }

  #sink(item: T, from: number): void {
    let at = from;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= this.#items.length) break;
      if (below + 1 < this.#items.length && this.#items[below + 1]!.rank < this.#items[below]!.rank) below++;
      if (this.#items[below]!.rank >= item.rank) break;
      this.#put(this.#items[below]!, at);
      at = below;
    }
    this.#put(item, at);
  }
}
