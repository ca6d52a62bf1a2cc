/* A query as the kernel of inverted indexes reads it: a record of its lists, and a heap of hits. */
import type { Postings } from './postings.js';
import * as L from './postings-layout.js';

/** Of a query: a list, and what it is worth. */
export interface QueryList {
  readonly term: number;
  /** Float32. */
  readonly weight: number;
}

/** A term that a slot must have, or another one of its group. Numbers of groups ascend. */
export interface Required {
  readonly term: number;
  readonly group: number;
}

export interface SlotScore {
  readonly slot: number;
  readonly score: number;
}

/** What a search did. */
export interface PostingsTrace {
  /** Windows of slots in which any list has postings. */
  windows: number;
  /** Postings added to the sums of slots. */
  added: number;
  /** Slots that were considered as hits, one by one. */
  tried: number;
  /** For each list, in how many windows its postings were not added: they could not make a hit, or were looked up. */
  left: readonly number[];
}

export function newPostingsTrace(): PostingsTrace {
  return { windows: 0, added: 0, tried: 0, left: [] };
}

export class QueryRecord {
  readonly at: number;
  readonly #postings: Postings;
  readonly #lists: number;
  readonly #k: number;

  /** `average`: of text, of the lengths of live documents. */
  constructor(
    postings: Postings,
    lists: readonly (QueryList | Required)[],
    { k = 0, average }: { readonly k?: number; readonly average?: number | undefined } = {},
  ) {
    this.#postings = postings;
    this.#lists = lists.length;
    this.#k = k;
    const { memory } = postings;
    const heap = k === 0 ? 0 : memory.allocate(8 * k);
    this.at = memory.allocateZeros(recordBytes(lists.length));
    const { words, floats } = memory;
    words[(this.at + L.Q_LISTS) / 4] = lists.length;
    words[(this.at + L.Q_K) / 4] = k;
    words[(this.at + L.Q_HEAP) / 4] = heap;
    if (average !== undefined) {
      floats[(this.at + L.Q_NORM) / 4] = floats[L.NORM_LENGTH / 4]! / Math.fround(average);
      floats[(this.at + L.Q_AVERAGE) / 4] = average;
    }
    const order = this.#list(lists.length);
    words[(this.at + L.Q_ORDER) / 4] = order;
    for (const [i, list] of lists.entries()) {
      const at = this.#list(i) / 4;
      words[at + L.LIST_TERM / 4] = list.term;
      if ('weight' in list) floats[at + L.LIST_WEIGHT / 4] = list.weight;
      else words[at + L.LIST_GROUP / 4] = list.group;
      words[order / 4 + i] = i;
    }
  }

  #list(i: number): number {
    return this.at + recordBytes(0) + i * L.LIST_BYTES;
  }

  /** Postings of a list that were counted. */
  counted(i: number): number {
    return this.#postings.memory.words[(this.#list(i) + L.LIST_COUNTED) / 4]!;
  }

  /** Adds what the kernel counted. */
  traceInto(trace: PostingsTrace): void {
    const { words } = this.#postings.memory;
    trace.windows += words[(this.at + L.Q_WINDOWS) / 4]!;
    trace.added += words[(this.at + L.Q_ADDED) / 4]!;
    trace.tried += words[(this.at + L.Q_TRIED) / 4]!;
    trace.left = Array.from(
      { length: this.#lists },
      (_, i) => (trace.left[i] ?? 0) + words[(this.#list(i) + L.LIST_LEFT) / 4]!,
    );
  }

  /** The hits, in no order. */
  found(): SlotScore[] {
    const { words } = this.#postings.memory;
    const heap = words[(this.at + L.Q_HEAP) / 4]! / 4;
    return Array.from({ length: words[(this.at + L.Q_SIZE) / 4]! }, (_, i) => ({
      slot: words[heap + 2 * i + 1]!,
      score: scoreOf(words[heap + 2 * i]!),
    }));
  }

  release(): void {
    const { kernel, words } = this.#postings.memory;
    if (this.#k > 0) kernel.release(words[(this.at + L.Q_HEAP) / 4]!, 8 * this.#k);
    kernel.release(this.at, recordBytes(this.#lists));
  }
}

function recordBytes(lists: number): number {
  return L.Q_FIRST + lists * (L.LIST_BYTES + 4);
}

const word = new Uint32Array(1);
const float = new Float32Array(word.buffer);

/** Of a key of the heap. */
function scoreOf(key: number): number {
  word[0] = key >>> 31 === 1 ? key ^ 0x8000_0000 : ~key;
  return float[0]!;
}
