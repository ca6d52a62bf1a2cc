/* Rows drawn at random, to be asked with. */
import type { Sample } from '../../hnsw/measure.js';
import type { LiveIndex } from '../live-index.js';

/** The vectors of `count` live rows, from all over the collection, each with its slot, which is not to be found. */
export function* sampleRows(live: LiveIndex, count: number, random: () => number): Generator<Sample> {
  if (live.engine.live === 0) return; // no need to look at each slot
  for (let i = 0; i < count; i++) {
    const { slots } = live.rows;
    let slot = Math.floor(random() * slots);
    for (let tries = 0; tries < slots && !live.engine.isLiveAt(slot); tries++) slot = (slot + 1) % slots;
    const vector =
      slot < slots && live.engine.isLiveAt(slot) ? live.vectorOf(live.rows.rowAt(slot)) : undefined;
    if (vector) yield { vector, hidden: slot };
  }
}
