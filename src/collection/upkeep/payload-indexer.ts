/*
 * Brings payload indexes up to the rows that there are: those of a new index, of one that is rebuilt since many payloads
 * were patched, and those that came from the store at opening. Rows that are written take their place while they are staged (replay.ts).
 *
 * It reads payloads in short slices, between other events. An index that is dropped or replaced meanwhile is left.
 */
import type { LiveIndex } from '../live-index.js';
import { SLICE_MS } from '../slices.js';

export class PayloadIndexer {
  readonly #live: LiveIndex;
  readonly #ending: AbortSignal;
  #running: Promise<void> | undefined;

  constructor(live: LiveIndex, ending: AbortSignal) {
    this.#live = live;
    this.#ending = ending;
  }

  get #behind(): boolean {
    const { payloadIndexes, rows } = this.#live;
    return payloadIndexes.behind < rows.slots;
  }

  /** Whether an index lacks rows, and nobody is at it. */
  get due(): boolean {
    return this.#running === undefined && this.#behind;
  }

  /** Resolves when every index has every row, or the collection ends. */
  async catchUp(): Promise<void> {
    while (this.#running || (this.#behind && !this.#ending.aborted)) {
      this.#running ??= this.#run().finally(() => {
        this.#running = undefined;
      });
      await this.#running;
    }
  }

  async #run(): Promise<void> {
    await null; // from here on this is known to run: who is told of a slice must not begin another
    while (this.#behind && !this.#ending.aborted) {
      this.#slice();
      this.#live.changed();
      await this.#live.platform.time.breathe();
    }
    this.#live.payloadIndexes.renew(this.#live.rows.slots);
    this.#live.payloadIndexes.version++; // of what was left to payloads, more is known now
  }

  /** Takes in rows for some milliseconds, lowest first: indexes that are behind go on together. */
  #slice(): void {
    const live = this.#live;
    const { time } = live.platform;
    const until = time.now() + SLICE_MS;
    const { payloadIndexes } = live;
    const { slots } = live.rows;
    for (let slot = payloadIndexes.behind; slot < slots && time.now() < until; slot++)
      payloadIndexes.add(slot, live.payloadAt(slot));
  }
}
