/*
 * What a collection does by itself, behind its reads and writes: linking, indexing payloads, snapshots, compaction,
 * measuring recall, and learning what reaches it.
 * Each runs at most once at a time; one that fails says so in the status and is tried again after the next build.
 */
import type { BuildReport, CompactReport, RecallReport } from '../../api/upkeep.js';
import { eitherOf } from '../../base/aborts.js';
import type { DenseField } from '../../fields/dense.js';
import { type FieldSpec, fieldDropped } from '../../fields/field.js';
import type { Platform } from '../../platform/platform.js';
import type { LiveField } from '../live-field.js';
import type { LiveIndex } from '../live-index.js';
import type { Reader } from '../read/reader.js';
import type { WriteQueue } from '../write/queue.js';
import { Calibrator } from './calibrator.js';
import { Compactor } from './compactor.js';
import { CrashLoop } from './crash-loop.js';
import { type FailureKind, Failures } from './failures.js';
import { Indexer } from './indexer.js';
import { Indexers } from './indexers.js';
import { InvertedIndexer } from './inverted-indexer.js';
import { PayloadIndexer } from './payload-indexer.js';
import { measureRecall, type RecallRequest } from './recall.js';
import type { Snapshots } from './snapshots.js';

/** Queries of the sample that is taken after builds, and how long it is good for at least. */
const OWN_SAMPLE = 50;
const OWN_SAMPLE_MS = 10_000;
/** How long closing lets rows be linked, so that opening, writing one row and closing makes progress. */
const LAST_LINKS_MS = 100;

/** Who is told of a failure; a build tells by itself. */
const EVENTS = {
  snapshot: 'silt:snapshot:error',
  compaction: 'silt:compaction:error',
  payloadIndex: 'silt:payload-index:error',
  field: 'silt:field:error',
  recall: 'silt:recall:error',
  listener: 'silt:listener:error',
} as const satisfies Partial<Record<FailureKind, string>>;

/** What a single field may fail at: where that is dropped, nobody would take it back. */
const OF_FIELDS = ['build', 'threads', 'field', 'recall'] as const satisfies FailureKind[];

export class Maintenance {
  readonly indexer: Indexers;
  /** Of each field that has a graph. */
  readonly #calibrators = new Map<LiveField, Calibrator>();
  /** What ends since its field was dropped. */
  readonly #leaving = new Set<Promise<void>>();
  recall: RecallReport | null = null;
  /** The last of each field. */
  readonly recalls: Map<LiveField, RecallReport> = new Map<LiveField, RecallReport>();
  readonly failures: Failures = new Failures();
  readonly #platform: Platform;
  readonly #live: LiveIndex;
  readonly #reader: Reader;
  readonly #snapshots: Snapshots;
  readonly #queue: WriteQueue;
  readonly #ending: AbortSignal;
  readonly #payloads: PayloadIndexer;
  readonly #inverted: InvertedIndexer;
  #stopListening: () => void = () => {};
  readonly #compactor: Compactor;
  #measuring: Promise<void> | undefined;
  #toMeasure = false;
  #measureAgainAt = 0;

