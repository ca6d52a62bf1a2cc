/*
 * Brings inverted indexes, of sparse vectors and texts, up to the rows that there are: behind every write, and after opening.
 * It works in short slices, between other events; a search that comes before takes in what is left by itself.
 */
import { BackpressureError } from '../../base/errors.js';
import type { LiveIndex } from '../live-index.js';
import { SLICE_MS } from '../slices.js';
import { type Slowdown, WAIT_MS_MAX } from '../write/backpressure.js';

/**
 * Writers wait from so many waiting slots on; with twice as many, points come as slowly as they are taken in. So a search,
 * which takes in what is left, does not wait without end.
 */
const SLOTS_BORNE = 500;
/** How much waiting slots fill at most: batches may be larger than what is borne. */
const FILL_MAX = 3;
/**
 * While slots wait that were there before (the field is new, or the collection was opened without its file), whoever writes has not
 * made them wait: points come as slowly as they are taken in, no slower, and no write waits longer than this.
 */
const OLDER_FILL_MAX = 1;
export const OLDER_WAIT_MS_MAX = 500;
/** How much of what was seen before a slice still counts in the rate after it. */
const KEPT = 0.9;

export class InvertedIndexer implements Slowdown {
  readonly #live: LiveIndex;
  readonly #ending: AbortSignal;
  #running: Promise<void> | undefined;
  /** Slots that were taken in lately, and the time that went by meanwhile, with that which others had the loop for. */
  #taken = 0;
  #tookMs = 0;
  /** Slots that were there when the collection was opened, or fields came; 0 when all were taken in. */
  #older: number;

  constructor(live: LiveIndex, ending: AbortSignal) {
    this.#live = live;
    this.#ending = ending;
    this.#older = live.slots.count;
  }

  /** Fields came: what they lack was there before. */
  fieldsCame(): void {
    this.#older = this.#live.slots.count;
  }

  /** Of the field that lacks most. */
  get #lacking(): number {
    const { slots, inverted } = this.#live;
    return inverted.reduce((most, field) => Math.max(most, field.pending(slots)), 0);
  }

  /** The same, and what an index lacks that is rebuilt. */
  get #pending(): number {
    const { slots, inverted } = this.#live;
    return inverted.reduce((most, field) => Math.max(most, field.renewalPending(slots)), this.#lacking);
  }

  get #behind(): boolean {
    const { slots, inverted } = this.#live;
    return inverted.some((field) => field.pending(slots) > 0 || field.renewing(slots));
  }

  /** Slots taken in a millisecond, lately; 0 before it is known. */
  get #rate(): number {
    return this.#tookMs > 0 ? this.#taken / this.#tookMs : 0;
  }

  waitMsFor(rows: number, changed = 0): number {
    const isOlder = this.#lacking > this.#live.slots.count - this.#older;
    const fill = Math.min(isOlder ? OLDER_FILL_MAX : FILL_MAX, this.#pending / SLOTS_BORNE - 1);
    const mostMs = isOlder ? OLDER_WAIT_MS_MAX : WAIT_MS_MAX;
    return fill <= 0 || this.#rate <= 0 ? 0 : Math.min(mostMs, ((rows + changed) / this.#rate) * fill);
  }

  refusal(waitMs: number): BackpressureError {
    const message = `indexing is behind: texts or sparse vectors of ${this.#pending} points are pending; the write would wait ${Math.ceil(waitMs)} ms. Try again later`;
    return new BackpressureError(message, waitMs);
  }

  /** Whether a field lacks slots, and nobody is at it. */
  get due(): boolean {
    return this.#running === undefined && !this.#ending.aborted && this.#behind;
  }

  /** Resolves when every field has every slot, or the collection ends. Once at a time. */
  run(): Promise<void> {
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #run(): Promise<void> {
    const { time } = this.#live.platform;
    let ended = time.now();
    while (this.#behind) {
      await time.breathe(); // also before the first slice: whoever waits for the write goes on before
      if (this.#ending.aborted) return;
      const { slots, stored, inverted } = this.#live;
      const began = time.now();
      const before = this.#lacking;
      for (const field of inverted) field.takeIn(slots, stored, () => time.now() > began + SLICE_MS);
      if (before > 0) this.#count(before - this.#lacking, time.now() - ended);
      ended = time.now();
      await this.#renew();
    }
    this.#older = 0;
  }

  #count(slots: number, ms: number): void {
    this.#taken = KEPT * this.#taken + slots;
    this.#tookMs = KEPT * this.#tookMs + ms;
  }

  /** Indexes that are rebuilt, a slice of each, in turns of their own: they answer nobody yet. */
  async #renew(): Promise<void> {
    const { time } = this.#live.platform;
    if (!this.#live.inverted.some((field) => field.renewing(this.#live.slots))) return;
    await time.breathe();
    if (this.#ending.aborted) return;
    const { slots, stored, inverted } = this.#live;
    const until = time.now() + SLICE_MS;
    for (const field of inverted) field.renew(slots, stored, () => time.now() > until);
  }

  /** Resolves when it has stopped. */
  async idle(): Promise<void> {
    await this.#running?.catch(() => {});
  }
}
