/*
 * The first points in the order of their ids: the ids of the store are gone through, in as many turns as that takes, until enough match.
 * What comes or changes behind the place that it has come to is remembered, so that nothing is missed; what matches now is told in the turn
 * in which it is asked.
 */
import { textOfKey } from '../../../base/ids.js';
import type { Aspects } from '../../../filter/aspects.js';
import { hasBit } from '../../../filter/bits.js';
import type { LiveIndex } from '../../live-index.js';
import type { Slots } from '../../slots.js';
import { keyTextAt } from '../../stored-rows.js';
import type { Scored } from './list.js';

/** Ids that are gone through before it is asked whether the turn is over. */
const STEP = 256;

/** What it has come to. */
interface State {
  readonly slots: Slots;
  /** Slots and changes of payloads that it knows of. */
  count: number;
  changes: number;
  /** The last id that was looked at. */
  last: Uint8Array | undefined;
  isAtEnd: boolean;
  /** By slot, the keys of those up to there that matched, and of all that came or changed since. */
  readonly keys: Map<number, string>;
}

export class IdWalk {
  readonly #live: LiveIndex;
  readonly #aspects: Aspects;
  #state: State | undefined;

  /** `aspects`: what the filter looks at. */
  constructor(live: LiveIndex, aspects: Aspects) {
    this.#live = live;
    this.#aspects = aspects;
  }

  /** The first `most` of those that have a bit by their slots; undefined where they are not found when `isOver`. */
  goOn(bits: Uint32Array, most: number, isOver: () => boolean): Scored[] | undefined {
    const state = this.#caughtUp();
    const { slots } = state;
    const isOne = (slot: number): boolean =>
      slot < 32 * bits.length && hasBit(bits, slot) && slots.isLiveAt(slot);
    let found = 0;
    for (const slot of state.keys.keys()) if (isOne(slot)) found++;
    while (found < most && !state.isAtEnd) {
      found += this.#step(state, isOne, most - found);
      if (found < most && isOver()) return undefined;
    }
    const all = Array.from(state.keys).filter(([slot]) => isOne(slot));
    all.sort(([, a], [, b]) => (a < b ? -1 : 1));
    return all.slice(0, most).map(([slot]) => ({ slot, score: 0 }));
  }

  /** How many more there are, `most` of them. */
  #step(state: State, isOne: (slot: number) => boolean, most: number): number {
    const { store, collection, rows } = this.#live;
    let found = 0;
    let looked = 0;
    for (const [key, row] of store.ids(collection, state.last)) {
      const slot = rows.slotOf(row);
      if (slot !== undefined && isOne(slot) && !state.keys.has(slot)) {
        state.keys.set(slot, textOfKey(key));
        found++;
      }
      if (++looked < STEP && found < most) continue;
      state.last = Uint8Array.from(key);
      return found;
    }
    state.isAtEnd = true;
    return found;
  }

  #caughtUp(): State {
    const { slots, payloadChanges, rows, stored } = this.#live;
    const before = this.#state;
    const changed = before && payloadChanges.since(before.changes, this.#aspects);
    if (!changed || before.slots !== slots) {
      const { count } = slots;
      const keys = new Map<number, string>();
      return (this.#state = {
        ...{ slots, count, keys, last: undefined, isAtEnd: false },
        changes: payloadChanges.count,
      });
    }
    const last = before.last && textOfKey(before.last);
    const note = (slot: number): void => {
      const head = before.keys.has(slot) ? undefined : stored.head(rows.rowAt(slot));
      if (!head) return;
      const key = keyTextAt(head);
      if (before.isAtEnd || (last !== undefined && key <= last)) before.keys.set(slot, key);
    };
    for (const slot of changed) note(slot);
    for (; before.count < slots.count; before.count++) note(before.count);
    before.changes = payloadChanges.count;
    return before;
  }
}
