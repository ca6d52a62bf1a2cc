/* Rows drawn at random, to be asked with. */
import type { Sample } from '../../hnsw/measure.js';
import type { LiveField } from '../live-field.js';

/** The vectors of `count` live rows, from all over a field, each with its place, which is not to be found. */
export function* sampleRows(field: LiveField, count: number, random: () => number): Generator<Sample> {
  if (field.engine.live === 0) return; // no need to look at each place
  for (let i = 0; i < count; i++) {
    const { engine } = field;
    const { slots } = engine;
    let place = Math.floor(random() * slots);
    for (let tries = 0; tries < slots && !engine.isLiveAt(place); tries++) place = (place + 1) % slots;
    const vector = place < slots && engine.isLiveAt(place) ? field.vectorOf(field.rowAt(place)) : undefined;
    if (vector) yield { vector, hidden: place };
  }
}
