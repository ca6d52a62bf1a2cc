/*
 * What is worked on at once: requests, and the bytes of their bodies, both with a bound. A request counts until its response has
 * ended and its handler too: a client that leaves makes no room for the next one while its query still runs.
 */
import { QdrantError } from '../qdrant/errors.js';
import type { Limits } from './options.js';

export class Work {
  readonly #limits: Limits;
  /** Requests that are worked on. */
  requests = 0;
  /** Of their bodies. */
  bytes = 0;
  /** Requests that were answered with 429. */
  refused = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  begin(): Task {
    this.requests++;
    return new Task(this);
  }

  /** @throws QdrantError 429 */
  checkRequests(): void {
    const { requests } = this.#limits;
    if (this.requests > requests) throw this.#tooMuch(`${requests} requests are in progress`);
  }

  /** @throws QdrantError 429 */
  checkBytes(): void {
    const { bodiesBytes } = this.#limits;
    if (this.bytes > bodiesBytes)
      throw this.#tooMuch(`the bodies of all requests together have more than ${bodiesBytes} bytes`);
  }

  #tooMuch(why: string): QdrantError {
    this.refused++;
    return new QdrantError(429, `Rate limiting exceeded: ${why}. Try again`);
  }
}

/** One request. */
export class Task {
  readonly began: number = performance.now();
  readonly #work: Work;
  /** Its response, and its handler while that runs. */
  #parts = 1;
  #bytes = 0;

  constructor(work: Work) {
    this.#work = work;
  }

  /** Counts bytes of its body. @throws QdrantError 429 */
  take(bytes: number): void {
    if (this.#parts === 0) return;
    this.#bytes += bytes;
    this.#work.bytes += bytes;
    this.#work.checkBytes();
  }

  /** Its handler begins. */
  hold(): void {
    if (this.#parts++ === 0) this.#work.requests++;
  }

  /** Its response has ended, or its handler. */
  release(): void {
    if (--this.#parts > 0) return;
    this.#work.requests--;
    this.#work.bytes -= this.#bytes;
    this.#bytes = 0;
  }
}
