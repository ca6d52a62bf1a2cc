/*
 * The write path, from a checked draft to an acknowledgement. Writes that come while a commit is under way go
 * into the next one together, whichever collections of the database they are for.
 *
 *   decide    what is written, where that goes by what is there (see so-far.ts)
 *   prepare   entries, memory
 *   commit    one transaction of the store, which gives the row numbers; the arenas take in codes and vectors meanwhile
 *   refresh   readers of the store see it
 *   apply     the entries are replayed: readers of the arenas see it
 *   resolve
 *
 * One group is under way at a time. That is what makes `refresh` and `apply` one step for readers: no later commit
 * can lie between them.
 */

import { onAbort } from '../../base/aborts.js';
import { BackpressureError, ClosedError } from '../../base/errors.js';
import { QUEUE_BYTES_MAX, WAITING_BYTES_MAX } from '../../base/limits.js';
import { type Place, Queue } from '../../base/queue.js';
import type { Platform } from '../../platform/platform.js';
import type { PointsEntry, RecordChange } from '../../store/entry.js';
import { Forecast } from '../../store/forecast.js';
import { FLUSHED, recordOf } from '../../store/records.js';
import type { Appended, Committed, Store, Transaction } from '../../store/store.js';
import type { Draft, LiveIndex, Written } from '../live-index.js';
import { DraftMemory } from './draft-memory.js';
import { GroupSize } from './group-size.js';
import { weighed } from './patches.js';
import { SoFar } from './so-far.js';

/** What a call asks to be written, all of it or nothing; in order. */
export interface Work {
  /** As far as they are known: what is decided takes their place. */
  readonly drafts: readonly Draft[];
  /** Decides by what is there. The drafts that it returns are noted in `soFar`. */
  readonly decide?: (soFar: SoFar) => Promise<readonly Draft[]>;
}

interface Write {
  readonly target: LiveIndex;
  drafts: readonly Draft[];
  readonly decide: Work['decide'];
  readonly flush: boolean;
  /** For each draft. */
  resolve(written: readonly Written[]): void;
  reject(error: unknown): void;
}

interface Task {
  /** Runs while no write is under way. */
  run(): Promise<void>;
  reject(error: unknown): void;
}

type Turn = Write | Task;

/** A commit that failed. */
class Failure {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

function refuse(writes: readonly Write[], error: unknown): void {
  for (const { reject } of writes) reject(error);
}

/** Writers may die behind one another; a disk that refuses as often is refusing. */
const FLUSH_TRIES = 3;

export class WriteQueue {
  readonly #platform: Pick<Platform, 'time' | 'faults'>;
  readonly #store: Store;
  /** From where the drafts that are written here take theirs. */
  readonly memory: DraftMemory = new DraftMemory();
  readonly #queue = new Queue<Turn>();
  /** Bytes of the writes that wait, here and at the gates of the collections, and of those under way. */
  #held = 0;
  /** Bytes of batches that are being gathered. */
  #gathered = 0;
  #running: Promise<void> | undefined;
  #closed = false;
  /** Whether a write is committed that is not on the disk for certain. Nobody waits for records that are not flushed. */
  #unflushed = false;

  constructor(store: Store, platform: Pick<Platform, 'time' | 'faults'>) {
    this.#store = store;
    this.#platform = platform;
  }

  /** Counts bytes that a write holds until what is returned is called. */
  hold(bytes: number): () => void {
    this.#held += bytes;
    return () => {
      this.#held -= bytes;
    };
  }

  /** Counts the bytes of batches that are gathered one after another: what is returned is told how many it is now. */
  gather(): (bytes: number) => void {
    let counted = 0;
    return (bytes) => {
      this.#gathered += bytes - counted;
      counted = bytes;
    };
  }

  /** Bytes of all that was copied to be written, and is not yet. */
  get bytes(): number {
    return this.#held + this.#gathered;
  }

