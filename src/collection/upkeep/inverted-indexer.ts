/*
 * Brings inverted indexes, of sparse vectors and texts, up to the rows that there are: behind every write, and after opening.
 * It works in short slices, between other events; a search that comes before takes in what is left by itself.
 */
import type { LiveIndex } from '../live-index.js';

const SLICE_MS = 2;

export class InvertedIndexer {
  readonly #live: LiveIndex;
  readonly #ending: AbortSignal;
  #running: Promise<void> | undefined;

  constructor(live: LiveIndex, ending: AbortSignal) {
    this.#live = live;
    this.#ending = ending;
  }

  get #behind(): boolean {
    const { slots, inverted } = this.#live;
    return inverted.some((field) => field.pending(slots) > 0);
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
    while (this.#behind) {
      await time.breathe(); // also before the first slice: whoever waits for the write goes on before
      if (this.#ending.aborted) return;
      const { slots, stored, inverted } = this.#live;
      const until = time.now() + SLICE_MS;
      for (const field of inverted) field.takeIn(slots, stored, () => time.now() > until);
    }
  }

  /** Resolves when it has stopped. */
  async idle(): Promise<void> {
    await this.#running?.catch(() => {});
  }
}
