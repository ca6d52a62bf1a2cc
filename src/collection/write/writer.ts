/*
 * The writing calls of a collection, in the order in which they are made. Each takes its place at the gate in the
 * turn of its call, behind a call that is just reading its arguments (call-order.ts); from there it goes into the write queue, which keeps the order. A write by filter lets nobody
 * in until it is done: it finds what was called before it, and nothing that was called later.
 */

import type { Filter } from '../../api/filter.js';
import { OPTIONS } from '../../api/options.js';
import type { PointInput } from '../../api/points.js';
import type {
  BatchOptions,
  Operation,
  PointSelector,
  Rejection,
  UpdateVectorsOptions,
  UpsertOptions,
  WriteOptions,
  WriteReceipt,
} from '../../api/writing.js';
import type { PointId } from '../../base/ids.js';
import { CALL_BYTES, REJECTIONS_KEPT } from '../../base/limits.js';
import type { Platform } from '../../platform/platform.js';
import type { Draft, LiveIndex, Written } from '../live-index.js';
import type { CheckedFilter } from '../read/filters.js';
import type { Reader } from '../read/reader.js';
import { allMatching } from '../read/request.js';
import type { Slowdown } from './backpressure.js';
import { CallOrder } from './call-order.js';
import type { Deciders, Step } from './decide.js';
import { checkCondition, checkDeletion, checkReplacing, draftMatching, isByFilter } from './delete.js';
import { bytesOfVectors, type Checked, draftPoints, listOf } from './draft.js';
import { Gate } from './gate.js';
import { readOperations } from './operations.js';
import { keysOf } from './patches.js';
import { Plan } from './plan.js';
import { bytesOf, changedBy, draftRemovals, removalsOf, vectorsIn } from './points.js';
import type { Work, WriteQueue } from './queue.js';
import { cutShort, expectSomeUpdated, receiptOf } from './receipt.js';
import { checkUpdates, readUpdates } from './values.js';

export interface Writing {
  /** Patches: rejects where none of its points could be changed. */
  readonly some?: boolean;
  readonly flush: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** What a call asks of the queue, and what it is told then. `seq`: how far the collection has come. */
interface Asked {
  readonly work: Work;
  receipt(written: readonly Written[], seq: number): WriteReceipt;
}

const NONE: readonly Rejection[] = [];

/** One draft, of which nothing is to be decided. */
function asked(draft: Draft, rejected = NONE): Asked {
  if (draft.count > 0)
    return { work: { drafts: [draft] }, receipt: ([written]) => receiptOf(draft, written!, rejected) };
  const receipt: Asked['receipt'] = (_, seq) => ({ ...NOTHING, seq, rejected });
  return { work: { drafts: [] }, receipt };
}

const NOTHING = { inserted: 0, replaced: 0, deleted: 0, updated: 0 };

/** Points that a call writes, and those that it changes where they are. */
interface Load {
  readonly points: number;
  readonly changed: number;
}

function loadOf(draft: Draft): Load {
  return { points: vectorsIn(draft), changed: changedBy(draft) };
}

/** Whether a call may be made to wait. */
interface Patience {
  readonly backpressure?: 'wait' | 'error';
  readonly signal?: AbortSignal | undefined;
}

/** What is to be done with points that stay where they are, and how. */
export interface Changing {
  readonly draftOf: (keys: readonly Uint8Array[], rows?: readonly number[]) => Draft;
  /** Bytes that it may take for each point. */
  readonly bytesEach: number;
  readonly durability: 'flushed' | 'committed';
  readonly signal?: AbortSignal | undefined;
}

export class Writer {
  readonly #platform: Platform;
  readonly #live: LiveIndex;
  readonly #queue: WriteQueue;
  readonly #reader: Reader;
  readonly #slowdown: Slowdown;
  readonly #ending: AbortSignal;
  readonly #gate: Gate;
  readonly #order: CallOrder = new CallOrder();
  /** Writes whose commit is under way. */
  #committing = 0;

  constructor(live: LiveIndex, queue: WriteQueue, reader: Reader, slowdown: Slowdown, ending: AbortSignal) {
    this.#platform = live.platform;
    this.#live = live;
    this.#queue = queue;
    this.#reader = reader;
    this.#slowdown = slowdown;
    this.#ending = ending;
    this.#gate = new Gate(ending, live.platform.time);
  }

