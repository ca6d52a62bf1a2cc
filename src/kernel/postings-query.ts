/*
 * A query over lists of postings: it counts them, and finds the best slots, a window at a time. Between two windows others
 * may search the same lists, and slots may be added: what is searched is what was there below `rows`.
 */
import type { Postings } from './postings.js';
import * as L from './postings-layout.js';
import {
  type PostingsTrace,
  type QueryList,
  QueryRecord,
  type Required,
  type SlotScore,
} from './postings-record.js';

const ALL = 0xffff_ffff;
const WORDS = L.BITS_BYTES / 4;

/** Which slots may be found: those below `rows` whose bit is set, or all. */
export interface Slots {
  readonly rows: number;
  readonly bits?: Uint32Array | undefined;
}

export interface Search extends Slots {
  readonly k: number;
  /** Only slots that each group of these has. */
  readonly required?: readonly Required[] | undefined;
  /** Of those, takes slots out: `bits` are those of a window, whose first slot is `first`. */
  sift?(bits: Uint32Array, first: number): void;
  /** Asked between two windows. */
  isOver?(): boolean;
  /** Of text: of live documents. */
  readonly average?: number | undefined;
  /** Filled in where it is given. */
  readonly trace?: PostingsTrace | undefined;
}

/** Best first; equal scores by slot. */
const byScore = (a: SlotScore, b: SlotScore): number => b.score - a.score || a.slot - b.slot;

export class PostingsQuery {
  readonly #postings: Postings;
  readonly #lists: readonly QueryList[];

  constructor(postings: Postings, lists: readonly QueryList[]) {
    this.#postings = postings;
    this.#lists = lists;
  }

  /** How many of the slots each list has. */
  count(slots: Slots): number[] {
    const { memory } = this.#postings;
    const record = new QueryRecord(this.#postings, this.#lists);
    try {
      memory.kernel.rewind(record.at);
      for (let window = 0; window * L.WINDOW_SLOTS < slots.rows; window++)
        memory.kernel.count(record.at, window, this.#admit(window, slots));
      return this.#lists.map((_, i) => record.counted(i));
    } finally {
      record.release();
    }
  }

  /** The best slots, best first; yields whenever `isOver` says that time is over. */
  *search(search: Search): Generator<void, SlotScore[]> {
    const { rows, isOver, average, required } = search;
    const k = Math.min(search.k, rows);
    if (k === 0 || this.#lists.length === 0) return [];
    const records: QueryRecord[] = [];
    try {
      const query = new QueryRecord(this.#postings, this.#lists, { k, average });
      records.push(query);
      if (required) records.push(new QueryRecord(this.#postings, required));
      const rewind = () => {
        for (const { at } of records) this.#postings.memory.kernel.rewind(at);
      };
      rewind();
      for (let window = 0; window * L.WINDOW_SLOTS < rows; window++) {
        if (isOver?.()) {
          yield;
          rewind();
        }
        if (search.bits && isEmpty(search.bits, window * WORDS)) continue;
        this.#searchWindow(query.at, records[1]?.at, window, search);
      }
      if (search.trace) query.traceInto(search.trace);
      return query.found().sort(byScore);
    } finally {
      for (const record of records) record.release();
    }
  }

  #searchWindow(query: number, required: number | undefined, window: number, search: Search): void {
    const { memory } = this.#postings;
    let masked = this.#admit(window, search);
    if (required !== undefined) {
      if (masked === 0) memory.words.fill(ALL, L.BITS / 4, L.BITS / 4 + WORDS);
      masked = 1;
      memory.kernel.meet(required, window);
      search.sift?.(memory.words.subarray(L.BITS / 4, L.BITS / 4 + WORDS), window * L.WINDOW_SLOTS);
    }
    memory.kernel.search(query, window, this.#postings.lengthsOf(window), masked);
  }

  /** Writes the bits of a window; 0: all are set, and none were written. */
  #admit(window: number, { rows, bits }: Slots): number {
    const { words } = this.#postings.memory;
    const below = rows - window * L.WINDOW_SLOTS;
    const from = window * WORDS;
    if (below >= L.WINDOW_SLOTS && !(bits && hasGap(bits, from))) return 0;
    const at = L.BITS / 4;
    if (bits) {
      const some = bits.subarray(from, from + WORDS);
      words.set(some, at);
      words.fill(0, at + some.length, at + WORDS);
    } else words.fill(ALL, at, at + WORDS);
    if (below >= L.WINDOW_SLOTS) return 1;
    const whole = at + (below >>> 5);
    words[whole]! &= (1 << (below & 31)) - 1;
    words.fill(0, whole + 1, at + WORDS);
    return 1;
  }
}

function isEmpty(bits: Uint32Array, from: number): boolean {
  const end = Math.min(bits.length, from + WORDS);
  for (let i = from; i < end; i++) if (bits[i] !== 0) return false;
  return true;
}

function hasGap(bits: Uint32Array, from: number): boolean {
  if (bits.length < from + WORDS) return true;
  for (let i = from; i < from + WORDS; i++) if (bits[i] !== ALL) return true;
  return false;
}
