/*
 * Replaying: how the arenas of a collection follow its store. Every change of them is the replay of entries, in the order
 * in which the store appended them: the writer replays its own behind the commit, opening replays what the snapshot has
 * not, and a reader in another process what others wrote.
 *
 * An entry that is replayed has the row numbers that the store gave. Its rows may have been staged before, while the disk
 * worked and nobody knew their numbers: then only these are filled in. Where staging failed, the rows are written when
 * they are replayed, since by then they are committed.
 */
import type { DenseField } from '../fields/dense.js';
import type { Aspects } from '../filter/aspects.js';
import type { PayloadIndexes } from '../filter/payload-indexes.js';
import type { VectorLike } from '../kernel/metrics.js';
import type { Platform } from '../platform/platform.js';
import { type PointsEntry, partOf, vectorAt } from '../store/entry.js';
import { membersChangedBy } from '../store/patch.js';
import { decodePayload } from '../store/payload.js';
import { type Appended, effectOf, type Logged } from '../store/store.js';
import { type ChangedRow, changedIn } from './changed-rows.js';
import { floatsOf } from './floats.js';
import type { Rows } from './rows.js';
import type { Slots } from './slots.js';

/** Components coded at a time: a millisecond or two. */
const STAGE_COMPONENTS = 50_000;

/** What a row brings besides its number. */
export interface NewRow {
  /** Its vector in a field, by the number of that; undefined where it has none. */
  vector(field: number): VectorLike | undefined;
  /** Encoded. Without it, payload indexes take the row in later, in the background. */
  readonly payload?: Uint8Array | undefined;
}

/** A row of an entry. */
class EntryRow implements NewRow {
  readonly #entry: PointsEntry;
  readonly #i: number;

  constructor(entry: PointsEntry, i: number) {
    this.#entry = entry;
    this.#i = i;
  }

