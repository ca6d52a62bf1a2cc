/*
 * A source of points, one after another, whatever it is: an iterable, an async iterable or a stream. It can be halted
 * while it is asked for more and does not answer, and is told when no more will be taken.
 */
import type { PointInput } from '../../api/points.js';
import type { ReadableStreamLike } from '../../api/standard.js';
import type { PointSource } from '../../api/writing.js';
import { show } from '../../base/checks.js';
import { ValidationError } from '../../base/errors.js';
import { awaitHint } from '../../base/hints.js';

type PointIterator = Iterator<PointInput> | AsyncIterator<PointInput>;
const HALTED = Symbol('halted');
type Taken = { readonly value: PointInput } | undefined;

/** By its reader: unlike its iterator, that can be let go while it is asked for more. */
function fromStream(stream: ReadableStreamLike<PointInput>): AsyncIterator<PointInput> {
  const reader = stream.getReader();
  return {
    next: () => reader.read() as Promise<IteratorResult<PointInput>>,
    return: async () => {
      await reader.cancel().catch(() => {});
      return { done: true, value: undefined };
    },
  };
}

function iteratorOf(source: PointSource): PointIterator {
  const from = source as Partial<
    AsyncIterable<PointInput> & Iterable<PointInput> & ReadableStreamLike<PointInput>
  > | null;
  if (typeof from?.getReader === 'function') return fromStream(source as ReadableStreamLike<PointInput>);
  if (typeof from?.[Symbol.asyncIterator] === 'function') return from[Symbol.asyncIterator]!();
  if (typeof from?.[Symbol.iterator] === 'function' && typeof source !== 'string')
    return from[Symbol.iterator]!();
  throw new ValidationError(
    'INVALID_OPTION',
    `points must be an iterable, an async iterable or a ReadableStream, got ${show(source)}${awaitHint(source)}`,
  );
}

function isThenable<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as Partial<PromiseLike<T>> | null)?.then === 'function';
}

export class PointStream {
  readonly #iterator: PointIterator;
  /** `asked`: the next point was asked for, and has not come. `ended`: by itself, or broken. */
  #state: 'open' | 'asked' | 'ended' = 'open';
  #halted = false;
  /** Answers who waits for a point. */
  #answer: (() => void) | undefined;

  /** @throws ValidationError for what gives no points */
  constructor(source: PointSource) {
    this.#iterator = iteratorOf(source);
  }

  /** No more points come, and who waits for one is told so. */
  halt(): void {
    this.#halted = true;
    this.#answer?.();
  }

  /** The next point; undefined at the end, and when halted. A promise only where the source gives one. */
  next(): Taken | Promise<Taken> {
    if (this.#halted || this.#state !== 'open') return undefined;
    this.#state = 'asked';
    try {
      const next = this.#iterator.next();
      return isThenable(next) ? this.#later(next) : this.#taken(next);
    } catch (error) {
      this.#state = 'ended';
      throw error;
    }
  }

  #taken(next: IteratorResult<PointInput>): Taken {
    if (typeof next !== 'object' || next === null)
      throw new ValidationError(
        'INVALID_OPTION',
        `the source of points is not an iterator: its next() gave ${show(next)}, expected { done, value }`,
      );
    this.#state = next.done ? 'ended' : 'open';
    return next.done ? undefined : { value: next.value };
  }

  async #later(next: PromiseLike<IteratorResult<PointInput>>): Promise<Taken> {
    const halted = new Promise<typeof HALTED>((resolve) => {
      this.#answer = () => resolve(HALTED);
    });
    try {
      const first = await Promise.race([next, halted]);
      return first === HALTED ? undefined : this.#taken(first);
    } catch (error) {
      this.#state = 'ended';
      throw error;
    } finally {
      this.#answer = undefined;
    }
  }

  /** Tells a source that is not at its end that no more will be taken. One that is asked may never answer. */
  async letGo(): Promise<void> {
    const { state, told } = { state: this.#state, told: this.#tell() };
    if (state === 'open') await told;
    else told.catch(() => {});
  }

  async #tell(): Promise<void> {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    await this.#iterator.return?.();
  }
}
