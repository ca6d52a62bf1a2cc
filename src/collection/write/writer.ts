/*
 * The writing calls of a collection, in the order in which they are made. Each takes its place at the gate in the
 * turn of its call, behind a call that is just reading its arguments (call-order.ts); from there it goes into the write queue, which keeps the order. A write by filter lets nobody
 * in until it is done: it finds what was called before it, and nothing that was called later.
 */

import type { Filter } from '../../api/filter.js';
import { OPTIONS } from '../../api/options.js';
import type { Point } from '../../api/points.js';
import type {
  PointSelector,
  Rejection,
  UpsertOptions,
  WriteOptions,
  WriteReceipt,
} from '../../api/writing.js';
import type { PointId } from '../../base/ids.js';
import { REJECTIONS_KEPT } from '../../base/limits.js';
import type { Platform } from '../../platform/platform.js';
import type { Draft, LiveIndex, Written } from '../live-index.js';
import type { CheckedFilter } from '../read/filters.js';
import type { Reader } from '../read/reader.js';
import type { Slowdown } from './backpressure.js';
import { CallOrder } from './call-order.js';
import { checkDeletion, draftMatching, isByFilter } from './delete.js';
import { type Checked, draftPoints, listOf } from './draft.js';
import { Gate } from './gate.js';
import { draftPatches, patchesOf, weighed } from './patches.js';
import { bytesOf, draftRemovals, removalsOf } from './points.js';
import type { WriteQueue } from './queue.js';
import { cutShort, expectSomeUpdated, receiptOf } from './receipt.js';

export interface Writing {
  /** Patches: rejects where none of its points could be changed. */
  readonly some?: boolean;
  readonly rejected: readonly Rejection[];
  readonly flush: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** What is to be done with payloads, as a patch (store/patch.ts), and how. */
export interface Patching {
  readonly patch: Uint8Array;
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

  constructor(live: LiveIndex, queue: WriteQueue, reader: Reader, slowdown: Slowdown, ending: AbortSignal) {
    this.#platform = live.platform;
    this.#live = live;
    this.#queue = queue;
    this.#reader = reader;
    this.#slowdown = slowdown;
    this.#ending = ending;
    this.#gate = new Gate(ending, live.platform.time);
  }

  async upsert(points: Point | readonly Point[], o: UpsertOptions): Promise<WriteReceipt> {
    return this.#order.make(() => this.#readUpsert(points, o));
  }

  #readUpsert(points: Point | readonly Point[], o: UpsertOptions): () => Promise<WriteReceipt> {
    const list = listOf(points);
    const { onInvalid, durability, backpressure, signal } = OPTIONS.upsert.read(o);
    signal?.throwIfAborted();
    const { config } = this.#live;
    this.#queue.checkRoom(4 * config.dimension * list.length, backpressure === 'wait');
    const batch = draftPoints(list, config, onInvalid, this.#queue.memory);
    this.#queue.checkRoom(bytesOf(batch.draft), backpressure === 'wait'); // with ids and payloads
    return () => this.write(batch, { flush: durability === 'flushed', backpressure, signal });
  }

  /** Writes points that are checked and copied. Not async, so that writes of all kinds resolve in their order. */
  write(
    { draft, rejected }: Checked,
    {
      flush = true,
      backpressure = 'wait',
      signal,
    }: {
      readonly flush?: boolean;
      readonly backpressure?: 'wait' | 'error';
      readonly signal?: AbortSignal | undefined;
    },
  ): Promise<WriteReceipt> {
    const waitMs = this.#slowdown.waitMsFor(draft.count);
    if (waitMs > 0 && backpressure === 'error') throw this.#slowdown.refusal(waitMs);
    const waiting = this.#gate.enter(waitMs, signal);
    return this.#write(draft, waiting, { rejected, flush, signal });
  }

  async delete(
    which: PointId | readonly PointId[] | { readonly filter: Filter },
    o: WriteOptions,
  ): Promise<WriteReceipt> {
    return this.#order.make(() => {
      const { durability, signal } = OPTIONS.write.read(o);
      signal?.throwIfAborted();
      const removing: Writing = { rejected: [], flush: durability === 'flushed', signal };
      if (isByFilter(which, 'delete')) {
        const filter = checkDeletion(which);
        return () => this.#gate.hold(() => this.#writeMatching(filter, removing, removalsOf));
      }
      const draft = draftRemovals(Array.isArray(which) ? which : [which as PointId]);
      this.#queue.checkRoom(bytesOf(draft), true);
      return () => this.#write(draft, this.#gate.enter(0, signal), removing);
    });
  }

  /** Changes payloads in place. `read` reads and checks the caller's other arguments; `call` is what was called. */
  async patch(which: PointSelector, call: string, read: () => Patching): Promise<WriteReceipt> {
    return this.#order.make(() => {
      const { durability, signal, patch } = read();
      signal?.throwIfAborted();
      const patching: Writing = { rejected: [], flush: durability === 'flushed', signal };
      if (isByFilter(which, call)) {
        const filter = checkDeletion(which, call);
        const draftOf = (keys: readonly Uint8Array[], rows: readonly number[]): Draft =>
          patchesOf(keys, patch, rows);
        return () => this.#gate.hold(() => this.#writeMatching(filter, patching, draftOf, patch.length));
      }
      const draft = weighed(
        draftPatches(Array.isArray(which) ? which : [which as PointId], patch),
        this.#live,
      );
      this.#queue.checkRoom(bytesOf(draft), true);
      return () => this.#write(draft, this.#gate.enter(0, signal), { ...patching, some: true });
    });
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
    for (let after = 0; ; ) {
      const piece = await draftMatching(this.#reader, filter, after, writing.signal, draftOf, bytesEach);
      writing.signal?.throwIfAborted(); // what is done stays so
      if (!piece) break;
      const receipt = await this.#write(piece.draft, undefined, writing);
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
    expectSomeUpdated(all);
    return all;
  }

  async #write(
    draft: Draft,
    waiting: Promise<void> | undefined,
    { rejected, flush, signal, some }: Writing,
  ): Promise<WriteReceipt> {
    const release = this.#queue.hold(bytesOf(draft));
    try {
      const { time, events } = this.#platform;
      const began = time.now();
      if (waiting) await waiting;
      this.#ending.throwIfAborted();
      if (draft.count === 0)
        return { seq: this.#live.seq, inserted: 0, replaced: 0, deleted: 0, updated: 0, rejected };
      const written = await this.#commit(draft, flush, signal);
      const receipt = receiptOf(draft, written, rejected);
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

  async #commit(draft: Draft, flush: boolean, signal: AbortSignal | undefined): Promise<Written> {
    try {
      return await this.#queue.write(this.#live, draft, { flush, signal });
    } catch (error) {
      this.#platform.events.publish('silt:write:error', { collection: this.#live.name, error });
      throw error;
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
