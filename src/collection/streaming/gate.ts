/* Lets writes in, in the order they came, each after the wait that backpressure asks of it. */

export class Gate {
  readonly #ending: AbortSignal;
  #tail: Promise<void> | undefined;

  /** When `ending` aborts, nobody is let in any more. */
  constructor(ending: AbortSignal) {
    this.#ending = ending;
  }

  /** Undefined where nobody waits; else a promise that rejects with the reason of `signal` if that aborts first. */
  enter(ms: number, signal: AbortSignal | undefined): Promise<void> | undefined {
    if (ms <= 0 && !this.#tail) return undefined;
    const before = this.#tail;
    const passed = pass(before, ms, signal ? AbortSignal.any([signal, this.#ending]) : this.#ending);
    // One that gives up leaves its place: those behind it still wait for those before it.
    const tail = Promise.all([before, passed.catch(() => {})]).then(() => {
      if (this.#tail === tail) this.#tail = undefined;
    });
    this.#tail = tail;
    return passed;
  }
}

async function pass(before: Promise<void> | undefined, ms: number, signal: AbortSignal): Promise<void> {
  if (before) await turnAfter(before, signal);
  await pause(ms, signal);
}

/** Waits for another; rejects at once when `signal` aborts. */
function turnAfter(before: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    void before.then(() => {
      signal.removeEventListener('abort', abort);
      resolve();
    });
  });
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
