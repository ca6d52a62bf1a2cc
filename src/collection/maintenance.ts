/*
 * What a collection does by itself, behind its reads and writes: linking, indexing payloads, snapshots, compaction,
 * measuring recall.
 * Each runs at most once at a time; one that fails says so in the status and is tried again after the next build.
 */
import { now } from '../base/clock.js';
import { publish } from '../base/events-node.js';
import type { BuildReport } from '../hnsw/index-build.js';
import { type CompactReport, compactIndex, worthCompacting } from './compaction.js';
import { CrashLoop } from './crash-loop.js';
import type { LiveIndex } from './live-index.js';
import { PayloadIndexer } from './payload-indexer.js';
import { measureRecall, type RecallReport, RecentQueries } from './recall.js';
import type { Snapshots } from './snapshots.js';
import { pause } from './streaming/gate.js';
import { Indexer } from './streaming/indexer.js';
import type { WriteQueue } from './write-queue.js';

/** Queries of the sample that is taken after builds, and how long it is good for at least. */
const OWN_SAMPLE = 20;
const OWN_SAMPLE_MS = 10_000;
/** How long closing lets rows be linked, so that opening, writing one row and closing makes progress. */
const LAST_LINKS_MS = 100;
/** From the beginning of a compaction to that of the next: one that fails is not tried without end. */
const COMPACT_AGAIN_MS = 5_000;

export class Maintenance {
  readonly indexer: Indexer;
  readonly recent: RecentQueries = new RecentQueries();
  recall: RecallReport | null = null;
  lastError: string | null = null;
  readonly #name: string;
  readonly #live: LiveIndex;
  readonly #snapshots: Snapshots;
  readonly #queue: WriteQueue;
  readonly #ending: AbortSignal;
  readonly #payloads: PayloadIndexer;
  readonly #stopListening: () => void;
  #compacting: Promise<CompactReport> | undefined;
  #compactAgainAt = 0;
  #measuring: Promise<void> | undefined;

  constructor(name: string, live: LiveIndex, snapshots: Snapshots, queue: WriteQueue, ending: AbortSignal) {
    this.#name = name;
    this.#live = live;
    this.#snapshots = snapshots;
    this.#queue = queue;
    this.#ending = ending;
    this.indexer = new Indexer(live, new CrashLoop(live, queue));
    this.indexer.onBuilt = () => this.#afterBuild();
    this.#payloads = new PayloadIndexer(live, ending);
    void this.#payloads.catchUp();
    this.#stopListening = live.onChange(() => this.#afterChange());
  }

