/*
 * The rows of one collection of a store in memory, and what a commit changes of them. A commit fills a layer of its own, step by
 * step; readers see it when it is shown, in one step.
 */
import { firstBehind, idOfKey, keyOfText, textOfKey } from '../base/ids.js';
import { ChangedFields } from './changed-fields.js';
import { changesAt, hasValue, valueIn } from './changes.js';
import { type PointsEntry, partOf } from './entry.js';
import { copyOf, type MemoryRow, rowOf, SHARED_BY, type Share } from './memory-row.js';
import { Patcher } from './patch.js';
import { refusalOf } from './refusal.js';
import { RowTable } from './row-table.js';
import type { Appended, Counts, Refused } from './store.js';

/** Of a row of which no value was changed. */
const NOTHING: ReadonlyMap<number, number> = new Map();

/** What one commit changes of a collection. Of ids and rows, 0 and undefined: they are taken out. */
class Layer {
  readonly ids = new Map<string, number>();
  readonly rows = new Map<number, MemoryRow | undefined>();
  /** By row: the operation that patched its payload last. */
  readonly patchedAt = new Map<number, number>();
  /** By row: values that were changed since it was written, by field and operation. */
  readonly changedAt = new Map<number, ReadonlyMap<number, number>>();
  /** What there is behind it. */
  seq: number;
  points: number;

  constructor({ seq, points }: Pick<Counts, 'seq' | 'points'>) {
    this.seq = seq;
    this.points = points;
  }
}

export class MemoryRows {
  readonly rows: RowTable<MemoryRow> = new RowTable();
  readonly #ids = new Map<string, number>();
  readonly #patchedAt = new Map<number, number>();
  readonly #changedAt = new Map<number, ReadonlyMap<number, number>>();
  readonly #changedFields = new ChangedFields({});
  /** Of commits that readers do not see, in their order; the last one may be under way. */
  #layers: Layer[] = [];
  /** All keys in order, until one comes or goes. */
  #sorted: string[] | undefined;
  counts: Counts = { seq: 0, points: 0 };

  /** A commit begins. It ends before the next one does. */
  begin(): void {
    this.#layers.push(new Layer(this.#layers.at(-1) ?? this.counts));
  }

  /** What the commit has changed that began last is as if it had never been. */
  undo(): void {
    this.#layers.pop();
  }

  /** Appends an entry of the commit that began last; yields before each operation. */
  append(entry: PointsEntry): Generator<void, Appended> {
    const layer = this.#layers.at(-1)!;
    if (entry.kind === 'patch') return this.#patch(entry, layer);
    return entry.kind === 'values' ? this.#change(entry, layer) : this.#replace(entry, layer);
  }