  constructor(live: LiveIndex, snapshots: Snapshots, queue: WriteQueue, reader: Reader, ending: AbortSignal) {
    this.#platform = live.platform;
    this.#live = live;
    this.#reader = reader;
    this.#snapshots = snapshots;
    this.#queue = queue;
    this.#ending = ending;
    this.#inverted = new InvertedIndexer(live, ending);
    this.indexer = new Indexers(this.#inverted, live.config.indexing.paused);
    this.#compactor = new Compactor(live, queue, this.indexer, ending, {
      onDue: () => void this.#attempt('compaction', () => this.compact()),
      onDone: (report) => this.#afterCompaction(report),
      onLeft: (error) => this.#platform.events.publish(EVENTS.compaction, { collection: live.name, error }),
    });
    this.#payloads = new PayloadIndexer(live, ending);
    for (const field of live.graphs) this.#take(field);
  }

  get calibrators(): readonly Calibrator[] {
    return [...this.#calibrators.values()];
  }

  /** What goes on for a field from the start on. */
  #take(field: LiveField): readonly [Indexer, Calibrator] {
    const crashLoop = new CrashLoop(this.#live, field, this.#queue, this.#ending);
    const indexer = new Indexer(this.#live, field, crashLoop, this.failures, () => this.#afterBuild());
    this.indexer.add(field, indexer);
    const calibrator = this.#calibratorOf(field, indexer);
    this.#calibrators.set(field, calibrator);
    return [indexer, calibrator];
  }

  #calibratorOf(field: LiveField, indexer: Indexer): Calibrator {
    const calibrator = new Calibrator(this.#live, field, this.#reader, indexer, this.#ending, () => {
      void this.#attempt('recall', async () => {
        if (await calibrator.run()) this.#measureSoon();
      });
    });
    return calibrator;
  }

  /** Goes to work, on what is there and on what comes. */
  start(): void {
    this.indexer.start();
    void this.#attempt('payloadIndex', () => this.#payloads.catchUp());
    this.#takeIn();
    this.#live.onFields = (gone, parting) => this.#afterFields(gone, parting);
    this.#live.onTold = (failure) => this.#afterTelling(failure);
    this.#stopListening = this.#live.onChange(() => this.#afterChange());
    for (const calibrator of this.calibrators) calibrator.start();
  }

  #afterBuild(): void {
    if (this.#ending.aborted) return;
    void this.#saveIf(() => this.#snapshots.saveIfWorthIt(this.#ending));
    for (const calibrator of this.calibrators) calibrator.check();
    this.#measureSoon();
  }

  #afterChange(): void {
    if (this.#payloads.due) void this.#attempt('payloadIndex', () => this.#payloads.catchUp());
    this.#takeIn();
    this.#compactor.check();
  }

  /** In the turn in which fields came and went: nothing begins any more for those that are gone. */
  #afterFields(gone: readonly FieldSpec[], parting: readonly DenseField[]): void {
    this.#compactor.restart();
    this.#inverted.fieldsCame();
    for (const number of this.#snapshots.follow()) this.#leaves(this.#snapshots.remove(number));
    for (const field of this.#live.graphs)
      if (!this.#calibrators.has(field)) for (const work of this.#take(field)) work.start();
    for (const [field, calibrator] of this.#calibrators) {
      const part = parting.find(({ spec }) => spec.number === field.spec.number);
      if (part) this.#leave(field, calibrator, part);
    }
    // What the others still fail at is noted again by their next try.
    for (const kind of OF_FIELDS)
      for (const name of gone.length > 0 ? ['', ...gone.map((spec) => spec.name)] : [])
        this.failures.clear(kind, name);
    void this.#saveIf(() => this.#snapshots.saveNew(this.#ending));
    if (parting.length === 0) return;
    this.recall = null; // it may be of one of these
    this.#measureSoon();
  }

  #leave(field: LiveField, calibrator: Calibrator, part: DenseField): void {
    const ended = [this.indexer.remove(field, fieldDropped(field.spec)), calibrator.close()];
    this.#calibrators.delete(field);
    this.recalls.delete(field);
    this.#leaves(
      Promise.all(ended)
        .then(() => this.#snapshots.remove(field.spec.number))
        .catch((error: unknown) => this.#tellOfFile(error))
        .then(() => part.close()),
    );
  }

  #leaves(work: Promise<void>): void {
    const left = work
      .catch((error: unknown) => this.#tellOfFile(error))
      .finally(() => this.#leaving.delete(left));
    this.#leaving.add(left);
  }

  #tellOfFile(error: unknown): void {
    this.#platform.events.publish(EVENTS.snapshot, { collection: this.#live.name, error });
  }

  /** Resolves when nothing is left of fields that are gone. */
  async left(): Promise<void> {
    await Promise.all(this.#leaving);
  }

  #takeIn(): void {
    if (this.#inverted.due)
      void this.#attempt('field', () => this.#inverted.run()).then(() => this.#afterTakingIn());
  }

  #afterTakingIn(): void {
    if (!this.#ending.aborted && this.#snapshots.invertedDue)
      void this.#saveIf(() => this.#snapshots.saveInverted(this.#ending));
  }

  async #attempt(kind: keyof typeof EVENTS, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
      this.failures.clear(kind);
    } catch (error) {
      if (this.#ending.aborted) return;
      this.#failed(kind, error);
    }
  }

  /** Saves what is worth it; everything where that failed the last time. */
  #saveIf(worthIt: () => Promise<void>): Promise<void> {
    const all = (): Promise<void> => this.#snapshots.save(this.#ending);
    return this.#attempt('snapshot', this.failures.has('snapshot') ? all : worthIt);
  }

  #failed(kind: keyof typeof EVENTS, error: unknown): void {
    this.failures.note(kind, error);
    this.#platform.events.publish(EVENTS[kind], { collection: this.#live.name, error });
  }

  /** Why what another process wrote cannot be taken up; undefined when it is again. */
  following(failure: Error | undefined): void {
    if (failure) this.failures.note('follow', failure);
    else this.failures.clear('follow');
  }

  /** All listeners were told of a change; `failure` is what the first of them threw, if one did. */
  #afterTelling(failure: { readonly error: unknown } | undefined): void {
    if (failure) this.#failed('listener', failure.error);
    else this.failures.clear('listener');
  }

  /** Recall has changed. A measurement under way may be of the old state, so another follows it. */
  #measureSoon(): void {
    this.#toMeasure = true;
    this.#measuring ??= this.#measureWhile().finally(() => {
      this.#measuring = undefined;
      if (this.#toMeasure && !this.#ending.aborted) this.#measureSoon(); // asked for behind the last look
    });
  }

  async #measureWhile(): Promise<void> {
    while (this.#toMeasure) {
      const leftMs = Math.max(0, this.#measureAgainAt - this.#platform.time.now());
      await this.#platform.time.pause(leftMs, this.#ending, { idle: true }).catch(() => {});
      for (const calibrator of this.calibrators) await calibrator.idle();
      if (this.#ending.aborted) return;
      this.#toMeasure = false;
      if (this.#live.graphs.length > 0) await this.#attempt('recall', () => this.#measureFields());
    }
  }

  /** The status tells of the field in which searches find least. */
  async #measureFields(): Promise<void> {
    const reports = new Map<LiveField, RecallReport>();
    const isThere = (field: LiveField): boolean => this.#live.graphs.includes(field);
    for (const field of this.#live.graphs) {
      const { name } = field.spec;
      if (!isThere(field)) continue; // dropped meanwhile
      const report = await this.measureRecall({ sample: OWN_SAMPLE, k: 10, using: name }).catch((error) => {
        if (isThere(field)) throw error;
      });
      if (report) reports.set(field, report);
    }
    const left = [...reports].filter(([field]) => isThere(field)).map(([, report]) => report);
    const least = left.reduce<RecallReport | null>((a, b) => (a && a.value <= b.value ? a : b), null);
    if (reports.size > 0) this.recall = least;
  }

  async measureRecall(o: RecallRequest): Promise<RecallReport> {
    o.signal?.throwIfAborted();
    const { field } = this.#reader.searched(o.using);
    const { signal, release } = eitherOf([o.signal, this.#ending]);
    this.recall = await measureRecall(this.#live, this.#reader, o, signal).finally(release);
    if (this.#live.graphs.includes(field)) this.recalls.set(field, this.recall);
    this.#measureAgainAt = this.#platform.time.now() + OWN_SAMPLE_MS;
    this.failures.clear('recall');
    return this.recall;
  }

  /** Resolves when payload indexes have every row; then they are written to their file. */
  async indexPayloads(): Promise<void> {
    await this.#payloads.catchUp();
    this.#ending.throwIfAborted();
    this.failures.clear('payloadIndex');
    void this.#saveIf(() => this.#snapshots.savePayloads(this.#ending));
  }

  /** Links until all rows that are there now are linked. Builds are shared: who gives up ends none that others wait for. */
  async buildNow(signal?: AbortSignal, onProgress?: () => void): Promise<BuildReport> {
    signal?.throwIfAborted();
    const began = this.#platform.time.now();
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
    const { signal: either, release } = eitherOf([signal, failed.signal]);
    const stop = onProgress ? this.#live.onChange(tell) : () => {};
    const linkedSince = this.#live.countLinked(); // a build that is joined has linked rows before
    let total = { linked: 0, quarantined: 0, threads: this.#live.config.indexing.segmentCount };
    try {
      // A build that runs is joined once: of several fields, those that two callers begin may follow one another without end.
      for (let joins = 0; this.#live.indexedSeq < until || (joins === 0 && this.indexer.building); joins++) {
        const { linked, quarantined, threads } = await this.indexer.build(either);
        total = { linked: total.linked + linked, quarantined: total.quarantined + quarantined, threads };
      }
      const seconds = (this.#platform.time.now() - began) / 1000;
      tell();
      failed.signal.throwIfAborted();
      const linked = Math.min(total.linked, linkedSince());
      return { ...total, linked, seconds, linkedPerSecond: seconds > 0 ? linked / seconds : 0 };
    } finally {
      stop();
      release();
    }
  }

  /** Replaces the index by one without the rows that are masked by now. */
  async compact(): Promise<CompactReport> {
    const report = await this.#compactor.compact();
    this.failures.clear('compaction');
    return report;
  }

  async #afterCompaction({ rows, freedRows, seconds }: CompactReport): Promise<void> {
    this.#platform.events.publish('silt:compaction', {
      collection: this.#live.name,
      rows,
      freedRows,
      seconds,
    });
    await this.#snapshots.settled();
    await this.#attempt('snapshot', () => this.#snapshots.save(this.#ending));
    for (const calibrator of this.calibrators) calibrator.check();
  }

  /** Runs `work` while no build runs and no write is under way. */
  async undisturbed<T>(work: () => T | Promise<T>): Promise<T> {
    const free = await this.indexer.hold();
    try {
      return await this.#queue.exclusive(() => {
        this.#ending.throwIfAborted();
        return work();
      });
    } finally {
      free();
    }
  }

  async #linkForAWhile(): Promise<void> {
    const linked = new AbortController();
    const built = this.indexer.build().catch(() => {});
    await Promise.race([built, this.#platform.time.pause(LAST_LINKS_MS, linked.signal).catch(() => {})]);
    linked.abort();
  }

  /** Ends what is under way; then a snapshot, if it is written within `budgetMs`. */
  async close(budgetMs: number): Promise<void> {
    this.#stopListening();
    if (budgetMs > 0 && !this.indexer.paused && this.#live.indexedSeq < this.#live.seq)
      await this.#linkForAWhile();
    await this.indexer.close(this.#ending.reason);
    await this.#compactor.close();
    await this.#measuring;
    for (const calibrator of this.calibrators) await calibrator.close();
    await this.left();
    await this.#payloads.catchUp().catch(() => {}); // ends with the collection
    await this.#inverted.idle();
    await this.#snapshots.settled();
    if (budgetMs === 0) return;
    // One that takes longer is given up: the next opening reads the one before, and the rest from the store.
    await this.#snapshots.save(this.#platform.time.timeout(budgetMs)).catch((error: unknown) => {
      this.#platform.events.publish('silt:snapshot:error', { collection: this.#live.name, error });
    });
  }
}