  #afterBuild(): void {
    if (this.#ending.aborted) return;
    void this.#attempt('silt:snapshot:error', () => this.#snapshots.saveIfWorthIt(this.#ending));
    this.#measuring ??= this.#measureSoon().finally(() => {
      this.#measuring = undefined;
    });
  }

  #afterChange(): void {
    void this.#payloads.catchUp();
    if (this.#ending.aborted || this.indexer.paused || this.#compacting) return;
    if (performance.now() < this.#compactAgainAt || !worthCompacting(this.#live)) return;
    this.#compactAgainAt = performance.now() + COMPACT_AGAIN_MS;
    void this.#attempt('silt:compaction:error', () => this.compact());
  }

  async #attempt(
    event: 'silt:snapshot:error' | 'silt:compaction:error',
    work: () => Promise<unknown>,
  ): Promise<void> {
    try {
      await work();
      this.lastError = null;
    } catch (error) {
      if (this.#ending.aborted) return;
      this.lastError = error instanceof Error ? error.message : String(error);
      publish(event, { collection: this.#name, error });
    }
  }

  async #measureSoon(): Promise<void> {
    const age = this.recall ? now() - this.recall.at : Infinity;
    await pause(Math.max(0, OWN_SAMPLE_MS - age), this.#ending).catch(() => {});
    if (!this.#ending.aborted) await this.measureRecall({ sample: OWN_SAMPLE, k: 10 }).catch(() => {});
  }

  async measureRecall(o: { sample: number; k: number; ef?: number }): Promise<RecallReport> {
    this.recall = await measureRecall(this.#live, this.recent.all, o, this.#ending);
    return this.recall;
  }

  /** Resolves when payload indexes have every row; then they are written to their file. */
  async indexPayloads(): Promise<void> {
    await this.#payloads.catchUp();
    this.#ending.throwIfAborted();
    void this.#attempt('silt:snapshot:error', () => this.#snapshots.savePayloads(this.#ending));
  }

  /** Links until all rows that are there now are linked. */
  async buildNow(signal?: AbortSignal, onProgress?: () => void): Promise<BuildReport> {
    signal?.throwIfAborted();
    const began = performance.now();
    const until = this.#live.seq;
    // Told of every change, writes among them: what a listener throws must reach none of those who make them.
    const failed = new AbortController();
    const tell = (): void => {
      try {
        onProgress?.();
      } catch (error) {
        failed.abort(error);
      }
    };
    const either = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
    const stop = onProgress ? this.#live.onChange(tell) : () => {};
    const abort = (): void => void this.indexer.stop(either.reason);
    either.addEventListener('abort', abort, { once: true });
    const { linkedEver } = this.#live; // a build that is joined has linked rows before
    let total = { linked: 0, quarantined: 0, threads: this.#live.config.indexing.segmentCount };
    try {
      while (this.#live.indexedSeq < until || this.indexer.building) {
        const { linked, quarantined, threads } = await this.indexer.build(either);
        total = { linked: total.linked + linked, quarantined: total.quarantined + quarantined, threads };
      }
      const seconds = (performance.now() - began) / 1000;
      tell();
      failed.signal.throwIfAborted();
      const linked = Math.min(total.linked, this.#live.linkedEver - linkedEver);
      return { ...total, linked, seconds, linkedPerSecond: seconds > 0 ? linked / seconds : 0 };
    } finally {
      stop();
      either.removeEventListener('abort', abort);
    }
  }

  /** Replaces the index by one without masked rows; joins a compaction that is running. */
  compact(): Promise<CompactReport> {
    this.#compacting ??= this.#compact().finally(() => {
      this.#compacting = undefined;
    });
    return this.#compacting;
  }

  async #compact(): Promise<CompactReport> {
    const report = await compactIndex(this.#live, this.#queue, this.indexer, this.#ending);
    const { rows, freedRows, seconds } = report;
    publish('silt:compaction', { collection: this.#name, rows, freedRows, seconds });
    await this.#snapshots.settled();
    await this.#attempt('silt:snapshot:error', () => this.#snapshots.save(this.#ending));
    return report;
  }

  /** Runs `work` while no build runs and no write is under way. */
  async undisturbed<T>(work: () => T): Promise<T> {
    const free = await this.indexer.hold();
    try {
      return await this.#queue.exclusive(work);
    } finally {
      free();
    }
  }

  /** Ends what is under way; then a snapshot, if it is written within `budgetMs`. */
  async close(budgetMs: number): Promise<void> {
    this.#stopListening();
    if (budgetMs > 0 && !this.indexer.paused && this.#live.oldestPending > 0)
      await Promise.race([this.indexer.build().catch(() => {}), pause(LAST_LINKS_MS)]);
    await this.indexer.close();
    await this.#compacting?.catch(() => {});
    await this.#measuring;
    await this.#payloads.catchUp(); // ends with the collection
    await this.#snapshots.settled();
    if (budgetMs === 0) return;
    // One that takes longer is given up: the next opening reads the one before, and the rest from the store.
    await this.#snapshots.save(AbortSignal.timeout(budgetMs)).catch((error: unknown) => {
      publish('silt:snapshot:error', { collection: this.#name, error });
    });
  }
}
