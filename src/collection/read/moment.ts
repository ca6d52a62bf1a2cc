/*
 * Whether points are as they were when they were found: an answer of many hits reads them in several turns of the event loop, and
 * has to be of one moment.
 */
import type { Aspects } from '../../filter/aspects.js';
import type { LiveIndex } from '../live-index.js';
import type { PayloadChanges } from '../payload-changes.js';
import type { Slots } from '../slots.js';

export class Moment {
  readonly #live: LiveIndex;
  readonly #aspects: Aspects;
  readonly #slots: Slots;
  readonly #payloads: number;
  /** How many changes of each field there were. */
  readonly #values: readonly (readonly [changes: PayloadChanges, count: number])[];
  /** As of which the points were seen to live. */
  #version: number;

  /** `aspects`: what of payloads they were found by. */
  constructor(live: LiveIndex, aspects: Aspects) {
    const { slots, payloadChanges, stored } = live;
    this.#live = live;
    this.#aspects = aspects;
    this.#slots = slots;
    this.#version = slots.version;
    this.#payloads = payloadChanges.count;
    this.#values = stored.values.map(({ number }) => {
      const changes = live.valueChanges(number);
      return [changes, changes.count];
    });
  }

  /** Whether these points live, with the values that they had, and no payload has changed in what they were found by. */
  lasts(points: readonly { readonly slot: number }[]): boolean {
    const { slots, payloadChanges } = this.#live;
    if (slots !== this.#slots) return false; // they mean something else
    if (payloadChanges.since(this.#payloads, this.#aspects)?.length !== 0) return false;
    if (slots.version !== this.#version && !points.every(({ slot }) => slots.isLiveAt(slot))) return false;
    this.#version = slots.version;
    return this.#haveTheirValues(points);
  }

  #haveTheirValues(points: readonly { readonly slot: number }[]): boolean {
    const changed = new Set<number>();
    for (const [changes, count] of this.#values) {
      const some = changes.since(count);
      if (!some) return false;
      for (const slot of some) changed.add(slot);
    }
    return changed.size === 0 || !points.some(({ slot }) => changed.has(slot));
  }
}
