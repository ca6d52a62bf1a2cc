/* Stopping builds at their steps. */
import type { HnswIndex } from '#silt/index.js';
import { engineOf } from './index.js';

/** The control memory of an arena, on which steps are armed. Rows must have come already. */
export function controlOf(index: HnswIndex, arena = 0): Int32Array {
  return engineOf(index).arenas[arena]!.control;
}

/**
 * The shortest of what `measure` gives, which is tried again, five times at most, while it is above `ms`: a busy machine holds a
 * thread up now and then, a fault does so each time.
 */
export async function shortest(ms: number, measure: () => Promise<number>): Promise<number> {
  let least = Infinity;
  for (let tries = 0; tries < 5 && least > ms; tries++) least = Math.min(least, await measure());
  return least;
}

/** Waits until something holds, turn by turn; fails after some seconds. */
export async function until(condition: () => boolean, seconds = 20): Promise<void> {
  const end = performance.now() + 1000 * seconds;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited ${seconds} s in vain for ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
