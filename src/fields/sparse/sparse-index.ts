/*
 * An inverted index of sparse vectors by slot: exact best dot products. A hit has an index in common with the query. A score
 * is summed in float32 over the query's indices, ascending: the same number bit for bit from the index and from `score`.
 */

import { type BlockReader, BlockWriter, malformed } from '../../filter/indexes/blocks.js';
import type { KernelCode } from '../../kernel/builds.js';
import { Postings } from '../../kernel/postings.js';
import { PostingsQuery, type Slots } from '../../kernel/postings-query.js';
import type { PostingsTrace, SlotScore } from '../../kernel/postings-record.js';
import { DONE, dumpPresent, dumpRuns, HEAD_BYTES, inSteps, loadPresent, loadRuns } from '../inverted/dump.js';
import { idfOf, type Live, LiveCounts } from '../inverted/live.js';
import { listsOf, type WeighedTerm } from '../inverted/plan.js';
import { Present } from '../inverted/present.js';
import { SparseTerms } from './terms.js';

const { fround } = Math;

/** Indices ascend, none twice; as many values, all finite. */
export interface SparseValue {
  readonly indices: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

/** A query with the weights that its indices have among the documents of a moment. */
export interface WeighedSparse {
  /** Indices ascend. */
  readonly terms: readonly WeighedTerm<number>[];
}

export interface SparseSearch extends Slots {
  readonly k: number;
  readonly isOver?: (() => boolean) | undefined;
  readonly trace?: PostingsTrace | undefined;
}

export class SparseIndex {
  readonly #postings: Postings;
  readonly #terms = new SparseTerms();
  #present = new Present();
  readonly #counts = new LiveCounts();
  readonly #idf: boolean;
  /** Addresses of the terms of the vector that is added. */
  #scratch = new Uint32Array(256);

  /** `idf`: weights of queries are multiplied by how rare an index is among live documents. */
  constructor(code: KernelCode, { idf = false }: { readonly idf?: boolean } = {}) {
    this.#postings = new Postings(code);
    this.#idf = idf;
  }

  get bytes(): number {
    return this.#postings.bytes + this.#terms.bytes + this.#present.bits.byteLength;
  }

  /**
   * Adds a slot behind all that were added.
   *
   * @throws SiltError OUT_OF_MEMORY: then the slot may be there in part, and is to be forgotten
   */
  add(slot: number, { indices, values }: SparseValue): void {
    this.#present.add(slot);
    const n = indices.length;
    if (this.#scratch.length < n) this.#scratch = new Uint32Array(2 * n);
    for (let i = 0; i < n; i++) {
      let term = this.#terms.get(indices[i]!);
      if (term === 0) {
        term = this.#postings.newTerm();
        this.#terms.set(indices[i]!, term);
      }
      this.#scratch[i] = term;
    }
    this.#postings.add(slot, this.#scratch, values, n);
  }

  /** Slots from one on were never added. */
  forget(slot: number): void {
    if (slot >= this.#present.end) return;
    for (const [, term] of this.#terms) this.#postings.truncate(term, slot);
    this.#present.truncate(slot);
    this.#counts.reset();
  }

  /** How many live vectors there are. */
  count(live: Live): number {
    this.#counts.follow(live, this.#present.bits);
    return this.#counts.count;
  }

  /** In how many live documents an index occurs. */
  documentFrequency(index: number, live: Live): number {
    return this.#frequencies([index], live)[0]!;
  }

  #frequencies(indices: readonly number[], live: Live): number[] {
    this.#counts.follow(live, this.#present.bits);
    const terms = indices.map((index) => this.#terms.get(index));
    return this.#counts.frequenciesOf(terms, (unknown) => this.#count(unknown, live));
  }

  #count(terms: readonly number[], live: Live): number[] {
    const known = terms.filter((term) => term !== 0);
    const lists = known.map((term) => ({ term, weight: 0 }));
    const counts = new PostingsQuery(this.#postings, lists).count(live);
    const byTerm = new Map(known.map((term, i) => [term, counts[i]!]));
    return terms.map((term) => byTerm.get(term) ?? 0);
  }

  /** `counted`: with the numbers of documents also where no weight depends on them. */
  weigh({ indices, values }: SparseValue, live: Live, counted = false): WeighedSparse {
    const order = Array.from(indices, (_, i) => i).sort((a, b) => indices[a]! - indices[b]!);
    const names = order.map((i) => indices[i]!);
    const frequencies = this.#idf || counted ? this.#frequencies(names, live) : undefined;
    const { count } = this.#counts;
    const terms = names.map((name, i) => {
      const documents = frequencies?.[i];
      const idf = this.#idf ? idfOf(count, documents!) : undefined;
      const value = fround(values[order[i]!]!);
      const weight = idf === undefined ? value : fround(value * idf);
      return { name, term: this.#terms.get(name), weight, documents, idf };
    });
    return { terms };
  }

  /**
   * The best slots, best first, ties by slot: `k`, or all that have an index in common with the query. In slices: yields whenever
   * `isOver` says so. Slots may be added meanwhile.
   */
  searching(
    { terms }: WeighedSparse,
    { k, rows, bits, isOver, trace }: SparseSearch,
  ): Generator<void, SlotScore[]> {
    const within = Math.min(rows, this.#present.end);
    return new PostingsQuery(this.#postings, listsOf(terms)).search({
      ...{ k, rows: within, bits, trace },
      ...(isOver && { isOver }),
    });
  }

  /** Of a vector that need not be in the index; undefined: it has no index in common with the query. */
  score(query: WeighedSparse, { indices, values }: SparseValue): number | undefined {
    let sum = 0;
    let isFound = false;
    let at = 0;
    for (const { name: index, weight } of query.terms) {
      while (at < indices.length && indices[at]! < index) at++;
      if (indices[at] !== index) continue;
      sum = fround(sum + fround(weight * fround(values[at]!)));
      isFound = true;
    }
    return isFound ? sum : undefined;
  }

  /** Everything, in blocks of bytes. Slots may be added meanwhile: what is dumped is what was there when it began. */
  *dump(): Generator<Uint8Array> {
    const out = new BlockWriter();
    dumpPresent(this.#present, out);
    for (const [index, term] of this.#terms) {
      out.uint(1);
      out.uint(index);
      dumpRuns(this.#postings, term, out);
      if (out.full) yield* out.blocks();
    }
    out.uint(0);
    yield* out.rest();
  }

  /**
   * Takes up what was dumped, without slots from `rows` on, in small steps; see inverted/dump.ts for what it yields. For an index
   * that is empty.
   *
   * @throws SnapshotError for malformed bytes: then the index is of no use
   */
  *loading(from: BlockReader, rows: number): Generator<number> {
    this.#present = yield* loadPresent(from);
    this.#present.truncate(rows);
    yield* inSteps(this.#runsFrom(from));
    if (!from.holds(1)) yield 1;
    from.end();
  }

  #runsFrom(from: BlockReader): () => number {
    /** Whose runs have not all arrived. */
    let term: number | undefined;
    return () => {
      if (term === undefined) {
        if (!from.holds(HEAD_BYTES)) return HEAD_BYTES;
        if (from.uint() === 0) return DONE;
        const index = from.uint();
        if (this.#terms.get(index) !== 0) throw malformed('an index occurs twice');
        term = this.#postings.newTerm();
        this.#terms.set(index, term);
      }
      const needed = loadRuns(this.#postings, term, from, this.#present);
      if (needed === DONE) term = undefined;
      return Math.max(needed, 0);
    };
  }
}
