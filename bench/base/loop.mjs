// @ts-check
// How long the event loop was held up. The histogram keeps the time between two firings of a 1 ms timer, so that
// an idle loop shows 1 ms, which is taken off.
import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 1;

/** @typedef {{ p50Ms: number, p99Ms: number, maxMs: number }} LoopDelay */

/** @returns {() => LoopDelay} ends the watch */
export function watchLoop() {
  const loop = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  loop.enable();
  return () => {
    loop.disable();
    const beyond = (/** @type {number} */ nanoseconds) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
    return {
      p50Ms: beyond(loop.percentile(50)),
      p99Ms: beyond(loop.percentile(99)),
      maxMs: beyond(loop.max),
    };
  };
}
