/* Errors as Qdrant's own client throws them: `status`, `statusText` and `data`. Their message is the status text alone; the cause says why. */
import { type QdrantError, qdrantErrorOf } from '../errors.js';

export class ApiError extends Error {
  readonly status: number;
  readonly statusText: string;
  /** As the body of Qdrant's answer: what is wrong stands in `data.status.error`. */
  readonly data: { readonly status: { readonly error: string }; readonly time: number };
  /** Of an answer over HTTP: here there are none. */
  readonly url: string = '';

  constructor(error: QdrantError) {
    super(error.statusText, { cause: error });
    this.status = error.status;
    this.statusText = error.statusText;
    this.data = { status: { error: error.message }, time: 0 };
  }
}

/** Thrown instead for 429: when to try again. */
export class QdrantClientResourceExhaustedError extends Error {
  override readonly name: string = 'QdrantClientResourceExhaustedError';
  /** Seconds. */
  readonly retry_after: number;

  constructor(message: string, retryAfter: number, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.retry_after = retryAfter;
  }
}

export class QdrantClientConfigError extends Error {
  override readonly name: string = 'QdrantClientConfigError';
}

export function clientErrorOf(error: unknown): Error {
  const found = qdrantErrorOf(error);
  if (found.status === 429)
    return new QdrantClientResourceExhaustedError(found.statusText, 1, { cause: found });
  return new ApiError(found);
}