  async upsert(points: PointInput | readonly PointInput[], o: UpsertOptions): Promise<WriteReceipt> {
    return this.#order.make(() => this.#readUpsert(points, o));
  }

  #readUpsert(points: PointInput | readonly PointInput[], o: UpsertOptions): () => Promise<WriteReceipt> {
    const list = listOf(points);
    const { onInvalid, durability, backpressure, mode, condition: given, signal } = OPTIONS.upsert.read(o);
    signal?.throwIfAborted();
    const { fields, stored } = this.#live;
    const condition = checkReplacing(given, mode, stored.values);
    this.#queue.checkRoom(bytesOfVectors(fields) * list.length, backpressure === 'wait');
    const batch = draftPoints(list, fields, onInvalid, this.#queue.memory);
    this.#queue.checkRoom(bytesOf(batch.draft), backpressure === 'wait'); // with ids and payloads
    const writing = { flush: durability === 'flushed', backpressure, signal };
    if (mode === 'upsert' && !condition) return () => this.write(batch, writing);
    const step: Step = { kind: 'put', checked: batch, mode, condition };
    const plan = new Plan([step], this.#deciders(signal), false);
    return () => this.#write(plan, this.#enter(plan, writing), writing);
  }

  /** Several operations in one commit. */
  async batch(operations: readonly Operation[], o: BatchOptions): Promise<WriteReceipt> {
    return this.#order.make(() => {
      const { durability, backpressure, signal } = OPTIONS.batch.read(o);
      signal?.throwIfAborted();
      const checkRoom = (bytes: number): void => this.#queue.checkRoom(bytes, backpressure === 'wait');
      const steps = readOperations(operations, { live: this.#live, memory: this.#queue.memory, checkRoom });
      const plan = new Plan(steps, this.#deciders(signal), true);
      const writing = { flush: durability === 'flushed', backpressure, signal };
      if (plan.filters.length > 0) return () => this.#writeFiltered(plan, writing);
      return () => this.#write(plan, this.#enter(plan, writing), writing);
    });
  }

  /**
   * What matches is looked for before the write is in the queue, where the writes of all collections would wait meanwhile: what
   * is left to be done there is little.
   */
  async #writeFiltered(plan: Plan, writing: Writing & Patience): Promise<WriteReceipt> {
    const { signal } = writing;
    const release = this.#queue.hold(bytesIn(plan.work));
    const look = async (): Promise<{ written: Promise<WriteReceipt> }> => {
      for (const filter of plan.filters)
        await this.#reader.answer({ params: allMatching(filter), signal }, () => null);
      return { written: this.#write(plan, undefined, writing) };
    };
    let begun: Awaited<ReturnType<typeof look>>;
    try {
      const ms = this.#waitMsFor(plan, writing);
      begun = await this.#gate.hold(look, ms, signal, () => this.#waitMsNow(plan));
    } finally {
      release(); // from here on the write counts its bytes itself
    }
    return begun.written;
  }

  #deciders(signal: AbortSignal | undefined): Deciders {
    return { reader: this.#reader, memory: this.#queue.memory, signal };
  }

  /** Takes a place at the gate for what is to be written. */
  #enter(load: Load, patience: Patience): Promise<void> | undefined {
    const ms = this.#waitMsFor(load, patience);
    return this.#gate.enter(ms, patience.signal, undefined, () => this.#waitMsNow(load));
  }

  /**
   * What a write that waits would have to wait by now. A write that was let in is not in the backlog before it is committed: while
   * there is one, that is not known, and nobody is let in early. Else all who wait would follow it at once.
   */
  #waitMsNow({ points, changed }: Load): number {
    return this.#committing > 0 ? Infinity : this.#slowdown.waitMsFor(points, changed);
  }

  /** @throws BackpressureError for who does not wait */
  #waitMsFor({ points, changed }: Load, { backpressure = 'wait' }: Patience): number {
    const waitMs = this.#slowdown.waitMsFor(points, changed);
    if (waitMs > 0 && backpressure === 'error') throw this.#slowdown.refusal(waitMs);
    return waitMs;
  }

