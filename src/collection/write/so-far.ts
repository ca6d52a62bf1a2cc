/*
 * The points of a collection as a write finds them that goes by what is there: as they are committed, and as the writes before
 * it in the same commit leave them.
 *
 * The write queue makes one for each group of writes. Nothing is committed meanwhile, so that what is decided by it holds.
 */
import { Forecast } from '../../store/forecast.js';
import type { Draft, LiveIndex } from '../live-index.js';

export class SoFar {
  readonly live: LiveIndex;
  readonly #forecast: Forecast;
  /** Drafts that the forecast does not have yet: most writes go by nothing, and cost nothing here. */
  #behind: Draft[];

  constructor(live: LiveIndex, drafts: readonly Draft[] = []) {
    this.live = live;
    this.#forecast = new Forecast(live.store);
    this.#behind = [...drafts];
  }

  /** These come next. */
  note(drafts: readonly Draft[]): void {
    for (const draft of drafts) this.#behind.push(draft);
  }

  /** With all that was noted. */
  async forecast(): Promise<Forecast> {
    const behind = this.#behind;
    this.#behind = [];
    const { collection } = this.live;
    for (const draft of behind) {
      const steps = this.#forecast.append({ ...draft, collection });
      while (!steps.next().done) await this.breathe();
    }
    return this.#forecast;
  }

  /** Others have their turn. */
  async breathe(): Promise<void> {
    await this.live.platform.time.takeTurn();
  }
}
