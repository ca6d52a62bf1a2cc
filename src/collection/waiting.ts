/* Waiting for what a collection will have come to. */
import type { LiveIndex } from './live-index.js';

/**
 * Resolves when `there` holds; looks whenever rows came, went or were linked.
 *
 * @throws the reason of `either` when that aborts
 */
export function until(live: LiveIndex, there: () => boolean, either: AbortSignal): Promise<void> {
  if (there()) return Promise.resolve();
  return new Promise((resolve, reject) => {
    either.throwIfAborted();
    const alive = setInterval(() => {}, 1e9); // what is waited for comes by timers that let the process end
    const end = (): void => {
      stop();
      clearInterval(alive);
    };
    const abort = (): void => {
      end();
      reject(either.reason);
    };
    const stop = live.onChange(() => {
      if (!there()) return;
      end();
      either.removeEventListener('abort', abort);
      resolve();
    });
    either.addEventListener('abort', abort, { once: true });
  });
}
