/*
 * A store without a file, for databases that live as long as their process.
 *
 * What a commit changes lies beside what readers see until `refresh`, as it does on disk.
 */
import { ClosedError } from '../base/errors.js';
import { firstBehind, idOfKey, keyOfText, textOfKey } from '../base/ids.js';
import type { Platform } from '../platform/platform.js';
import { ChangedFields } from './changed-fields.js';
import { changesAt, hasValue, valueIn } from './changes.js';
import { type PointsEntry, partOf } from './entry.js';
import { copyOf, type MemoryRow, rowOf, SHARED_BY, type Share } from './memory-row.js';
import { Patcher } from './patch.js';
import { refusalOf } from './refusal.js';
import { RowTable } from './row-table.js';
import type { Appended, Committed, Counts, Refused, Store, StoredPoint, Transaction } from './store.js';

/** Of a row of which no value was changed. */
const NOTHING: ReadonlyMap<number, number> = new Map();

class MemoryRows {
  readonly rows: RowTable<MemoryRow> = new RowTable();
  readonly #ids = new Map<string, number>();
  /** Changes that readers do not see yet; 0: the id is taken out. */
  readonly #newIds = new Map<string, number>();
  readonly #newRows = new Map<number, MemoryRow | undefined>();
  /** By row: the operation that patched its payload last; likewise. */
  readonly #patchedAt = new Map<number, number>();
  readonly #newPatchedAt = new Map<number, number>();
  /** Likewise: values that were changed since the row was written, by field and operation. */
  readonly #changedAt = new Map<number, ReadonlyMap<number, number>>();
  readonly #newChangedAt = new Map<number, ReadonlyMap<number, number>>();
  /** Of those that readers see. */
  readonly #changedFields = new ChangedFields({});
  /** All keys in order, until one comes or goes. */
  #sorted: string[] | undefined;
  counts: Counts = { seq: 0, points: 0 };
  #next: Counts = this.counts;

  append(entry: PointsEntry): Appended {
    if (entry.kind === 'patch') return this.#patch(entry);
    return entry.kind === 'values' ? this.#change(entry) : this.#replace(entry);
  }

