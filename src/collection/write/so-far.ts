/*
 * The points of a collection as a write finds them that goes by what is there: as they are committed, and as the writes before
 * it in the same commit leave them.
 *
 * The write queue makes one for each group of writes. Nothing is committed meanwhile, so that what is decided by it holds.
 */
import { Forecast } from '../../store/forecast.js';
import type { Refused } from '../../store/store.js';
import type { Draft, LiveIndex } from '../live-index.js';

export class SoFar {
  readonly live: LiveIndex;
  readonly #forecast: Forecast;
  /** Drafts that the forecast does not have yet: most writes go by nothing, and cost nothing here. */
  #behind: Draft[] = [];

  constructor(live: LiveIndex) {
    this.live = live;
    this.#forecast = new Forecast(live.store);
  }

  /** Runs what decides a write. Where that throws, what it noted does not come. */
  async attempt<T>(decide: (soFar: SoFar) => Promise<T>): Promise<T> {
    (await this.forecast()).begin();
    try {
      return await decide(this);
    } catch (error) {
      this.#behind = [];
      this.#forecast.undo();
      throw error;
    }
  }

  /** These come next. */
  note(drafts: readonly Draft[]): void {
    for (const draft of drafts) this.#behind.push(draft);
  }

  /** With all that was noted. */
  async forecast(): Promise<Forecast> {
    const behind = this.#behind;
    this.#behind = [];
    for (const draft of behind) await this.#append(draft);
    return this.#forecast;
  }

  /** This comes next; says which of its patches the store will refuse, and how many bytes the others make. */
  async foresee(draft: Draft): Promise<{ readonly refused: readonly Refused[]; readonly bytes: number }> {
    const { patchedBytes } = await this.forecast();
    const refused = await this.#append(draft);
    return { refused, bytes: this.#forecast.patchedBytes - patchedBytes };
  }

  async #append(draft: Draft): Promise<readonly Refused[]> {
    const steps = this.#forecast.append({ ...draft, collection: this.live.collection });
    for (;;) {
      const step = steps.next();
      if (step.done) return step.value.refused ?? [];
      await this.breathe();
    }
  }

  /** Yields to the event loop. */
  async breathe(): Promise<void> {
    await this.live.platform.time.takeTurn();
  }
}
