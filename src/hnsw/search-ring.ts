/*
 * How searches go to another thread and come back: a shared memory between the calling thread and one searching thread.
 *
 * Shared state, words:
 *   ASKED   how many searches were handed over. The calling thread counts up, by compare-and-exchange; the searching one
 *           puts LEFT there in the same way when it has waited long enough: one of the two is first.
 *   DONE    how many are answered. The searching thread counts up.
 *   READY   set by the searching thread when it can begin.
 *   STOP    set by the calling thread: leave, whatever is asked.
 *   TOLD    set by the searching thread when it tells the calling one to look, unset by that before it looks.
 * Search i is in entry i mod ENTRIES. The calling thread writes the entry, then ASKED; the searching thread reads ASKED,
 * then the entry, writes its answer into it, then DONE; the calling thread reads DONE, then the answer. It writes an
 * entry again when it has taken the answer: so an entry has one writer at each moment.
 */

export const ASKED = 0;
export const DONE = 1;
export const READY = 2;
export const STOP = 3;
export const TOLD = 4;
const WORDS = 16;

/** In ASKED: nobody looks at it any more. */
export const LEFT = -1;

/** Answers that may lie there until the calling thread takes them. */
export const ENTRIES = 32;
/** Of a search that is handed over, at most. */
export const SHARED_K_MAX = 128;

/** Words of an entry: what is asked, what came of it, then the query and the results. */
const E_FROM = 0;
const E_ROWS = 1;
const E_K = 2;
const E_EF = 3;
const E_ADMISSION = 4;
const E_MET = 5;
const E_SIZE = 6;
const E_QUERY = 8;

export interface Asked {
  /** The window, and how many rows there are. */
  readonly from: number;
  readonly rows: number;
  readonly k: number;
  readonly ef: number;
  /** What the walk may return: WALK_* of kernel/layout.ts. */
  readonly admission: number;
}

export interface Answered {
  /** How many rows the walk met. */
  readonly met: number;
  /** Words of the result list: see Scratch.results. */
  readonly results: Uint32Array;
}

export class SearchRing {
  readonly shared: SharedArrayBuffer;
  readonly words: Int32Array;
  readonly #floats: Float32Array;
  readonly #unsigned: Uint32Array;
  /** Components of a query, padded with zeros. */
  readonly #padded: number;

  constructor(dimension: number, shared?: SharedArrayBuffer) {
    this.#padded = Math.ceil(dimension / 4) * 4;
    this.shared = shared ?? new SharedArrayBuffer(4 * (WORDS + ENTRIES * this.#entryWords));
    this.words = new Int32Array(this.shared);
    this.#floats = new Float32Array(this.shared);
    this.#unsigned = new Uint32Array(this.shared);
  }

  get #entryWords(): number {
    return E_QUERY + this.#padded + 2 * SHARED_K_MAX;
  }

  #at(search: number): number {
    return WORDS + (search % ENTRIES) * this.#entryWords;
  }

  putAsked(search: number, { from, rows, k, ef, admission }: Asked, vector: ArrayLike<number>): void {
    const at = this.#at(search);
    this.words[at + E_FROM] = from;
    this.words[at + E_ROWS] = rows;
    this.words[at + E_K] = k;
    this.words[at + E_EF] = ef;
    this.words[at + E_ADMISSION] = admission;
    this.#floats.set(vector, at + E_QUERY); // what lies behind it is zero for good
  }

  asked(search: number): Asked & { readonly query: Float32Array } {
    const at = this.#at(search);
    return {
      from: this.words[at + E_FROM]!,
      rows: this.words[at + E_ROWS]!,
      k: this.words[at + E_K]!,
      ef: this.words[at + E_EF]!,
      admission: this.words[at + E_ADMISSION]!,
      query: this.#floats.subarray(at + E_QUERY, at + E_QUERY + this.#padded),
    };
  }

  putAnswer(search: number, met: number, results: Uint32Array): void {
    const at = this.#at(search);
    this.words[at + E_MET] = met;
    this.words[at + E_SIZE] = results.length;
    this.#unsigned.set(results, at + E_QUERY + this.#padded);
  }

  /** A copy. */
  answered(search: number): Answered {
    const at = this.#at(search);
    const begin = at + E_QUERY + this.#padded;
    return {
      met: this.words[at + E_MET]!,
      results: this.#unsigned.slice(begin, begin + this.words[at + E_SIZE]!),
    };
  }
}
