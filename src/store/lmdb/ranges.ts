/*
 * Ranges of a table that somebody goes through, by a cursor of LMDB. A cursor that is used behind the end of its
 * environment reads memory that is gone, and so does one that is closed then. So the store ends those that are open
 * before it closes; who asks one of them for more is told that the database is closed.
 */
import { ClosedError } from '../../base/errors.js';

export class OpenRanges {
  readonly #open = new Set<Range<unknown>>();

  /** Goes through a range; the cursor ends with the loop. */
  of<T>(entries: Iterable<T>): Iterable<T> {
    return new Range(entries[Symbol.iterator](), this.#open);
  }

  /** Ends those that are open. Each tells whoever asks it for more. */
  close(): void {
    for (const range of this.#open) range.end();
  }
}

class Range<T> implements IterableIterator<T> {
  readonly #entries: Iterator<T>;
  /** Those that are open, with this one among them. */
  readonly #open: Set<Range<unknown>>;
  #ended = false;

  constructor(entries: Iterator<T>, open: Set<Range<unknown>>) {
    this.#entries = entries;
    this.#open = open.add(this);
  }

  next(): IteratorResult<T> {
    if (this.#ended) throw new ClosedError('database');
    let next: IteratorResult<T> | undefined;
    try {
      next = this.#entries.next();
      return next;
    } finally {
      if (next === undefined) this.end();
      else if (next.done) this.#open.delete(this);
    }
  }

  return(): IteratorResult<T> {
    this.end();
    return { done: true, value: undefined };
  }

  /** Lets go of the cursor. */
  end(): void {
    this.#ended = true;
    if (this.#open.delete(this)) this.#entries.return?.();
  }

  [Symbol.iterator](): this {
    return this;
  }
}
