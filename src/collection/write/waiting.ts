/*
 * Waits until a write is searchable, or indexed. Who waits is kept in the order of sequence numbers: a commit looks
 * at those whose turn has come, and at one more, however many wait.
 */
import { onAbort } from '../../base/aborts.js';
import { Heap, type Ranked } from '../../base/heap.js';
import type { Time } from '../../platform/time.js';
import type { LiveIndex } from '../live-index.js';

interface Waiter extends Ranked {
  resolve(): void;
  reject(error: unknown): void;
}

type Live = Pick<LiveIndex, 'seq' | 'indexedSeq' | 'onChange' | 'poison'>;

/** How far the collection has got: the sequence number up to which everything is. */
type Reached = 'searchable' | 'indexed';

export class Waiters {
  readonly #live: Live;
  readonly #ending: AbortSignal;
  readonly #time: Time;
  readonly #heaps: Readonly<Record<Reached, Heap<Waiter>>> = { searchable: new Heap(), indexed: new Heap() };
  /** While somebody waits. */
  #watching: { stop(): void } | undefined;

  constructor(live: Live, ending: AbortSignal, time: Time) {
    this.#live = live;
    this.#time = time;
    this.#ending = ending;
  }

  #reached(stage: Reached): number {
    const { seq } = this.#live;
    return stage === 'searchable' ? seq : Math.min(seq, this.#live.indexedSeq);
  }

  /**
   * Resolves when everything up to `seq` is searchable, or indexed.
   *
   * @throws the reason of `signal`, or of the collection's end, if that comes first
   * @throws SiltError COLLECTION_POISONED where the collection takes no more writes, and `seq` is beyond its last
   */
  until(seq: number, stage: Reached, signal: AbortSignal | undefined): Promise<void> {
    if (this.#reached(stage) >= seq) return Promise.resolve();
    const { seq: last, poison } = this.#live;
    if (poison && seq > last) return Promise.reject(poison);
    const heap = this.#heaps[stage];
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        rank: seq,
        at: -1,
        resolve: () => {
          stop();
          resolve();
        },
        reject: (error) => {
          stop();
          reject(error);
        },
      };
      heap.add(waiter);
      this.#watch();
      const stop = onAbort([signal, this.#ending], (reason) => {
        heap.remove(waiter);
        this.#restIfIdle();
        reject(reason);
      });
    });
  }

  #watch(): void {
    if (this.#watching) return;
    const stopListening = this.#live.onChange(() => this.#look());
    const rest = this.#time.every(1e9, () => {}); // what is waited for comes by timers that let the process end
    this.#watching = {
      stop: () => {
        stopListening();
        rest();
      },
    };
  }

  #restIfIdle(): void {
    if (this.#heaps.searchable.size + this.#heaps.indexed.size > 0) return;
    this.#watching?.stop();
    this.#watching = undefined;
  }

  /** Of a collection that is poisoned: rows that are there may still be linked, and no others come. */
  #refuseBeyond(heap: Heap<Waiter>): void {
    const { poison } = this.#live;
    if (!poison) return;
    for (const waiter of heap.beyond(this.#live.seq)) {
      heap.remove(waiter);
      waiter.reject(poison);
    }
  }

  #look(): void {
    for (const stage of ['searchable', 'indexed'] as const) {
      const heap = this.#heaps[stage];
      if (heap.size === 0) continue;
      const reached = this.#reached(stage);
      for (let first = heap.least; first && first.rank <= reached; first = heap.least) {
        heap.remove(first);
        first.resolve();
      }
      this.#refuseBeyond(heap);
    }
    this.#restIfIdle();
  }
}
