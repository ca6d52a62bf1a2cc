/* The words of a text index, each with a number, from 0 on in the order in which they came, and with its list. */

import { ownCopy } from '../../base/own-copy.js';

/** What a word costs in a Map, about: an entry, a number, and the string with its head. */
const WORD_BYTES = 80;

export class Vocabulary {
  readonly #numbers = new Map<string, number>();
  readonly #words: string[] = [];
  readonly #terms: number[] = [];
  #letters = 0;

  get size(): number {
    return this.#words.length;
  }

  get bytes(): number {
    return this.#letters + WORD_BYTES * this.size;
  }

  numberOf(word: string): number | undefined {
    return this.#numbers.get(word);
  }

  /** Takes in a word that is not there; `term`: its list. Returns its number. */
  add(word: string, term: number): number {
    const own = ownCopy(word);
    const number = this.#words.length;
    this.#numbers.set(own, number);
    this.#words.push(own);
    this.#terms.push(term);
    this.#letters += own.length;
    return number;
  }

  wordOf(number: number): string {
    return this.#words[number]!;
  }

  termOf(number: number): number {
    return this.#terms[number]!;
  }

  get words(): readonly string[] {
    return this.#words;
  }

  get terms(): readonly number[] {
    return this.#terms;
  }
}
