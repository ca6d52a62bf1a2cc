/*
 * Learns how much searches of a collection find for which effort (hnsw/calibration.ts), in the background: on a sample of its
 * rows, asked as if they were not stored, and on queries that were asked.
 *
 * All is learned anew where a graph was made or a quarter of its rows has changed; and queries that came meanwhile are
 * measured as they come. Each of these is a bounded piece of work, which waits while rows are linked, rests after each slice
 * as long as that took, twenty times as long while searches are under way, and does not begin again before it has rested longer.
 */
import { eitherOf } from '../../base/aborts.js';
import { GRAPH_MIN_ROWS } from '../../base/limits.js';
import { randomFrom } from '../../base/random.js';
import { Calibration } from '../../hnsw/calibration.js';
import { VectorLost } from '../../hnsw/codes.js';
import type { Engine } from '../../hnsw/engine.js';
import { growthAt, growthOver } from '../../hnsw/growth.js';
import { type Measured, recallsOf, type Sample } from '../../hnsw/measure.js';
import { LEVELS, ONE_IN, QUERIES_MIN, type Recalls, RecallTable } from '../../hnsw/recall-table.js';
import { LookAgain } from '../../platform/time.js';
import type { LiveField } from '../live-field.js';
import type { LiveIndex } from '../live-index.js';
import { isStale } from '../read/aim.js';
import type { Reader } from '../read/reader.js';
import type { RecentQueries } from '../read/recent.js';
import type { Indexer } from './indexer.js';
import { sampleRows } from './sample.js';

/** Rows that are asked for, and after how many of them what was learned serves, where nothing better does. */
const ROWS = 512;
const ROWS_FIRST = 64;
/** Rows by which the growth is known (hnsw/growth.ts). */
const ROWS_GROWTH = 64;
/** A level is measured where there are so many times more rows: otherwise a scan is as fast. */
const ROWS_EACH = 4;
/** Share of the rows that has changed when all is learned anew. */
const CHANGED_SHARE = 0.25;
/** New queries before the newest are measured, all of them; and how many of those before are at a time. */
const ASKED_MIN = 32;
const OLDER_MAX = 16;
/** Until so many were measured, all that were kept are, and so many at a time. */
const ASKED = 512;
const OLDER_MAX_FIRST = 128;
/** Before it begins again: at least so long, and so many times longer than it worked. */
const AGAIN_MS = 2_000;
const AGAIN_TIMES = 4;
/** It works so long at a time; and rests so many times as long, or so many while searches are under way. */
const PIECE_MS = 2;
const REST_TIMES = 1;
const REST_TIMES_BUSY = 20;
const BUILD_LOOK_MS = 50;

/** The index was replaced, or too much has changed: what was measured is of another graph. Or it is the end. */
const MOVED = new Error('the graph is another one');

export class Calibrator {
  readonly #live: LiveIndex;
  readonly #field: LiveField;
  readonly #recent: RecentQueries;
  readonly #reader: Reader;
  readonly #indexer: Indexer;
  /** Ends what is being learned, with the pauses in it: at the end of the collection, and of its field. */
  readonly #ending: ReturnType<typeof eitherOf>;
  readonly #closing = new AbortController();
  readonly #onDue: () => void;
  readonly #later: LookAgain;
  /** Of which index what is known was learned. */
  #engine: Engine | undefined;
  #running: Promise<boolean> | undefined;
  #againAt = 0;
  /** For how long this piece of work has measured. */
  #workedMs = 0;

  /** `onDue` is called when there is something to learn: see `run`. */
  constructor(
    live: LiveIndex,
    field: LiveField,
    reader: Reader,
    indexer: Indexer,
    ending: AbortSignal,
    onDue: () => void,
  ) {
    this.#live = live;
    this.#field = field;
    this.#reader = reader;
    this.#recent = reader.of(field).recent;
    this.#indexer = indexer;
    this.#ending = eitherOf([ending, this.#closing.signal]);
    this.#onDue = onDue;
    this.#later = new LookAgain(live.platform.time, () => this.check());
    this.#engine = field.calibration && field.engine;
  }

  start(): void {
    this.#recent.onKept = () => {
      if (this.#recent.fresh === ASKED_MIN) this.check();
    };
    this.check();
  }

