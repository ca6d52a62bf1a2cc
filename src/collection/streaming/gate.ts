/* Lets writes in, in the order they came, each after the wait that backpressure asks of it. */

export class Gate {
  #tail: Promise<void> | undefined;

  /** Undefined where nobody waits; else a promise that rejects with the reason of `signal` if that aborts first. */
  enter(ms: number, signal: AbortSignal | undefined): Promise<void> | undefined {
    if (ms <= 0 && !this.#tail) return undefined;
    const before = this.#tail;
    const passed = pass(before, ms, signal);
    const tail = passed
      .catch(() => {})
      .finally(() => {
        if (this.#tail === tail) this.#tail = undefined;
      });
    this.#tail = tail;
    return passed;
  }
}

async function pass(
  before: Promise<void> | undefined,
  ms: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  await before;
  signal?.throwIfAborted();
  await pause(ms, signal);
}

/** Waits; rejects at once when `signal` aborts. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal!.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, ms);
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort, { once: true });
  });
}
