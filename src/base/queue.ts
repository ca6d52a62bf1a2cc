/*
 * A queue that costs the same at every length, also where one leaves from the middle. An array moves all that is behind
 * what it loses at its head.
 */

export interface Place<T> {
  readonly value: T;
  /** Its neighbours while it is in the queue. */
  before: Place<T> | undefined;
  next: Place<T> | undefined;
  queued: boolean;
}

export class Queue<T> implements Iterable<T> {
  #first: Place<T> | undefined;
  #last: Place<T> | undefined;
  /** How many are in it. */
  size = 0;

  get first(): T | undefined {
    return this.#first?.value;
  }

  get second(): T | undefined {
    return this.#first?.next?.value;
  }

  push(value: T): Place<T> {
    const place: Place<T> = { value, before: this.#last, next: undefined, queued: true };
    if (this.#last) this.#last.next = place;
    else this.#first = place;
    this.#last = place;
    this.size++;
    return place;
  }

  /** To the head. */
  unshift(value: T): Place<T> {
    const place: Place<T> = { value, before: undefined, next: this.#first, queued: true };
    if (this.#first) this.#first.before = place;
    else this.#last = place;
    this.#first = place;
    this.size++;
    return place;
  }

  shift(): T | undefined {
    const place = this.#first;
    if (place) this.remove(place);
    return place?.value;
  }

  /** Takes one out, wherever it is. False if it has left. */
  remove(place: Place<T>): boolean {
    if (!place.queued) return false;
    const { before, next } = place;
    if (before) before.next = next;
    else this.#first = next;
    if (next) next.before = before;
    else this.#last = before;
    place.queued = false;
    this.size--;
    place.before = place.next = undefined; // who keeps the place keeps none of those who were beside it
    return true;
  }

  /** Those that are in it, first to last; the one at hand may be removed. */
  *places(): Generator<Place<T>> {
    for (let place = this.#first; place; ) {
      const { next } = place;
      yield place;
      place = next;
    }
  }

  *[Symbol.iterator](): Generator<T> {
    for (const { value } of this.places()) yield value;
  }
}
