/*
 * The rows of an index: which id lives in which row of which arena. The write path of the index: check, stage,
 * then publish; a batch that is rejected has left nothing behind.
 *
 * Only the calling thread writes here. Linker threads see a row when its arena's row count says so.
 */
import { type Id, normalId } from '../base/checks.js';
import { ClosedError, SiltError } from '../base/errors.js';
import type { KernelCode } from '../kernel/builds.js';
import { QUARANTINED, VECTOR_NOT_FINITE, VECTOR_WIDE, VECTOR_ZERO, WIDE } from '../kernel/layout.js';
import type { VectorLike } from '../kernel/metrics.js';
import { Arena } from './arena.js';
import type { VectorSource } from './codes.js';
import { AscendingNames, type Names } from './names.js';
import { type ResolvedOptions, shapeOf } from './options.js';
import { baseBehind, openArenas, placeAt, slotOf } from './slots.js';
import { checkIterable, checkPair, checkVector, rejectVector } from './vectors.js';

interface Staged {
  readonly id: Id;
  readonly arena: Arena;
  readonly state: number;
  /** By which origin its code was made. */
  readonly epoch: number;
}

/** For collections. */
export interface InnerOptions {
  /** Ids are numbers, each greater than all before it. */
  readonly ascending?: boolean;
  /** Where vectors are that the arenas do not keep. */
  readonly source?: VectorSource | undefined;
}

/** Rows that are written and not published: nobody sees them, and the next batch takes their places. */
export type StagedRows = readonly Staged[];

export class Rows {
  readonly options: ResolvedOptions;
  readonly #code: KernelCode;
  readonly #source: VectorSource | undefined;
  readonly #accept: (arena: Arena, row: number) => boolean;
  readonly #arenas: Arena[] = [];
  readonly #byId: Names;
  #closed = false;
  #appending = false;

  constructor(
    options: ResolvedOptions,
    code: KernelCode,
    accept: (arena: Arena, row: number) => boolean,
    { ascending = false, source }: InnerOptions = {},
  ) {
    this.options = options;
    this.#source = source;
    this.#byId = ascending ? new AscendingNames(() => this.#arenas) : new Map<Id, number>();
    this.#code = code;
    this.#accept = accept;
  }