  /** Writes points that are checked and copied. Not async, so that writes of all kinds resolve in their order. */
  write({ draft, rejected }: Checked, writing: Writing & Patience): Promise<WriteReceipt> {
    return this.#write(asked(draft, rejected), this.#enter(loadOf(draft), writing), writing);
  }

  async delete(
    which: PointId | readonly PointId[] | { readonly filter: Filter },
    o: WriteOptions,
  ): Promise<WriteReceipt> {
    return this.#order.make(() => {
      const { durability, signal } = OPTIONS.write.read(o);
      signal?.throwIfAborted();
      const removing: Writing = { flush: durability === 'flushed', signal };
      if (isByFilter(which, 'delete')) {
        const filter = checkDeletion(which, this.#live.stored.values);
        return () => this.#byFilter(() => this.#writeMatching(filter, removing, removalsOf));
      }
      const draft = draftRemovals(Array.isArray(which) ? which : [which as PointId]);
      this.#queue.checkRoom(bytesOf(draft), true);
      return () => this.#write(asked(draft), this.#gate.enter(0, signal), removing);
    });
  }

  /** Changes points in place. `read` reads and checks the caller's other arguments; `call` is what was called. */
  async change(which: PointSelector, call: string, read: () => Changing): Promise<WriteReceipt> {
    return this.#order.make(() => {
      const { durability, signal, draftOf, bytesEach } = read();
      signal?.throwIfAborted();
      const changing: Writing = { flush: durability === 'flushed', signal };
      if (isByFilter(which, call)) {
        const filter = checkDeletion(which, this.#live.stored.values, call);
        return () => this.#byFilter(() => this.#writeMatching(filter, changing, draftOf, bytesEach));
      }
      const draft = draftOf(keysOf(which));
      this.#queue.checkRoom(bytesOf(draft), true);
      return () =>
        this.#write(asked(draft), this.#enter(loadOf(draft), changing), { ...changing, some: true });
    });
  }

  /** Gives points other vectors in some of their fields. */
  async updateVectors(points: unknown, o: UpdateVectorsOptions): Promise<WriteReceipt> {
    return this.#order.make(() => {
      checkUpdates(points);
      const { durability, signal, condition: given } = OPTIONS.updateVectors.read(o);
      signal?.throwIfAborted();
      const condition = checkCondition(given, this.#live.stored.values, 'updateVectors');
      const checkRoom = (bytes: number): void => this.#queue.checkRoom(bytes, true);
      const around = { live: this.#live, memory: this.#queue.memory, checkRoom };
      const step = readUpdates(points, condition, around);
      const plan = new Plan([step], this.#deciders(signal), false);
      checkRoom(bytesIn(plan.work));
      const writing = { flush: durability === 'flushed', signal };
      return () => this.#write(plan, this.#enter(plan, writing), writing);
    });
  }

  async #byFilter(work: () => Promise<WriteReceipt>): Promise<WriteReceipt> {
    this.#queue.checkRoom(CALL_BYTES, true);
    const release = this.#queue.hold(CALL_BYTES);
    try {
      return await this.#gate.hold(work);
    } finally {
      release();
    }
  }

  /** One commit after another, each of a limited number of points: what matches may be more than memory holds. */
  async #writeMatching(
    filter: CheckedFilter,
    writing: Writing,
    draftOf: (keys: readonly Uint8Array[], rows: readonly number[]) => Draft,
    bytesEach = 0,
  ): Promise<WriteReceipt> {
    await this.#queue.exclusive(() => {}); // what was called before is there now, and nothing else comes
    if (this.#live.poison) throw this.#live.poison;
    const rejected: Rejection[] = [];
    const all = { seq: this.#live.seq, inserted: 0, replaced: 0, deleted: 0, updated: 0, rejected };
    let committed = false;
    const { signal } = writing;
    const breathe = async (): Promise<void> => {
      await this.#platform.time.breathe();
      signal?.throwIfAborted();
      this.#ending.throwIfAborted();
    };
    const matching = { live: this.#live, signal, breathe };
    for (let after = 0; ; ) {
      const piece = await draftMatching(this.#reader, filter, after, matching, draftOf, bytesEach);
      if (piece) await this.#rest(piece.draft, writing);
      writing.signal?.throwIfAborted(); // what is done stays so
      if (!piece) break;
      const receipt = await this.#write(asked(piece.draft), undefined, writing);
      committed ||= piece.draft.count > 0;
      all.seq = receipt.seq;
      all.deleted += receipt.deleted;
      all.updated += receipt.updated;
      const cut = cutShort(piece.draft, receipt);
      for (const one of receipt.rejected)
        if (one.index < (cut?.index ?? Infinity) && rejected.length < REJECTIONS_KEPT) rejected.push(one);
      after = cut ? cut.before : piece.last;
      // Nobody writes meanwhile. All is deleted: a signal that aborts now comes too late.
      if (!piece.more && !cut) break;
    }
    // That it left others as they are may be due to a write that is not on the disk.
    if (writing.flush && !committed) await this.#queue.flush();
    expectSomeUpdated(all);
    return all;
  }

  /** Nobody else is let in meanwhile: what is to be written next waits as a call of its own would. */
  #rest(draft: Draft, patience: Patience): Promise<void> {
    const load = loadOf(draft);
    return this.#gate.rest(this.#waitMsFor(load, patience), patience.signal, () => this.#waitMsNow(load));
  }

  async #write(
    asked: Asked,
    waiting: Promise<void> | undefined,
    { flush, signal, some }: Writing,
  ): Promise<WriteReceipt> {
    const { work } = asked;
    const release = this.#queue.hold(bytesIn(work));
    try {
      const { time, events } = this.#platform;
      const began = time.now();
      if (waiting) await waiting;
      this.#ending.throwIfAborted();
      const nothing = work.drafts.length === 0 && !work.decide;
      const written = nothing ? [] : await this.#commit(work, flush, signal);
      const receipt = asked.receipt(written, this.#live.seq);
      if (written.length === 0) return receipt;
      if (some) expectSomeUpdated(receipt);
      const { seq, inserted, replaced, deleted, updated } = receipt;
      const ms = time.now() - began;
      const { name: collection } = this.#live;
      events.publish('silt:write', { collection, seq, inserted, replaced, deleted, updated, ms });
      return receipt;
    } finally {
      release();
    }
  }

  async #commit(work: Work, flush: boolean, signal: AbortSignal | undefined): Promise<readonly Written[]> {
    this.#committing++;
    try {
      return await this.#queue.write(this.#live, work, { flush, signal });
    } catch (error) {
      this.#platform.events.publish('silt:write:error', { collection: this.#live.name, error });
      throw error;
    } finally {
      this.#committing--;
    }
  }

  /** Runs `work` in its turn, while no write is under way; not once the collection has ended, by a drop before it, say. */
  exclusive<T>(work: () => T | Promise<T>): Promise<T> {
    return this.turn(() =>
      this.#queue.exclusive(() => {
        this.#ending.throwIfAborted();
        return work();
      }),
    );
  }

  /** Runs `work` in its turn, if it puts what it does into the write queue at once: the next is let in behind it. */
  turn<T>(work: () => Promise<T>): Promise<T> {
    return this.#order.make(() => () => this.#turn(work));
  }

  async #turn<T>(work: () => Promise<T>): Promise<T> {
    const waiting = this.#gate.enter(0);
    if (waiting) await waiting;
    this.#ending.throwIfAborted();
    return work();
  }

  /** The same, and nobody before it waits for backpressure. */
  async hurriedTurn<T>(work: () => Promise<T>): Promise<T> {
    const calm = this.#gate.hurry();
    try {
      return await this.turn(work);
    } finally {
      calm();
    }
  }

  /** Resolves when all that was called so far is in the write queue, or done. Nobody waits for backpressure any more. */
  async drain(): Promise<void> {
    this.#gate.hurry();
    const last = async (): Promise<void> => this.#gate.enter(0);
    await this.#order.make(() => last).catch(() => {}); // dropped meanwhile
  }
}

/** What a call holds that waits. */
function bytesIn({ drafts }: Work): number {
  let bytes = CALL_BYTES;
  for (const draft of drafts) bytes += bytesOf(draft);
  return bytes;
}