  get #ended(): AbortSignal {
    return this.#ending.signal;
  }

  get #due(): 'all' | 'asked' | undefined {
    if (this.#ended.aborted) return undefined;
    const { engine, calibration } = this.#field;
    const linked = engine.sum((arena) => arena.linked);
    if (Math.min(linked, engine.live) < GRAPH_MIN_ROWS) return undefined; // all live rows are compared
    if (!calibration || engine !== this.#engine) return 'all';
    if (this.#hasChanged(calibration.seq)) return 'all';
    const recent = this.#recent;
    return recent.fresh >= ASKED_MIN || (recent.olderFresh > 0 && this.#lacksAsked) ? 'asked' : undefined;
  }

  /** Whether few of the queries that were asked were measured. */
  get #lacksAsked(): boolean {
    return (this.#field.calibration?.count('asked') ?? 0) < ASKED;
  }

  /** Calls `onDue` if there is something to learn, or sees to it that it is looked at again. */
  check(): void {
    if (this.#running || !this.#due) return;
    const leftMs = this.#againAt - this.#live.platform.time.now();
    if (leftMs <= 0) this.#onDue();
    else this.#later.after(leftMs);
  }

  /** Resolves when nothing is being learned. */
  async idle(): Promise<void> {
    await this.#running?.catch(() => {});
  }

  /** Learns what there is to learn; joins what is running. Whether that was all anew. Rejects with what went wrong. */
  run(): Promise<boolean> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      this.check();
    });
    return this.#running;
  }

  async #run(): Promise<boolean> {
    this.#workedMs = 0;
    try {
      await this.#linked();
      const due = this.#due;
      if (!due) return false;
      if (due === 'all') await this.#learn();
      else await this.#learnAsked();
      return due === 'all';
    } catch (error) {
      if (error !== MOVED && !this.#ended.aborted) throw error;
      return false;
    } finally {
      const againMs = Math.max(AGAIN_MS, AGAIN_TIMES * this.#workedMs);
      this.#againAt = this.#live.platform.time.now() + againMs;
    }
  }

  /** Waits while rows are linked. */
  async #linked(): Promise<void> {
    const { time } = this.#live.platform;
    while (this.#indexer.building) await time.pause(BUILD_LOOK_MS, this.#ended, { idle: true });
  }

  /** Whether so much has changed since a moment that what was learned then says little. */
  #hasChanged(seq: number): boolean {
    const { live } = this.#field.engine;
    return this.#live.rows.changedSince(seq) >= CHANGED_SHARE * live;
  }

  /** Whether there is another engine by now, or it is the end: then the field may be one that was dropped. */
  #isMoved(engine: Engine): boolean {
    return this.#ended.aborted || this.#field.engine !== engine;
  }

  /** All anew. Where too much changes meanwhile, what was learned until then serves if nothing better does. */
  async #learn(): Promise<void> {
    const live = this.#live;
    const field = this.#field;
    const { seq } = live;
    const { engine } = field;
    const random = randomFrom(field.spec.hnsw.seed + seq);
    const growth: number[] = [];
    for (const sample of sampleRows(field, ROWS_GROWTH, random))
      await this.#paced(engine, seq, async () => {
        growth.push(await growthAt(engine, sample));
      });
    const learned = Calibration.empty(seq, live.platform.time.date(), growthOver(growth));
    /** Whoever asks for a vector that is there finds it: rows that are there twice tell something where there are hardly others. */
    const doubles: Recalls[] = [];
    const publish = (): void => {
      field.calibration = learned.copy();
      if (learned.count('rows') < QUERIES_MIN)
        for (const recalls of doubles) field.calibration.add('rows', recalls);
      this.#engine = engine;
    };
    const isUsable = (): boolean =>
      field.calibration !== undefined && this.#engine === engine && !isStale(field.calibration, live);
    const recent = this.#recent;
    recent.refresh();
    const newest = recent.takeNewest();
    try {
      for (let i = 1; i <= ROWS; i++) {
        for (const sample of sampleRows(field, 1, random)) {
          const { recalls, isDouble } = await this.#measure(engine, learned, sample, i);
          if (isDouble) doubles.push(recalls);
          else learned.add('rows', recalls);
        }
        const asked = newest[i - 1]?.vector ?? recent.takeOlder();
        if (asked) {
          const { recalls } = await this.#measure(engine, learned, { vector: asked }, i);
          learned.add('asked', recalls);
          if (i <= newest.length) learned.add('lately', recalls);
        }
        if (i >= ROWS_FIRST && learned.count('rows') >= QUERIES_MIN && !isUsable()) publish();
      }
      publish();
    } catch (error) {
      // Under heavy writes it would begin again and again, and never know anything.
      if (error === MOVED && !this.#isMoved(engine) && learned.count('rows') >= QUERIES_MIN && !isUsable())
        publish();
      throw error;
    }
  }

  /** What was asked since: first the newest, by which a change is noticed. */
  async #learnAsked(): Promise<void> {
    const field = this.#field;
    const { engine } = field;
    const recent = this.#recent;
    if (recent.fresh >= ASKED_MIN) await this.#learnNewest(engine);
    const learned = field.calibration!.copy();
    const most = this.#lacksAsked ? OLDER_MAX_FIRST : OLDER_MAX;
    for (let i = 1; i <= most; i++) {
      const vector = recent.takeOlder();
      if (!vector) break;
      const { recalls } = await this.#measure(engine, learned, { vector }, i);
      learned.add('asked', recalls);
    }
    field.calibration = learned;
  }

  async #learnNewest(engine: Engine): Promise<void> {
    const field = this.#field;
    const lately = new RecallTable();
    const learned = field.calibration!.copy();
    for (const [i, { vector, isNew }] of this.#recent.takeNewest().entries()) {
      const { recalls } = await this.#measure(engine, learned, { vector }, i + 1);
      lately.add(recalls);
      if (isNew) learned.add('asked', recalls);
    }
    learned.renewLately(lately);
    field.calibration = learned;
  }

  /** `number`: how many queries of this kind there were; a level takes one in ONE_IN of them. Nothing where the vector of a row is lost. */
  async #measure(engine: Engine, by: Calibration, sample: Sample, number: number): Promise<Measured> {
    let measured: Measured = { recalls: [], isDouble: false };
    await this.#paced(engine, by.seq, async (breathe) => {
      const { live } = engine; // not before: it may have been closed during the last rest
      const wanted = (level: number): boolean =>
        number % ONE_IN[level]! === 0 && (level === 0 || ROWS_EACH * LEVELS[level]! <= live);
      measured = await recallsOf(engine, sample, by.growth, wanted, breathe);
    });
    return measured;
  }

  /**
   * Does a piece of work, with rests: `breathe` is to be awaited before each search in it. A row whose vector is lost ends it.
   * Throws MOVED where what is measured would be of another graph than what was learned since `seq`.
   */
  async #paced(
    engine: Engine,
    seq: number,
    work: (breathe: () => Promise<void>) => Promise<void>,
  ): Promise<void> {
    const live = this.#live;
    const { time } = live.platform;
    let workedMs = 0;
    let began = time.now();
    const breathe = async (): Promise<void> => {
      workedMs += time.now() - began;
      if (workedMs >= PIECE_MS) {
        await this.#rest(workedMs);
        workedMs = 0;
      } else await time.breathe();
      await this.#linked();
      if (this.#isMoved(engine) || this.#hasChanged(seq)) throw MOVED;
      began = time.now();
    };
    try {
      await breathe();
      await work(breathe);
    } catch (error) {
      if (this.#isMoved(engine)) throw MOVED; // it was closed
      if (!(error instanceof VectorLost)) throw error;
      live.expel(this.#field, Number(error.key));
    }
    await this.#rest(workedMs + time.now() - began);
  }

  async #rest(workedMs: number): Promise<void> {
    this.#workedMs += workedMs;
    const restMs = workedMs * (this.#reader.busy ? REST_TIMES_BUSY : REST_TIMES);
    await this.#live.platform.time.pause(restMs, this.#ended, { idle: true });
  }

  /** Ends what is being learned, and resolves when it has; nothing begins any more. */
  async close(): Promise<void> {
    this.#closing.abort(MOVED);
    this.#later.cancel();
    await this.idle();
    this.#ending.release();
  }
}