  /** Begins an arena behind those that are there. `restored`: for rows that are read from a file. */
  begin(restored?: { readonly rows: number; readonly base: number }): Arena {
    const base = restored ? restored.base : baseBehind(this.#arenas);
    const accept = (row: number): number => (this.#accept(arena, row) ? 1 : 0);
    const arena: Arena = new Arena(
      shapeOf(this.options, restored?.rows),
      this.#code,
      base,
      accept,
      this.#source,
    );
    this.#arenas.push(arena);
    return arena;
  }

  #open(): void {
    if (this.#closed) throw new ClosedError();
  }

  get arenas(): readonly Arena[] {
    this.#open();
    return this.#arenas;
  }

  get size(): number {
    this.#open();
    return this.#byId.size;
  }

  has(id: Id): boolean {
    this.#open();
    return this.#byId.has(id);
  }

  close(): void {
    this.#closed = true;
    this.#leave(0);
    this.#byId.clear();
  }

  /** Gives up the arenas from the one at `from` on. */
  #leave(from: number): void {
    for (const arena of this.#arenas.splice(from)) arena.close();
  }

  /**
   * Copies, checks and publishes rows, all or none; they wait in the window from then on. An id that lives
   * already, or comes again later in the batch, loses its earlier row.
   */
  append(pairs: Iterable<readonly [Id, VectorLike]>): number {
    return this.publish(this.stage(pairs));
  }

  /** Copies and checks rows, all or none, behind the last one that is published and `staged` more. */
  stage(pairs: Iterable<readonly [Id, VectorLike]>, behind = 0): StagedRows {
    // The places behind the last row are taken by the batch at hand: its source must not write as well.
    if (this.#appending)
      throw new SiltError('NESTED_CALL', 'the source of a batch must not write to its index');
    checkIterable(pairs);
    const begun = this.arenas.length;
    let { arena, next } = this.#placeBehind(behind);
    const staged: Staged[] = [];
    this.#appending = true;
    try {
      for (const pair of pairs) {
        const index = staged.length;
        checkPair(pair, index);
        const id = normalId(pair[0]);
        checkVector(pair[1], this.options.dimension, index, id);
        if (next === arena.capacity) {
          arena = this.#arenas[this.#arenas.indexOf(arena) + 1] ?? this.begin();
          next = 0;
        }
        const state = this.#stage(arena, next++, pair[1], index, id);
        staged.push({ id, arena, state, epoch: arena.codes.epoch });
      }
      return staged;
    } catch (error) {
      this.#leave(begun);
      throw error;
    } finally {
      this.#appending = false;
    }
  }

  /** Makes staged rows findable. */
  publish(staged: StagedRows): number {
    for (const { id, arena, state, epoch } of staged) {
      this.mask(id);
      const row = arena.publish(BigInt(id), state, epoch);
      this.#byId.set(id, slotOf(arena, row));
    }
    for (const arena of new Set(staged.map((row) => row.arena))) arena.settleOrigin();
    return staged.length;
  }

  /** Where the next row goes when `staged` are written and not published. Arenas fill up in their order (slots.ts). */
  #placeBehind(staged: number): { arena: Arena; next: number } {
    let left = staged;
    for (const arena of openArenas(this.#arenas)) {
      const room = arena.capacity - arena.rows;
      if (left < room) return { arena, next: arena.rows + left };
      left -= room;
    }
    return { arena: this.begin(), next: 0 };
  }

  /**
   * Gets the memory for so many rows more, so that staging them cannot fail for want of it.
   *
   * @throws SiltError OUT_OF_MEMORY
   */
  reserve(count: number): void {
    let left = count;
    for (const arena of openArenas(this.arenas)) left -= reserveIn(arena, left);
    while (left > 0) left -= reserveIn(this.begin(), left);
  }

  #stage(arena: Arena, row: number, vector: VectorLike, index: number, id: Id): number {
    const verdict = arena.stage(row, vector);
    if (verdict === VECTOR_NOT_FINITE || (verdict === VECTOR_ZERO && this.options.metric === 'cosine')) {
      throw rejectVector(vector, this.options.metric, index, id);
    }
    return verdict === VECTOR_WIDE ? WIDE | QUARANTINED : 0;
  }

  /** The arena and the row in it where an id lives. */
  find(id: Id): { arena: Arena; row: number } | undefined {
    this.#open();
    const slot = this.#byId.get(id);
    return slot === undefined ? undefined : placeAt(this.#arenas, slot);
  }

  /** Takes an id out; its row is never returned again. */
  mask(id: Id): boolean {
    const place = this.find(id);
    if (!place) return false;
    place.arena.mask(place.row);
    return this.#byId.delete(id);
  }

  /** Takes out the rows that wait to be linked, and returns them in the order they came. */
  drain(): [Id, Float32Array][] {
    const taken: [Id, Float32Array][] = [];
    for (const arena of this.arenas) {
      for (const row of arena.waitingRows()) {
        if (!arena.mask(row, true)) continue;
        const id = arena.idOf(row);
        taken.push([id, arena.vectorOf(row).slice()]);
        this.#byId.delete(id);
      }
    }
    return taken;
  }

  /** Maps ids to the live rows of arenas that were read from a file. */
  adopt(): void {
    for (const arena of this.#arenas) {
      for (const row of arena.liveRows()) this.#byId.set(arena.idOf(row), slotOf(arena, row));
    }
  }
}

/** Reserves up to `count` rows; returns how many fit. */
function reserveIn(arena: Arena, count: number): number {
  const some = Math.min(count, arena.capacity - arena.rows);
  arena.reserve(arena.rows + some);
  return some;
}