  get payload(): Uint8Array {
    return partOf(this.#entry.payloads, this.#entry.payloadEnds, this.#i);
  }

  vector(field: number): Float32Array | undefined {
    const { fields } = this.#entry;
    if (!fields) return field === 0 ? vectorAt(this.#entry, this.#i) : undefined;
    const values = fields.find((one) => one.field === field);
    return values && floatsOf(partOf(values.bytes, values.ends, this.#i));
  }
}

/** A row of one vector. */
export function rowOf(vector: Float32Array, payload?: Uint8Array): NewRow {
  return { vector: () => vector, payload };
}

const vectorOf = (row: NewRow, field: number): VectorLike | undefined => row.vector(field);

/** An entry that the store has, as arenas need it. */
export interface Replayed {
  /** Sequence number of its last operation. */
  readonly seq: number;
  /** Of the rows that it brings, ascending; and the rows, in the same order. */
  readonly numbers: ArrayLike<number>;
  rows(): Iterable<NewRow>;
  /** Rows that it replaced or deleted; 0 stands for none. */
  readonly previous: Iterable<number>;
  /** Rows whose payload it changed; 0 stands for none. */
  readonly patched: Iterable<number>;
  /** What of these payloads it may have changed; undefined: all. */
  readonly aspects?: Aspects;
  /** Rows of which it changed values. */
  changed(): Iterable<ChangedRow>;
}

/** What entries are replayed into. The payload indexes go by the slots of the rows. */
export interface Arenas {
  readonly platform: Platform;
  readonly rows: Rows;
  readonly slots: Slots;
  /** In the order of their numbers. */
  readonly dense: readonly DenseField[];
  readonly payloadIndexes: PayloadIndexes;
  mask(row: number): void;
  /** A row has another payload than before the operations behind `seq`: other `aspects` of it; undefined: whichever. */
  patch(row: number, seq: number, aspects?: Aspects): void;
  /** A row has other values than before. */
  change(changed: ChangedRow): void;
  /** Rows from number `row` on came now; `changed`: and changes by the operations from there on. */
  arrived(row: number, changed: boolean): void;
}

function* rowsOf(entry: PointsEntry): Generator<NewRow> {
  if (entry.kind !== 'put') return;
  for (let i = 0; i < entry.count; i++) yield new EntryRow(entry, i);
}

/** The rows of entries that are being committed. */
export function* newRowsOf(entries: readonly PointsEntry[]): Generator<NewRow> {
  for (const entry of entries) yield* rowsOf(entry);
}

/** What entries that are being committed change. */
export function* changesOf(entries: readonly PointsEntry[]): Generator<ChangedRow> {
  for (const entry of entries) yield* changedIn(entry);
}

export const NOTHING: Replayed = {
  seq: 0,
  numbers: [],
  rows: () => [],
  previous: [],
  patched: [],
  changed: () => [],
};

/** An entry with the place that the store gave it. */
export function replayed(entry: PointsEntry, { first, previous }: Appended): Replayed {
  const { kind, count } = entry;
  return {
    seq: first + count - 1,
    numbers: Float64Array.from({ length: kind === 'put' ? count : 0 }, (_, i) => first + i),
    rows: () => rowsOf(entry),
    changed: () => changedIn(entry, previous),
    ...replacing(effectOf(kind), previous),
    ...(kind === 'patch' && { aspects: membersChangedBy(entry.payloads) }),
  };
}

/** What an entry did to rows that were there: but for those that are gone, they stay where they are. */
export function replacing(
  effect: Logged['effect'],
  previous: Iterable<number>,
): Pick<Replayed, 'previous' | 'patched'> {
  return {
    previous: effect === 'gone' ? previous : [],
    patched: effect === 'payloads' ? previous : [],
  };
}

function numbersOf(entries: readonly Replayed[]): Float64Array {
  const numbers = new Float64Array(entries.reduce((sum, entry) => sum + entry.numbers.length, 0));
  let at = 0;
  for (const entry of entries) {
    numbers.set(entry.numbers, at);
    at += entry.numbers.length;
  }
  return numbers;
}

function patchesIn(entries: readonly Replayed[]): number {
  let patches = 0;
  for (const { patched } of entries) for (const row of patched) if (row !== 0) patches++;
  return patches;
}

/** Components of a row, about. */
function componentsOf(dense: readonly DenseField[]): number {
  let components = 1;
  for (const { spec } of dense) components += spec.dimension;
  return components;
}

/** Of one collection: one group of entries after another. */
export class Replay {
  readonly #arenas: Arenas;
  /** How many rows are staged, in every field and index. */
  #staged = 0;
  #failed = false;

  constructor(arenas: Arenas) {
    this.#arenas = arenas;
  }

  /**
   * Writes rows behind those that are published, and the vectors of those that are changed, in batches; nobody sees them yet.
   * Never rejects. They are to be those of the entries replayed next.
   */
  async stage(rows: Iterable<NewRow>, changed: Iterable<ChangedRow>): Promise<void> {
    try {
      await this.#stage(rows);
      await this.#stageChanges(changed);
    } catch {
      this.#failed = true;
    }
  }

  /** They are published behind all rows, in their order. */
  async #stageChanges(changed: Iterable<ChangedRow>): Promise<void> {
    const { dense, platform } = this.#arenas;
    for await (const some of platform.time.inSlices(changed, this.#atOnce))
      for (const field of dense) {
        const { number } = field.spec;
        const own = some.filter(({ fields }) => fields.includes(number));
        field.stageChanges(own.map((one) => one.vector(number)).filter((vector) => vector !== undefined));
      }
  }

  get #atOnce(): number {
    return Math.ceil(STAGE_COMPONENTS / componentsOf(this.#arenas.dense));
  }

  async #stage(rows: Iterable<NewRow>): Promise<void> {
    const { slots, dense, payloadIndexes, platform } = this.#arenas;
    for await (const some of platform.time.inSlices(rows, this.#atOnce)) {
      const first = slots.count + this.#staged;
      for (const field of dense) field.stage(first, some, vectorOf);
      this.#staged += some.length;
      if (payloadIndexes.size === 0) continue;
      for (const [i, { payload }] of some.entries())
        if (payload) payloadIndexes.add(first + i, decodePayload(payload));
    }
  }

  /**
   * Takes entries up: searches find their rows from here on, and no more those that they replaced or deleted.
   *
   * @throws where they could not be taken up, tried twice; some of their rows may be there then
   */
  replay(entries: readonly Replayed[]): void {
    const { rows, dense } = this.#arenas;
    const { slots, seq } = rows;
    let changed: boolean;
    try {
      changed = this.#takeUp(entries);
    } catch {
      for (const field of dense) field.forgetChanges(); // it is not known which were made
      changed = this.#takeUp(entries);
    } finally {
      for (const field of dense) field.forgetChanges();
    }
    rows.advance(entries.at(-1)!.seq, patchesIn(entries));
    if (changed || rows.slots > slots) this.#arenas.arrived(seq + 1, changed);
  }

  /** Whether values of rows were changed. */
  #takeUp(entries: readonly Replayed[]): boolean {
    this.#publish(entries);
    const { seq } = this.#arenas.rows;
    let changes = 0;
    for (const { previous, patched, aspects, changed } of entries) {
      for (const row of previous) if (row !== 0) this.#arenas.mask(row);
      for (const row of patched) if (row !== 0) this.#arenas.patch(row, seq, aspects);
      for (const one of changed()) {
        this.#arenas.change(one);
        changes++;
      }
    }
    return changes > 0;
  }

  /** Rows have slots when all fields have them. Where that throws, a second call writes what is missing. */
  #publish(entries: readonly Replayed[]): void {
    const { slots, dense } = this.#arenas;
    const numbers = numbersOf(entries);
    const first = slots.slotBehind((numbers[0] ?? Infinity) - 1);
    if (first < slots.count) return; // the second call: the rows were published, and masking failed
    if (this.#failed || this.#staged !== numbers.length) this.#write(entries, numbers);
    else {
      this.#failed = true;
      for (const field of dense) field.publish(first, numbers);
      this.#failed = false;
      this.#staged = 0;
    }
    slots.reserve(numbers.length);
    for (const number of numbers) slots.add(number);
  }

  #write(entries: readonly Replayed[], numbers: Float64Array): void {
    if (this.#failed || this.#staged > 0) this.forget();
    this.#failed = true;
    const { slots, dense } = this.#arenas;
    const rows = entries.flatMap((entry) => [...entry.rows()]);
    for (const field of dense) field.append(slots.count, numbers, rows, vectorOf);
    this.#failed = false;
  }

  /** What is staged is as if it had never been. Payload indexes that failed begin anew, in the background. */
  forget(): void {
    const { payloadIndexes, slots, dense } = this.#arenas;
    if (this.#failed) payloadIndexes.reset();
    else payloadIndexes.forget(slots.count);
    for (const field of dense) field.forget();
    this.#staged = 0;
    this.#failed = false;
  }
}
