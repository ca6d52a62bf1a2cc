/* Bytes that come in pieces, in one buffer: so a body in a million pieces takes no more memory than one in a single piece. */
import { QdrantError } from '../qdrant/errors.js';
import type { Task } from './work.js';

export const tooLarge = (most: number): QdrantError =>
  new QdrantError(413, `Bad request: the body is larger than ${most} bytes. Send fewer points at once`);

const NONE = Buffer.alloc(0);
const LEAST_BYTES = 4_096;

/** Doubles when it is full. What it takes is counted as it grows. */
export class Gathered {
  #buffer: Buffer = NONE;
  length = 0;
  readonly #task: Pick<Task, 'take'>;
  /** The largest size it can reach. */
  readonly #most: number;

  constructor(task: Pick<Task, 'take'>, most: number) {
    this.#task = task;
    this.#most = most;
  }

  /** @throws QdrantError 413 beyond the largest size, 429 where all bodies together are too many bytes */
  add(piece: Buffer): void {
    const length = this.length + piece.length;
    if (length > this.#most) throw tooLarge(this.#most);
    if (piece.length === this.#most) {
      this.#task.take(length);
      this.#buffer = piece; // all of it, as nearly always
    } else {
      if (length > this.#buffer.length) this.#grow(Math.max(length, this.length * 2, LEAST_BYTES));
      piece.copy(this.#buffer, this.length);
    }
    this.length = length;
  }

  #grow(wanted: number): void {
    const bytes = Math.min(wanted, this.#most);
    this.#task.take(bytes - this.#buffer.length);
    const larger = Buffer.allocUnsafe(bytes);
    this.#buffer.copy(larger, 0, 0, this.length);
    this.#buffer = larger;
  }

  get bytes(): Buffer {
    return this.#buffer.length === this.length ? this.#buffer : this.#buffer.subarray(0, this.length);
  }
}
