/* Counting the values of a facet, in slices: a hundred thousand of them take ten milliseconds. */
import type { FacetCount } from '../../../api/query.js';
import type { LiveIndex } from '../../live-index.js';
import type { Slots } from '../../slots.js';
import type { FacetMemo, FacetValue } from './facet-memo.js';
import { Best } from './list.js';
import { forEachOf } from './memo.js';

/** Slots and values that are looked at before it is asked whether the turn is over: slots by whole words of bits. */
const STEP = 2_048;

const TYPES = ['number', 'string', 'boolean'];

/** Numbers first, then strings, then booleans. */
function compareValues(a: FacetValue, b: FacetValue): number {
  const types = typeof a === typeof b ? 0 : TYPES.indexOf(typeof a) - TYPES.indexOf(typeof b);
  return types || (a < b ? -1 : a > b ? 1 : 0);
}

/** Tells what there is to be counted from what there was: points that live, and their payloads. */
export function countedState({ layout, slots, seq }: LiveIndex): string {
  return `${layout} ${slots.version} ${seq}`;
}

/** One count, of the points and payloads of the turn in which it was made. */
export class FacetCounting {
  readonly #live: LiveIndex;
  readonly #state: string;
  readonly #steps: Generator<void, FacetCount[]>;
  #counted: FacetCount[] | undefined;

  /** `memo`: knows the values of all slots that have a bit. */
  constructor(live: LiveIndex, memo: FacetMemo, bits: Uint32Array, limit: number) {
    this.#live = live;
    this.#state = countedState(live);
    this.#steps = steps(live.slots, memo, bits, limit);
  }

  /** Most first, then in the order of the values. Undefined where they are not counted when `isOver`; null where others are to be. */
  goOn(isOver: () => boolean): FacetCount[] | null | undefined {
    if (countedState(this.#live) !== this.#state) return null;
    while (!this.#counted) {
      const step = this.#steps.next();
      if (step.done) this.#counted = step.value;
      else if (isOver()) return undefined;
    }
    return this.#counted;
  }
}

function* steps(
  slots: Slots,
  memo: FacetMemo,
  bits: Uint32Array,
  limit: number,
): Generator<void, FacetCount[]> {
  const counts = new Float64Array(memo.values.length);
  const count = (slot: number): void => {
    if (slots.isLiveAt(slot)) memo.forEachAt(slot, (number) => counts[number]!++);
  };
  for (let at = 0; at < 32 * bits.length; at += STEP) {
    forEachOf(bits, at, Math.min(at + STEP, 32 * bits.length), count);
    yield;
  }
  const best = new Best<FacetCount>(limit, (a, b) => b.count - a.count || compareValues(a.value, b.value));
  for (const [number, of] of counts.entries()) {
    if (number % STEP === STEP - 1) yield;
    if (of === 0) continue;
    const one = { value: memo.values[number]!, count: of };
    if (best.takes(one)) best.add(one);
  }
  return best.take();
}