  /**
   * For a write of so many bytes, before they are copied; `patient`: it may wait.
   *
   * @throws BackpressureError where those that wait hold too many
   */
  checkRoom(bytes: number, patient: boolean): void {
    const most = patient ? WAITING_BYTES_MAX : QUEUE_BYTES_MAX;
    if (this.#held > 0 && this.#held + bytes > most)
      throw new BackpressureError(
        `too many writes are under way: ${this.#held} bytes wait for their commit, and ${bytes} more exceed the limit of ${most}. Await earlier writes first, or try again later`,
        0,
      );
  }

  /**
   * Commits what is to be written. Resolves when it is findable, and on the disk (`flush`) or at least safe from the end of
   * this process. `signal` takes it back as long as its commit has not begun.
   */
  write(
    target: LiveIndex,
    { drafts, decide }: Work,
    o: { flush: boolean; signal?: AbortSignal | undefined },
  ): Promise<readonly Written[]> {
    const { flush, signal } = o;
    let stop = (): void => {};
    const written = new Promise<readonly Written[]>((resolve, reject) => {
      signal?.throwIfAborted();
      const write: Write = { target, drafts, decide, flush, resolve, reject };
      const place = this.#add(write);
      if (signal) stop = onAbort([signal], (reason) => this.#withdraw(place, reason));
    });
    return signal ? written.finally(stop) : written;
  }

  #withdraw(place: Place<Turn>, reason: unknown): void {
    if (this.#queue.remove(place)) place.value.reject(reason);
  }

  /** Takes back all writes to a target whose commit has not begun. */
  withdraw(target: LiveIndex, reason: unknown): void {
    for (const place of this.#queue.places()) {
      const turn = place.value;
      if ('drafts' in turn && turn.target === target) this.#withdraw(place, reason);
    }
  }

  /** Runs a task while no write is under way, in its turn. */
  exclusive<T>(task: () => T | Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#add({ run: async () => resolve(await task()), reject });
    });
  }

