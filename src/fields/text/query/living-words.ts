/*
 * Of words near a word, those that live texts have: a vocabulary keeps all words that it ever had, and few words may stand
 * for one of a query. As many are looked up at a time as may stand for one.
 */
import type { Near, NearWords } from './near-words.js';
import { EXPANSIONS_MAX } from './plan.js';

/** In how many live texts each word is. */
type Frequencies = (words: readonly string[]) => readonly number[];

export class LivingWords implements Near {
  readonly #near: NearWords;
  readonly #frequencies: Frequencies;

  constructor(near: NearWords, frequencies: Frequencies) {
    this.#near = near;
    this.#frequencies = frequencies;
  }

  beginningWith(prefix: string): Iterable<string> {
    return this.#living(this.#near.beginningWith(prefix), (word) => word);
  }

  within(word: string, limit: number): ReturnType<Near['within']> {
    return this.#living(this.#near.within(word, limit), (one) => one.word);
  }

  #living<T>(all: readonly T[], wordOf: (one: T) => string): T[] {
    const living: T[] = [];
    for (let at = 0; at < all.length && living.length < EXPANSIONS_MAX; at += EXPANSIONS_MAX) {
      const some = all.slice(at, at + EXPANSIONS_MAX);
      const found = this.#frequencies(some.map(wordOf));
      living.push(...some.filter((_, i) => found[i]! > 0));
    }
    return living;
  }
}
