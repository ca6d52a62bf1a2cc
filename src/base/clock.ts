/*
 * Time. What is measured or paced uses performance.now(), which is never set back; the time of day is for people and
 * for what outlives the process.
 */
import { onAbort } from './aborts.js';

/** Milliseconds since 1970. */
export function now(): number {
  return Date.now();
}

/** Timers beyond this many milliseconds fire at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/**
 * Waits; rejects at once with the reason of `signal` when that aborts. With `idle`, the process may end meanwhile:
 * for what no caller waits for.
 */
export function pause(ms: number, signal?: AbortSignal, o: { idle?: boolean } = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => {
        stop();
        resolve();
      },
      Math.min(ms, TIMER_MS_MAX),
    );
    if (o.idle) timer.unref();
    const stop = onAbort([signal], (reason) => {
      clearTimeout(timer);
      reject(reason);
    });
  });
}
