/*
 * A store without a file, for databases that live as long as their process.
 *
 * What a commit changes lies beside what readers see until `refresh`, as it does on disk.
 */
import { ClosedError } from '../base/errors.js';
import type { Platform } from '../platform/platform.js';
import type { PointsEntry } from './entry.js';
import { MemoryRows } from './memory-rows.js';
import type { Appended, Committed, Counts, Store, StoredPoint, Transaction } from './store.js';

/** What a commit did that readers do not see yet. */
interface Unseen {
  readonly purge: number | undefined;
  readonly purgeField: number | undefined;
  /** Collections of which it changed something, in a layer of each. */
  readonly changed: ReadonlySet<MemoryRows>;
  readonly records: readonly (readonly [key: string, text: string | undefined])[];
}

/** To show more operations than these, and to take them up in the index, gets a turn of its own. */
const SHOWN_AT_ONCE = 1_000;

export class MemoryStore implements Store {
  readonly path = undefined;
  readonly uuid: string;
  readonly #time: Platform['time'];
  readonly #records = new Map<string, string>();
  readonly #collections = new Map<number, MemoryRows>();
  /** Commits that readers do not see yet, in their order. */
  #unseen: Unseen[] = [];
  /** The commit that was asked for last: they are made one after another. */
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;
  /** What `touch` has read: a loop without a result would be left out. */
  protected touched = 0;

  constructor({ time, uuid }: Pick<Platform, 'time' | 'uuid'>) {
    this.#time = time;
    this.uuid = uuid();
  }

  #expectOpen(): void {
    if (this.#closed) throw new ClosedError('database');
  }

  async commit(transaction: Transaction): Promise<Committed> {
    const committed = this.#last.then(() => this.#commit(transaction));
    this.#last = committed.catch(() => {});
    return committed;
  }

  async #commit({ entries = [], records = [], purge, purgeField }: Transaction): Promise<Committed> {
    this.#expectOpen();
    await this.#time.takeTurn();
    const own = records.map(
      ([key, value]) => [key, value === undefined ? undefined : JSON.stringify(value)] as const,
    );
    const changed = new Set(entries.map(({ collection }) => this.#of(collection)));
    for (const rows of changed) rows.begin();
    try {
      const appended = await this.#time.inTurns(this.#append(entries));
      if (entries.reduce((sum, { count }) => sum + count, 0) > SHOWN_AT_ONCE) await this.#time.breathe();
      this.#expectOpen();
      this.#unseen.push({ changed, records: own, purge, purgeField });
      return { appended, purged: 0 };
    } catch (error) {
      for (const rows of changed) rows.undo();
      throw error;
    }
  }

  /** In steps: ten thousand payloads that are patched take tens of milliseconds. Making one may take more memory than there is. */
  *#append(entries: readonly PointsEntry[]): Generator<void, Appended[]> {
    const appended: Appended[] = [];
    for (const entry of entries) {
      const steps = this.#of(entry.collection).append(entry);
      let step = steps.next();
      for (; !step.done; step = steps.next()) {
        yield;
        this.#expectOpen();
      }
      appended.push(step.value);
    }
    return appended;
  }

  refresh(): void {
    const unseen = this.#unseen;
    this.#unseen = [];
    for (const { changed, records, purge, purgeField } of unseen) {
      for (const [key, text] of records) {
        if (text === undefined) this.#records.delete(key);
        else this.#records.set(key, text);
      }
      for (const rows of changed) rows.show();
      if (purge === undefined) continue;
      if (purgeField === undefined) this.#collections.delete(purge);
      else this.#of(purge).purgeField(purgeField);
    }
  }

  #of(collection: number): MemoryRows {
    this.#expectOpen();
    let rows = this.#collections.get(collection);
    if (!rows) this.#collections.set(collection, (rows = new MemoryRows()));
    return rows;
  }

  records(prefix: string): [string, unknown][] {
    this.#expectOpen();
    return [...this.#records]
      .filter(([key]) => key.startsWith(prefix))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, text]) => [key, JSON.parse(text) as unknown]);
  }

  counts(collection: number): Counts {
    return this.#of(collection).counts;
  }

  rowOf(collection: number, id: Uint8Array): number {
    return this.#of(collection).rowOf(id);
  }

  vector(collection: number, row: number): Float32Array | undefined {
    return this.#of(collection).rows.get(row)?.vector.slice();
  }

  field(collection: number, row: number, field: number): Uint8Array | undefined {
    return this.#of(collection).rows.get(row)?.field(field)?.slice();
  }

  hasField(collection: number, row: number, field: number): boolean {
    return this.#of(collection).rows.get(row)?.field(field) !== undefined;
  }

  changedAt(collection: number, row: number, field: number): number | undefined {
    return this.#of(collection).changedAt(row, field);
  }

  point(collection: number, row: number): StoredPoint | undefined {
    return this.#of(collection).rows.get(row);
  }

  /** Each is a wait for memory or several; a processor waits for those of many rows at once, where nothing lies between. */
  touch(collection: number, rows: readonly number[], withPayload: boolean): void {
    const table = this.#of(collection).rows;
    let seen = 0;
    for (let i = 0; i < rows.length; i++) seen += table.get(rows[i]!)?.end ?? 0;
    for (let i = 0; withPayload && i < rows.length; i++) {
      const row = table.get(rows[i]!);
      if (row && row.end > row.start) seen += row.bytes[row.start]!;
    }
    this.touched = seen;
  }

  *patched(collection: number, seq: number): Generator<number> {
    yield* this.#untilClosed(this.#of(collection).patched(seq));
  }

  *changed(collection: number, field: number, seq: number): Generator<number> {
    yield* this.#untilClosed(this.#of(collection).changed(field, seq));
  }

  *rows(collection: number, after: number): Generator<number> {
    for (const [row] of this.#untilClosed(this.#of(collection).rows.behind(after))) yield row;
  }

  *vectors(collection: number, after: number): Generator<readonly [number, Float32Array]> {
    for (const [row, { vector }] of this.#untilClosed(this.#of(collection).rows.behind(after)))
      yield [row, vector];
  }

  *ids(collection: number, after?: Uint8Array): Generator<readonly [Uint8Array, number]> {
    yield* this.#untilClosed(this.#of(collection).ids(after));
  }

  *#untilClosed<T>(items: Iterable<T>): Generator<T> {
    for (const item of items) {
      yield item;
      this.#expectOpen();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#last; // it is given up
    this.#unseen = [];
    this.#collections.clear();
    this.#records.clear();
  }
}
