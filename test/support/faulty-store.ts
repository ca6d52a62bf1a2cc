/* A store whose n-th commit fails, before anything of it is kept or when all of it is. */
import { StoreError } from '#silt/index.js';
import type { Committed, Counts, Store, StoredPoint, Transaction } from '#silt/store/store.js';

/** When a commit that fails does so: `after` is a writer that dies between the commit and the answer. */
export type FaultMoment = 'before' | 'after';

export class FaultyStore implements Store {
  readonly #inner: Store;
  readonly #moment: FaultMoment;
  #left: number;
  #failing: number;
  #failingRefreshes = 0;
  /** What became of each commit so far. */
  readonly transactions: { readonly transaction: Transaction; readonly failed: boolean }[] = [];

  /** Commit number `at`, counted from 0, fails, and those behind it: `times` in all. */
  constructor(inner: Store, at: number, moment: FaultMoment = 'before', times = 1) {
    this.#inner = inner;
    this.#left = at;
    this.#moment = moment;
    this.#failing = times;
  }

  /** Whether a commit has failed. */
  get struck(): boolean {
    return this.transactions.some(({ failed }) => failed);
  }

  /** From here on, commits fail again, or no more; behind so many that do not. */
  failNext(times: number, behind = 0): void {
    this.#left = behind;
    this.#failing = times;
  }

  get path(): string | undefined {
    return this.#inner.path;
  }

  get uuid(): string {
    return this.#inner.uuid;
  }

  async commit(transaction: Transaction): Promise<Committed> {
    const failed = this.#left-- <= 0 && this.#failing > 0;
    this.transactions.push({ transaction, failed });
    if (!failed) return this.#inner.commit(transaction);
    this.#failing--;
    if (this.#moment === 'after') await this.#inner.commit(transaction);
    throw new StoreError('STORE_FAILED', 'the disk refused a write: EIO', new Error('EIO'));
  }

  /** So many of the next refreshes fail: readers stay at the commit that they see. */
  failRefreshes(times: number): void {
    this.#failingRefreshes = times;
  }

  refresh(): void {
    if (this.#failingRefreshes-- > 0) throw new Error('the view of the store could not be renewed');
    this.#inner.refresh();
  }

  records(prefix: string): [string, unknown][] {
    return this.#inner.records(prefix);
  }

  counts(collection: number): Counts {
    return this.#inner.counts(collection);
  }

  rowOf(collection: number, id: Uint8Array): number {
    return this.#inner.rowOf(collection, id);
  }

  vector(collection: number, row: number): Float32Array | undefined {
    return this.#inner.vector(collection, row);
  }

  field(...args: Parameters<Store['field']>): ReturnType<Store['field']> {
    return this.#inner.field(...args);
  }

  hasField(...args: Parameters<Store['hasField']>): boolean {
    return this.#inner.hasField(...args);
  }

  changedAt(...args: Parameters<Store['changedAt']>): ReturnType<Store['changedAt']> {
    return this.#inner.changedAt(...args);
  }

  changed(...args: Parameters<Store['changed']>): Iterable<number> {
    return this.#inner.changed(...args);
  }

  point(collection: number, row: number): StoredPoint | undefined {
    return this.#inner.point(collection, row);
  }

  patched(collection: number, seq: number): Iterable<number> {
    return this.#inner.patched(collection, seq);
  }

  rows(collection: number, after: number): Iterable<number> {
    return this.#inner.rows(collection, after);
  }

  vectors(collection: number, after: number): ReturnType<Store['vectors']> {
    return this.#inner.vectors(collection, after);
  }

  ids(collection: number, after?: Uint8Array): Iterable<readonly [Uint8Array, number]> {
    return this.#inner.ids(collection, after);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}
