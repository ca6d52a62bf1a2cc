/* Stopping builds at their steps. */
import type { HnswIndex } from '#silt/index.js';
import { engineOf } from './index.js';

/** The control memory of an arena, on which steps are armed. Rows must have come already. */
export function controlOf(index: HnswIndex, arena = 0): Int32Array {
  return engineOf(index).arenas[arena]!.control;
}

/** Waits until something holds, turn by turn; fails after some seconds. */
export async function until(condition: () => boolean, seconds = 20): Promise<void> {
  const end = performance.now() + 1000 * seconds;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited ${seconds} s in vain for ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