  /** What an id names by all that is committed, whether readers see it or not. */
  #rowNow(key: string): number {
    return this.#newIds.get(key) ?? this.#ids.get(key) ?? 0;
  }

  #patch({ count, ids, idEnds, payloads, expected }: PointsEntry): Appended {
    const previous = new Float64Array(count);
    const refused: Refused[] = [];
    const first = this.#next.seq + 1;
    const patcher = new Patcher(payloads);
    for (let i = 0; i < count; i++) {
      const row = this.#rowNow(textOfKey(partOf(ids, idEnds, i)));
      if (row === 0 || (expected && row !== expected[i])) continue;
      const before = (this.#newRows.get(row) ?? this.rows.get(row))!;
      try {
        this.#newRows.set(row, before.with(patcher.apply(before.payload)));
        this.#newPatchedAt.set(row, first + i);
        previous[i] = row;
      } catch (error) {
        refused.push(refusalOf(i, error));
      }
    }
    this.#next = { ...this.#next, seq: first + count - 1 };
    return { first, previous, ...(refused.length > 0 && { refused }) };
  }

  #change(entry: PointsEntry): Appended {
    const { count, ids, idEnds, expected } = entry;
    const previous = new Float64Array(count);
    const first = this.#next.seq + 1;
    for (let i = 0; i < count; i++) {
      const row = this.#rowNow(textOfKey(partOf(ids, idEnds, i)));
      if (row === 0 || (expected && row !== expected[i])) continue;
      const before = (this.#newRows.get(row) ?? this.rows.get(row))!;
      const changedAt = new Map(this.#newChangedAt.get(row) ?? this.#changedAt.get(row));
      const changes = changesAt(entry, i)
        .filter(([field, change]) => hasValue(change) || changedAt.has(field) || before.field(field))
        .map(([field, change]) => [field, valueIn(change).slice()] as const);
      for (const [field] of changes) changedAt.set(field, first + i);
      this.#newRows.set(row, before.withValues(changes));
      this.#newChangedAt.set(row, changedAt);
      previous[i] = row;
    }
    this.#next = { ...this.#next, seq: first + count - 1 };
    return { first, previous };
  }

  #replace(entry: PointsEntry): Appended {
    const { count, expected } = entry;
    const previous = new Float64Array(count);
    let { points } = this.#next;
    const first = this.#next.seq + 1;
    const share = { first, count, live: 0 };
    for (let i = 0; i < count; i++) {
      const id = partOf(entry.ids, entry.idEnds, i);
      const key = textOfKey(id);
      const before = this.#rowNow(key);
      if (expected && before !== expected[i]) continue; // written again meanwhile
      previous[i] = before;
      const row = entry.kind === 'put' ? first + i : 0;
      if (row !== 0) {
        this.#newRows.set(row, rowOf(entry, i, idOfKey(id), share));
      }
      if (before !== 0) this.#newRows.set(before, undefined);
      if (row !== before) this.#newIds.set(key, row);
      points += (row !== 0 ? 1 : 0) - (before !== 0 ? 1 : 0);
    }
    this.#next = { seq: first + count - 1, points };
    return { first, previous };
  }

  /** Forgets what readers do not see. */
  undo(): void {
    this.#newRows.clear();
    this.#newPatchedAt.clear();
    this.#newChangedAt.clear();
    this.#newIds.clear();
    const { seq, points } = this.counts;
    this.#next = { seq, points };
  }

  refresh(): void {
    const changed = new Set<Share>();
    for (const [row, patchedAt] of this.#newPatchedAt) this.#patchedAt.set(row, patchedAt);
    for (const [row, changedAt] of this.#newChangedAt) this.#setChangedAt(row, changedAt);
    for (const [row, value] of this.#newRows) {
      const before = this.rows.get(row);
      const share = (value ?? before)?.share;
      if (share) {
        share.live += (value ? 1 : 0) - (before ? 1 : 0);
        changed.add(share);
      }
      if (value) this.rows.set(row, value);
      else {
        this.rows.delete(row);
        this.#patchedAt.delete(row);
        this.#setChangedAt(row, NOTHING);
      }
    }
    for (const share of changed) if (share.live * SHARED_BY <= share.count) this.#divide(share);
    if (this.#newIds.size > 0) this.#sorted = undefined;
    for (const [key, row] of this.#newIds) {
      if (row !== 0) this.#ids.set(key, row);
      else this.#ids.delete(key);
    }
    this.#newRows.clear();
    this.#newPatchedAt.clear();
    this.#newChangedAt.clear();
    this.#newIds.clear();
    this.#count();
  }

  #count(): void {
    this.counts = { ...this.#next, ...this.#changedFields.counts };
  }

  #setChangedAt(row: number, changedAt: ReadonlyMap<number, number>): void {
    const before = this.#changedAt.get(row) ?? NOTHING;
    for (const field of before.keys()) if (!changedAt.has(field)) this.#changedFields.remove(field, 1);
    for (const [field, at] of changedAt)
      if (before.get(field) !== at) this.#changedFields.put(field, at, !before.has(field));
    if (changedAt.size > 0) this.#changedAt.set(row, changedAt);
    else this.#changedAt.delete(row);
  }

  /** Those that are left of a share get bytes of their own. */
  #divide(share: Share): void {
    for (let row = share.first; row < share.first + share.count; row++) {
      const value = this.rows.get(row);
      if (value?.share === share) this.rows.set(row, copyOf(value));
    }
  }

  rowOf(id: Uint8Array): number {
    return this.#ids.get(textOfKey(id)) ?? 0;
  }

  /** Ascending. */
  patched(seq: number): number[] {
    const found = [...this.#patchedAt].filter(([, patchedAt]) => patchedAt > seq);
    return found.map(([row]) => row).sort((a, b) => a - b);
  }

  changedAt(row: number, field: number): number | undefined {
    return this.#changedAt.get(row)?.get(field);
  }

  /** Ascending. */
  changed(field: number, seq: number): number[] {
    const found = [...this.#changedAt].filter(([, changes]) => (changes.get(field) ?? 0) > seq);
    return found.map(([row]) => row).sort((a, b) => a - b);
  }

  /** Forgets values that were changed in a field. */
  purgeField(field: number): void {
    for (const [row, changedAt] of this.#changedAt) {
      if (!changedAt.has(field)) continue;
      this.rows.set(row, this.rows.get(row)!.withValues([[field, new Uint8Array(0)]]));
      this.#setChangedAt(row, new Map([...changedAt].filter(([other]) => other !== field)));
    }
    this.#count();
  }

  *ids(after: Uint8Array | undefined): Generator<readonly [Uint8Array, number]> {
    const from = after === undefined ? '' : textOfKey(after);
    this.#sorted ??= [...this.#ids.keys()].sort((a, b) => (a < b ? -1 : 1));
    const keys = this.#sorted;
    for (let at = firstBehind(keys, from); at < keys.length; at++) {
      const row = this.#ids.get(keys[at]!);
      if (row !== undefined) yield [keyOfText(keys[at]!), row]; // a refresh may have taken it out meanwhile
    }
  }
}

export class MemoryStore implements Store {
  readonly path = undefined;
  readonly uuid: string;
  readonly #time: Platform['time'];
  readonly #records = new Map<string, string>();
  readonly #newRecords = new Map<string, string | undefined>();
  readonly #collections = new Map<number, MemoryRows>();
  /** What commits changed that readers do not see yet: of thousands of collections, one or two. */
  readonly #changed = new Set<MemoryRows>();
  readonly #purged = new Set<number>();
  #purgedFields: (readonly [collection: number, field: number])[] = [];
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

  async commit({ entries = [], records = [], purge, purgeField }: Transaction): Promise<Committed> {
    this.#expectOpen();
    await this.#time.takeTurn();
    const appended = this.#append(entries);
    for (const [key, value] of records)
      this.#newRecords.set(key, value === undefined ? undefined : JSON.stringify(value));
    if (purge !== undefined && purgeField !== undefined) this.#purgedFields.push([purge, purgeField]);
    else if (purge !== undefined) this.#purged.add(purge);
    return { appended, purged: 0 };
  }

  /** All or nothing: making a payload may take more memory than there is. Commits before it are seen by then. */
  #append(entries: readonly PointsEntry[]): Appended[] {
    try {
      return entries.map((entry) => {
        const rows = this.#of(entry.collection);
        this.#changed.add(rows);
        return rows.append(entry);
      });
    } catch (error) {
      for (const rows of this.#changed) rows.undo();
      this.#changed.clear();
      throw error;
    }
  }

  refresh(): void {
    for (const [key, text] of this.#newRecords) {
      if (text === undefined) this.#records.delete(key);
      else this.#records.set(key, text);
    }
    this.#newRecords.clear();
    for (const collection of this.#purged) this.#collections.delete(collection);
    this.#purged.clear();
    for (const rows of this.#changed) rows.refresh();
    this.#changed.clear();
    for (const [collection, field] of this.#purgedFields) this.#of(collection).purgeField(field);
    this.#purgedFields = [];
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
    this.#collections.clear();
    this.#changed.clear();
    this.#records.clear();
  }
}
