/*
 * Limits on concurrent requests, and on the bytes of their bodies and answers. A request counts until both its response and its
 * handler have ended: a client that leaves makes no room for the next one while its query still runs. Pages of the dashboard that are
 * open are told of each half second what happened, and wait for the rest of it: they count by themselves, and take no room from others.
 */
import { QdrantError } from '../qdrant/errors.js';
import type { Limits } from './options.js';

/** Pages of the dashboard that are open at once. */
const WATCHING_MOST = 100;

export class Work {
  readonly #limits: Limits;
  /** Requests in progress. */
  requests = 0;
  /** Pages that are told what happens; they are no requests in progress. */
  watching = 0;
  /** Bytes of their bodies. */
  bytes = 0;
  /** Bytes of their answers. */
  answers = 0;
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
      throw this.#tooMuch(`the bodies of all requests together take more than ${bodiesBytes} bytes`);
  }

  /** @throws QdrantError 429 */
  checkAnswers(): void {
    const { answersBytes } = this.#limits;
    if (this.answers > answersBytes)
      throw this.#tooMuch(`all answers together take more than ${answersBytes} bytes`);
  }

  /** A request becomes a page that is told. @throws QdrantError 429 */
  watch(): void {
    if (this.watching >= WATCHING_MOST)
      throw this.#tooMuch(`${WATCHING_MOST} pages of the dashboard are open`);
    this.watching++;
    this.requests--;
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
  /** 1 for the response, and 1 for the handler while it runs. */
  #parts = 1;
  #bytes = 0;
  #answer = 0;
  #watches = false;

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

  /** Sets the bytes in memory of a body that is consumed as it arrives. @throws QdrantError 429 */
  keep(bytes: number): void {
    const more = bytes - this.#bytes;
    if (more > 0) this.take(more);
    else {
      this.#bytes = bytes;
      this.#work.bytes += more;
    }
  }

  /** Counts bytes of its answer. @throws QdrantError 429 */
  takeAnswer(bytes: number): void {
    if (this.#parts === 0) return;
    this.#answer += bytes;
    this.#work.answers += bytes;
    this.#work.checkAnswers();
  }

  /** From here on it does not count as a request. @throws QdrantError 429 */
  watch(): void {
    this.#work.watch();
    this.#watches = true;
  }

  /** The handler begins. */
  hold(): void {
    if (this.#parts++ === 0) this.#work.requests++;
  }

  /** The response or the handler has ended. */
  release(): void {
    if (--this.#parts > 0) return;
    if (this.#watches) this.#work.watching--;
    else this.#work.requests--;
    this.#work.bytes -= this.#bytes;
    this.#work.answers -= this.#answer;
    this.#bytes = 0;
    this.#answer = 0;
  }
}