  /** Commits records, or purges, in its turn, unless that is `idle` by then. Returns how many rows were purged. */
  commit(transaction: Transaction, idle: () => boolean = () => false): Promise<number> {
    return this.exclusive(() => (idle() ? 0 : this.#commit(transaction)));
  }

  async #commit(transaction: Transaction): Promise<number> {
    const { purged } = await this.#store.commit(transaction);
    if (transaction.flush ?? true) this.#unflushed = false;
    this.#store.refresh();
    return purged;
  }

  /** Resolves when all that is committed is on the disk. */
  async flush(): Promise<void> {
    if (!this.#unflushed) return;
    await this.exclusive(async () => {
      if (this.#unflushed) await this.#commit(flushing(this.#platform));
    });
  }

  #add(turn: Turn): Place<Turn> {
    if (this.#closed) throw new ClosedError('database');
    const place = this.#queue.push(turn);
    this.#running ??= this.#run();
    return place;
  }

  async #run(): Promise<void> {
    await null; // writes of one turn of the event loop go together
    for (let turn: Turn | undefined; (turn = this.#queue.first); ) {
      if ('run' in turn) {
        this.#queue.shift();
        await turn.run().catch(turn.reject);
      } else await this.#commitGroup(await this.#takeGroup());
      await this.#platform.time.takeTurn(); // a store in memory would let nobody else have theirs
    }
    this.#running = undefined;
  }

  /**
   * The writes at the head of the queue, as many as one transaction takes, by collection. What they write is known then: one
   * that goes by what is there is decided here, so that what it turned out to write counts before the next is taken.
   */
  async #takeGroup(): Promise<Map<LiveIndex, Write[]>> {
    const group = new Map<LiveIndex, Write[]>();
    const states = new Map<LiveIndex, SoFar>();
    const size = new GroupSize();
    for (let turn: Turn | undefined; (turn = this.#queue.first) && 'drafts' in turn; ) {
      const { target } = turn;
      const asked = this.#weighed(turn);
      if (!asked) continue;
      if (!size.fits(target, asked)) break;
      this.#queue.shift();
      turn.drafts = asked;
      const soFar = states.get(target) ?? new SoFar(target);
      states.set(target, soFar);
      const isDecided = await decided(turn, soFar);
      size.add(target, asked, turn.drafts);
      if (!isDecided) continue;
      const together = group.get(target);
      if (together) together.push(turn);
      else group.set(target, [turn]);
    }
    return group;
  }

  /** What a write writes, with what that takes. One of which this cannot be told is refused. */
  #weighed(write: Write): readonly Draft[] | undefined {
    try {
      return write.drafts.map((draft) => weighed(draft, write.target));
    } catch (error) {
      this.#queue.shift();
      write.reject(error);
      return undefined;
    }
  }

  async #commitGroup(group: ReadonlyMap<LiveIndex, readonly Write[]>): Promise<void> {
    const prepared = new Map<LiveIndex, PointsEntry[]>();
    for (const [target, writes] of group) {
      try {
        prepared.set(target, target.prepare(writes.flatMap(({ drafts }) => drafts)));
      } catch (error) {
        refuse(writes, error);
      }
    }
    const entries = [...prepared.values()].flat();
    const writesOf = [...prepared.keys()].flatMap((target) => group.get(target)!);
    const flush = writesOf.some((write) => write.flush);
    if (entries.length === 0) {
      // What they found, and so did not write, may not be on the disk.
      if (flush && this.#unflushed) await this.#flushFound(writesOf.filter((write) => write.flush));
      for (const write of writesOf) write.resolve([]);
      return;
    }
    const committing = this.#store.commit({ entries, flush });
    committing.catch(() => {}); // looked at below, when the rows are staged
    for (const [target, own] of prepared) await target.stage(own);
    const outcome = await committing.catch((error: unknown) => new Failure(error));
    // From here on in one turn, for readers of the store and of the arenas.
    let appended: readonly Appended[] | undefined;
    try {
      appended = this.#takeIn(entries, outcome);
    } catch (error) {
      // What is in the store is not known.
      for (const target of prepared.keys()) refuse(group.get(target)!, target.poisonBy(error));
      return;
    }
    if (!appended) {
      for (const target of prepared.keys()) {
        target.forget();
        refuse(group.get(target)!, (outcome as Failure).error);
      }
      return;
    }
    const found = outcome instanceof Failure;
    this.#unflushed = !flush || found;
    const written: [Write, readonly Written[]][] = [];
    let at = 0;
    for (const [target, own] of prepared) {
      const writes = group.get(target)!;
      try {
        const ends = own.length === 0 ? [] : target.apply(own, appended.slice(at, (at += own.length)));
        let end = 0;
        for (const write of writes) written.push([write, ends.slice(end, (end += write.drafts.length))]);
      } catch (error) {
        refuse(writes, error);
      }
    }
    this.#platform.faults.crash?.('published');
    if (flush && found) await this.#flushFound(written.map(([write]) => write));
    for (const [write, ends] of written) {
      write.resolve(ends);
      if (!this.#store.copiesEntries || found) continue;
      for (const { vectors } of write.drafts) this.memory.giveBack(vectors);
    }
    this.#platform.faults.crash?.('acknowledged');
  }

  /**
   * Readers of the store see the commit from here on. Returns the places that the entries got; undefined where nothing
   * of it was kept. Where the writing thread died, a commit that failed may have been kept, whole: then the store has
   * come further, and it has not failed.
   */
  #takeIn(entries: readonly PointsEntry[], outcome: Committed | Failure): readonly Appended[] | undefined {
    const failed = outcome instanceof Failure;
    const forecast = new Forecast(this.#store);
    const appended = failed ? entries.map((entry) => forecast.appendAtOnce(entry)) : outcome.appended;
    try {
      this.#store.refresh();
    } catch {
      this.#store.refresh();
    }
    const isThere = ({ collection, count }: PointsEntry, i: number): boolean =>
      this.#store.counts(collection).seq >= appended[i]!.first + count - 1;
    return !failed || entries.every(isThere) ? appended : undefined;
  }

  /** Writes whose commit was found are told of it when it is on the disk. */
  async #flushFound(writes: readonly Write[]): Promise<void> {
    const failure = await flushed(() => this.#commit(flushing(this.#platform)));
    if (failure) refuse(writes, failure.error);
  }

  /** Resolves when all that was asked for so far is done; later calls throw. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
  }
}

/** A transaction that brings all that is committed before it to the disk. */
function flushing({ time }: Pick<Platform, 'time'>): Transaction {
  return { records: [[FLUSHED, time.date()]] };
}

/** A commit that was found is whole, but may not be on the disk. Returns why that is still so, where it is. */
async function flushed(commit: () => Promise<unknown>): Promise<Failure | undefined> {
  for (let tries = 1; ; tries++) {
    try {
      await commit();
      return undefined;
    } catch (error) {
      if (tries === FLUSH_TRIES) return new Failure(error);
    }
  }
}

/**
 * Commits records; `taken` makes memory follow, and is called whenever the store has them. A commit that fails may have been kept all
 * the same: then it has not failed, unless it cannot be brought to the disk. That rejects as well, behind `taken`.
 */
export async function commitRecords<T>(
  platform: Pick<Platform, 'time'>,
  store: Store,
  records: readonly RecordChange[],
  taken: () => T | Promise<T>,
): Promise<T> {
  let failure: Failure | undefined;
  try {
    await store.commit({ records });
  } catch (error) {
    store.refresh();
    const isThere = ([key, value]: RecordChange): boolean =>
      JSON.stringify(recordOf(store, key)) === JSON.stringify(value);
    if (!records.every(isThere)) throw error;
    failure = await flushed(() => store.commit(flushing(platform)));
  }
  store.refresh();
  const result = await taken();
  if (failure) throw failure.error;
  return result;
}

/** Whether it is known what a write writes. It finds what those before it leave; one that cannot be decided is refused. */
async function decided(write: Write, soFar: SoFar): Promise<boolean> {
  if (!write.decide) {
    soFar.note(write.drafts);
    return true;
  }
  try {
    write.drafts = await soFar.attempt(write.decide);
    return true;
  } catch (error) {
    write.reject(error);
    return false;
  }
}
