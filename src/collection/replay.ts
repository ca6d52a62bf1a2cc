/*
 * Replaying: how the arenas of a collection follow its store. Every change of them is the replay of entries, in the order
 * in which the store appended them: the writer replays its own behind the commit, opening replays what the snapshot has
 * not, and a reader in another process what others wrote.
 *
 * An entry that is replayed has the row numbers that the store gave. Its rows may have been staged before, while the disk
 * worked and nobody knew their numbers: then only these are filled in. Where staging failed, the rows are written when
 * they are replayed, since by then they are committed.
 */
import type { PayloadIndexes } from '../filter/payload-indexes.js';
import type { StagedRows } from '../hnsw/engine.js';
import type { VectorLike } from '../kernel/metrics.js';
import { type PointsEntry, partOf, vectorAt } from '../store/entry.js';
import { decodePayload } from '../store/payload.js';
import type { Appended } from '../store/store.js';
import type { Rows } from './rows.js';

/** Components coded at a time: a millisecond or two. */
const STAGE_COMPONENTS = 50_000;
/** For rows whose number is not known yet. */
const UNNUMBERED = 0;

/** What a row brings besides its number. */
export interface NewRow {
  readonly vector: VectorLike;
  /** Encoded. Without it, payload indexes take the row in later, in the background. */
  readonly payload?: Uint8Array | undefined;
}

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
}

/** What entries are replayed into. The payload indexes go by the slots of the rows. */
export interface Arenas {
  readonly rows: Rows;
  readonly payloadIndexes: PayloadIndexes;
  mask(row: number): void;
  /** A row has another payload than before the operations behind `seq`. */
  patch(row: number, seq: number): void;
}

function* rowsOf(entry: PointsEntry): Generator<NewRow> {
  if (entry.kind !== 'put') return;
  for (let i = 0; i < entry.count; i++)
    yield { vector: vectorAt(entry, i), payload: partOf(entry.payloads, entry.payloadEnds, i) };
}

/** The rows of entries that are being committed. */
export function* newRowsOf(entries: readonly PointsEntry[]): Generator<NewRow> {
  for (const entry of entries) yield* rowsOf(entry);
}

/** An entry with the place that the store gave it. */
export function replayed(entry: PointsEntry, { first, previous }: Appended): Replayed {
  const { kind, count } = entry;
  return {
    seq: first + count - 1,
    numbers: Float64Array.from({ length: kind === 'put' ? count : 0 }, (_, i) => first + i),
    rows: () => rowsOf(entry),
    ...replacing(kind === 'patch', previous),
  };
}

/** What an entry did to rows that were there: a patch leaves them where they are. */
export function replacing(
  patch: boolean,
  previous: Iterable<number>,
): Pick<Replayed, 'previous' | 'patched'> {
  return patch ? { previous: [], patched: previous } : { previous, patched: [] };
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

/** Of one collection: one group of entries after another. */
export class Replay {
  readonly #arenas: Arenas;
  #staged: StagedRows[number][] = [];
  #failed = false;

  constructor(arenas: Arenas) {
    this.#arenas = arenas;
  }

  /**
   * Writes rows behind those that are published, in batches; nobody sees them yet. Never rejects. They are to be the
   * rows of the entries replayed next.
   */
  async stage(rows: Iterable<NewRow>): Promise<void> {
    try {
      await this.#stage(rows);
    } catch {
      this.#failed = true;
    }
  }

  async #stage(rows: Iterable<NewRow>): Promise<void> {
    const {
      rows: { engine, slots },
      payloadIndexes,
    } = this.#arenas;
    const atOnce = Math.ceil(STAGE_COMPONENTS / engine.options.dimension);
    for await (const some of engine.platform.time.inSlices(rows, atOnce)) {
      const first = slots + this.#staged.length;
      const pairs = some.map(({ vector }) => [UNNUMBERED, vector] as const);
      for (const row of engine.stage(pairs, this.#staged.length)) this.#staged.push(row);
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
    const { rows } = this.#arenas;
    const { slots, lastRow } = rows;
    try {
      this.#takeUp(entries);
    } catch {
      this.#takeUp(entries);
    }
    rows.advance(entries.at(-1)!.seq, patchesIn(entries));
    if (rows.slots > slots) rows.arrived(lastRow + 1);
  }

  #takeUp(entries: readonly Replayed[]): void {
    this.#publish(entries);
    const { seq } = this.#arenas.rows;
    for (const { previous, patched } of entries) {
      for (const row of previous) if (row !== 0) this.#arenas.mask(row);
      for (const row of patched) if (row !== 0) this.#arenas.patch(row, seq);
    }
  }

  /** Where that throws, a second call goes on from the first row that was not published. */
  #publish(entries: readonly Replayed[]): void {
    const { engine } = this.#arenas.rows;
    const numbers = numbersOf(entries);
    if (this.#failed || this.#staged.length !== numbers.length) {
      this.#write(entries);
      return;
    }
    this.#failed = true;
    engine.publish(this.#staged, numbers);
    this.#failed = false;
    this.#staged = [];
  }

  #write(entries: readonly Replayed[]): void {
    if (this.#failed || this.#staged.length > 0) this.forget();
    this.#failed = true;
    const { engine, lastRow } = this.#arenas.rows;
    const pairs = entries.flatMap(({ numbers, rows }) =>
      Array.from(rows(), ({ vector }, i) => [numbers[i]!, vector] as const),
    );
    engine.append(pairs.filter(([number]) => number > lastRow));
    this.#failed = false;
  }

  /** What is staged is as if it had never been. Payload indexes that failed begin anew, in the background. */
  forget(): void {
    const { payloadIndexes, rows } = this.#arenas;
    if (this.#failed) payloadIndexes.reset();
    else payloadIndexes.forget(rows.slots);
    this.#staged = [];
    this.#failed = false;
  }
}