  /** What an id names by all that is committed, whether readers see it or not. */
  #rowNow(key: string): number {
    for (let i = this.#layers.length - 1; i >= 0; i--) {
      const row = this.#layers[i]!.ids.get(key);
      if (row !== undefined) return row;
    }
    return this.#ids.get(key) ?? 0;
  }

  /** That of a row which an id names. */
  #valueNow(row: number): MemoryRow {
    for (let i = this.#layers.length - 1; i >= 0; i--) {
      const value = this.#layers[i]!.rows.get(row);
      if (value) return value;
    }
    return this.rows.get(row)!;
  }

  #changedAtNow(row: number): ReadonlyMap<number, number> {
    for (let i = this.#layers.length - 1; i >= 0; i--) {
      const changedAt = this.#layers[i]!.changedAt.get(row);
      if (changedAt) return changedAt;
    }
    return this.#changedAt.get(row) ?? NOTHING;
  }

  *#patch({ count, ids, idEnds, payloads, expected }: PointsEntry, layer: Layer): Generator<void, Appended> {
    const previous = new Float64Array(count);
    const refused: Refused[] = [];
    const first = layer.seq + 1;
    const patcher = new Patcher(payloads);
    for (let i = 0; i < count; i++) {
      yield;
      const row = this.#rowNow(textOfKey(partOf(ids, idEnds, i)));
      if (row === 0 || (expected && row !== expected[i])) continue;
      const before = this.#valueNow(row);
      try {
        layer.rows.set(row, before.with(patcher.apply(before.payload)));
        layer.patchedAt.set(row, first + i);
        previous[i] = row;
      } catch (error) {
        refused.push(refusalOf(i, error));
      }
    }
    layer.seq += count;
    return { first, previous, ...(refused.length > 0 && { refused }) };
  }

  *#change(entry: PointsEntry, layer: Layer): Generator<void, Appended> {
    const { count, ids, idEnds, expected } = entry;
    const previous = new Float64Array(count);
    const first = layer.seq + 1;
    for (let i = 0; i < count; i++) {
      yield;
      const row = this.#rowNow(textOfKey(partOf(ids, idEnds, i)));
      if (row === 0 || (expected && row !== expected[i])) continue;
      const before = this.#valueNow(row);
      const changedAt = new Map(this.#changedAtNow(row));
      const changes = changesAt(entry, i)
        .filter(([field, change]) => hasValue(change) || changedAt.has(field) || before.field(field))
        .map(([field, change]) => [field, valueIn(change).slice()] as const);
      for (const [field] of changes) changedAt.set(field, first + i);
      layer.rows.set(row, before.withValues(changes));
      layer.changedAt.set(row, changedAt);
      previous[i] = row;
    }
    layer.seq += count;
    return { first, previous };
  }

  *#replace(entry: PointsEntry, layer: Layer): Generator<void, Appended> {
    const { count, expected } = entry;
    const previous = new Float64Array(count);
    const first = layer.seq + 1;
    const share = { first, count, live: 0 };
    for (let i = 0; i < count; i++) {
      yield;
      const id = partOf(entry.ids, entry.idEnds, i);
      const key = textOfKey(id);
      const before = this.#rowNow(key);
      if (expected && before !== expected[i]) continue; // written again meanwhile
      previous[i] = before;
      const row = entry.kind === 'put' ? first + i : 0;
      if (row !== 0) layer.rows.set(row, rowOf(entry, i, idOfKey(id), share));
      if (before !== 0) layer.rows.set(before, undefined);
      if (row !== before) layer.ids.set(key, row);
      layer.points += (row !== 0 ? 1 : 0) - (before !== 0 ? 1 : 0);
    }
    layer.seq += count;
    return { first, previous };
  }

  /** Readers see what the commit has changed that is the first of those which they do not see. */
  show(): void {
    const layer = this.#layers.shift()!;
    for (const [row, patchedAt] of layer.patchedAt) this.#patchedAt.set(row, patchedAt);
    for (const [row, changedAt] of layer.changedAt) this.#setChangedAt(row, changedAt);
    this.#showRows(layer.rows);
    if (layer.ids.size > 0) this.#sorted = undefined;
    for (const [key, row] of layer.ids) {
      if (row !== 0) this.#ids.set(key, row);
      else this.#ids.delete(key);
    }
    this.#count(layer);
  }

  #showRows(changed: Layer['rows']): void {
    const shares = new Set<Share>();
    let last: Share | undefined;
    for (const [row, value] of changed) {
      const before = this.rows.get(row);
      const share = (value ?? before)?.share;
      if (share) share.live += (value ? 1 : 0) - (before ? 1 : 0);
      if (share && share !== last) shares.add((last = share));
      if (value) this.rows.set(row, value);
      else {
        this.rows.delete(row);
        this.#patchedAt.delete(row);
        this.#setChangedAt(row, NOTHING);
      }
    }
    for (const share of shares) if (share.live * SHARED_BY <= share.count) this.#divide(share);
  }

  #count({ seq, points }: Pick<Counts, 'seq' | 'points'>): void {
    this.counts = { seq, points, ...this.#changedFields.counts };
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
    this.#count(this.counts);
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
