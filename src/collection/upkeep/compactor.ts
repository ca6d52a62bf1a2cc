/*
 * When an index is compacted: whenever asked, and by itself when a quarter of its rows is masked, or of the places of one field.
 * One compaction at a time; who asks meanwhile joins it, or waits for the next, where this one has copied rows that were masked
 * since.
 *
 * By itself it begins again after a while only. Where so many rows are masked that writes wait for it (see
 * write/backpressure.ts) it begins at once, unless the last one failed.
 */
import type { CompactReport } from '../../api/upkeep.js';
import { eitherOf } from '../../base/aborts.js';
import { COMPACTION_ROWS } from '../../base/limits.js';
import { LookAgain } from '../../platform/time.js';
import type { LiveIndex } from '../live-index.js';
import { type Backlog, maskedOnset } from '../write/backpressure.js';
import type { WriteQueue } from '../write/queue.js';
import { Compaction } from './compaction.js';
import type { Indexers } from './indexers.js';

/** Share of masked rows from which compaction begins by itself. */
const MASKED_SHARE = 0.25;
/** From the beginning of a compaction to that of the next that is not urgent. */
const AGAIN_MS = 5_000;
/** Why a compaction ended that begins again. */
const OTHER_FIELDS = new Error('the collection has other fields now');

/** Whether a new index is worth its time. */
export function worthCompacting({ masked, live }: Pick<Backlog, 'masked' | 'live'>): boolean {
  return masked >= COMPACTION_ROWS && masked >= MASKED_SHARE * (masked + live);
}

/** Who is told. */
export interface CompactorListener {
  /** It is time for a compaction. */
  onDue(): void;
  /** One has taken place; it counts as running until that has resolved. */
  onDone(report: CompactReport): Promise<void>;
  /** What failed while the old index was freed: the new one is in place. */
  onLeft(error: unknown): void;
}

export class Compactor {
  readonly #live: LiveIndex;
  readonly #queue: WriteQueue;
  readonly #indexer: Indexers;
  readonly #ending: AbortSignal;
  readonly #told: CompactorListener;
  #running: Promise<CompactReport> | undefined;
  #compaction: Compaction | undefined;
  /** The one that begins when that has ended, for those who ask for what it does not leave out. */
  #next: Promise<CompactReport> | undefined;
  #againAt = 0;
  #failed = false;
  #restart = new AbortController();
  readonly #later: LookAgain;

  constructor(
    live: LiveIndex,
    queue: WriteQueue,
    indexer: Indexers,
    ending: AbortSignal,
    told: CompactorListener,
  ) {
    this.#live = live;
    this.#later = new LookAgain(live.platform.time, () => this.check());
    this.#queue = queue;
    this.#indexer = indexer;
    this.#ending = ending;
    this.#told = told;
  }

  /** Calls `onDue` if it is time, or sees to it that it is looked at again. */
  check(): void {
    if (this.#ending.aborted || this.#indexer.paused || this.#running) return;
    const { slots, config } = this.#live;
    // Slots of points that are gone take memory whatever fields the points had; some fields have few of the points.
    const all = [{ masked: slots.dead, live: slots.live }, ...this.#indexer.backlogs];
    const due = all.filter(worthCompacting);
    if (due.length === 0) return;
    const urgent = due.some((one) => one.masked >= maskedOnset(one, config.indexing));
    const leftMs = this.#againAt - this.#live.platform.time.now();
    if (leftMs <= 0 || (urgent && !this.#failed)) this.#told.onDue();
    else this.#later.after(leftMs);
  }

  /**
   * Replaces the index by one without the rows that are masked by now. Whoever calls while one runs joins it, unless it has copied rows
   * that are masked by now, or is over but for its end.
   */
  compact(): Promise<CompactReport> {
    const joins = this.#compaction !== undefined && !this.#compaction.copiedMasked;
    if (this.#running && !joins) return this.#afterThis(this.#running);
    this.#againAt = this.#live.platform.time.now() + AGAIN_MS;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      this.check();
    });
    return this.#running;
  }

  #afterThis(running: Promise<CompactReport>): Promise<CompactReport> {
    const begin = (): Promise<CompactReport> => {
      this.#next = undefined;
      this.#ending.throwIfAborted();
      return this.compact();
    };
    this.#next ??= running.then(begin, begin);
    return this.#next;
  }

  /** The fields are others: what is copied so far is of those before, and the compaction under way begins again. */
  restart(): void {
    this.#restart.abort(OTHER_FIELDS);
  }

  async #run(): Promise<CompactReport> {
    for (;;) {
      const restart = (this.#restart = new AbortController());
      const { signal, release } = eitherOf([this.#ending, restart.signal]);
      try {
        return await this.#compact(signal);
      } catch (error) {
        this.#ending.throwIfAborted();
        if (!restart.signal.aborted) throw error;
      } finally {
        release();
      }
    }
  }

  async #compact(signal: AbortSignal): Promise<CompactReport> {
    this.#failed = true; // until it has not
    const compaction = new Compaction(this.#live, this.#queue, signal);
    this.#indexer.compaction = this.#compaction = compaction;
    try {
      const report = await compaction.run(this.#indexer, (error) => this.#told.onLeft(error));
      this.#failed = false;
      await this.#told.onDone(report);
      return report;
    } finally {
      this.#indexer.compaction = this.#compaction = undefined;
      this.#indexer.noteRate(compaction.rate);
    }
  }

  /** Resolves when none runs; none begins any more once the collection ends. */
  async close(): Promise<void> {
    this.#later.cancel();
    await this.#running?.catch(() => {});
  }
}
