/*
 * How much an answer may hold in memory. Reading operations count points as they gather them, so a request for all of a large
 * collection is refused before it fills the memory. Answers of other operations are bounded by the operation, and counted once.
 */
import { QdrantError } from '../qdrant/errors.js';
import type { Room } from '../qdrant/operation.js';
import type { Limits } from './options.js';
import type { Task } from './work.js';

/** Bytes of an object or array itself; and of a number, boolean or null, about as many as its text has. */
const OBJECT_BYTES = 48;
const VALUE_BYTES = 16;

/** Estimates the bytes of a value in memory or as JSON, whichever is more. */
function bytesOf(value: unknown): number {
  if (typeof value === 'string') return VALUE_BYTES + value.length;
  if (typeof value !== 'object' || value === null) return VALUE_BYTES;
  if (ArrayBuffer.isView(value)) return OBJECT_BYTES + VALUE_BYTES * (value as Float32Array).length;
  let bytes = OBJECT_BYTES;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) bytes += bytesOf(value[i]);
    return bytes;
  }
  for (const key in value)
    bytes += VALUE_BYTES + key.length + bytesOf((value as Record<string, unknown>)[key]);
  return bytes;
}

export class AnswerRoom implements Room {
  readonly bounded = true;
  readonly #most: number;
  readonly #task: Task;
  #bytes = 0;

  constructor({ answerBytes }: Limits, task: Task) {
    this.#most = answerBytes;
    this.#task = task;
  }

  /** @throws QdrantError 400, 429 */
  take(value: unknown): number {
    const bytes = bytesOf(value);
    this.#bytes += bytes;
    if (this.#bytes > this.#most)
      throw new QdrantError(
        400,
        `Bad request: the answer would take more than ${this.#most} bytes. Ask for fewer points at once, or for less of each`,
      );
    this.#task.takeAnswer(bytes);
    return bytes;
  }

  /**
   * Counts a result, unless its operation has counted it already. Texts are not counted: they are short, and whoever watches the
   * server needs them most when it is full.
   *
   * @throws QdrantError 400, 429
   */
  takeResult(result: unknown): void {
    if (this.#bytes === 0 && typeof result === 'object') this.take(result);
  }
}
