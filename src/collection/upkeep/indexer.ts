/*
 * Keeps the graph of a collection up: starts linking when a trigger says so, one build at a time, and again as long
 * as rows wait. Whoever waits for a row to be indexed is told here.
 *
 * All state is on the calling thread. What a build has done, the counters of the arenas say.
 */

import type { BuildReport } from '../../api/upkeep.js';
import { onAbort } from '../../base/aborts.js';
import { BackpressureError, BuildError } from '../../base/errors.js';
import { ALONE_ROWS } from '../../base/limits.js';
import { LookAgain } from '../../platform/time.js';
import type { LiveField } from '../live-field.js';
import type { LiveIndex } from '../live-index.js';
import { type Backlog, type Slowdown, waitMsFor } from '../write/backpressure.js';
import type { CrashLoop } from './crash-loop.js';
import type { Failures } from './failures.js';
import { dueFor, dueInMs, type WindowFacts } from './triggers.js';

/** A compaction that runs beside the builds. */
export interface Beside {
  /** Rows that it has to catch up with. */
  readonly behind: number;
  /** At which rate it links; 0 while that is not known. */
  readonly linkedPerSecond: number;
}

/** After a build that failed: how long until the next try. */
const RETRY_MS = 1_000;
/** Why a build ended that goes on when the graph is free again. */
const HELD = new Error('the graph is needed for something else');
/** Why a build ended that nobody waited for any more; who asked for one while it ended gets the next. */
const LEFT = new Error('nobody waits for the build');
/** Weight of the latest build in the rate of linking. */
const LATEST = 0.5;

export class Indexer implements Slowdown {
  readonly #live: LiveIndex;
  readonly #field: LiveField;
  /** Notes when a build begins and ends. */
  readonly #guard: CrashLoop;
  readonly #failures: Failures;
  /** Called after every build that linked rows. */
  readonly #onBuilt: () => void;
  #stopListening: () => void = () => {};
  #paused: boolean;
  /** Why no build begins any more. */
  #closed: { readonly reason: unknown } | undefined;
  readonly #later: LookAgain;
  #retryAt = 0;
  #running: Promise<BuildReport> | undefined;
  /** Of the running build: how many wait for it who may leave; and whether it runs by itself, whoever waits. */
  #sharing = { waiting: 0, byItself: false };
  #stopping: AbortController | undefined;
  /** Resolves when the last of those who wanted the graph for themselves is done with it. */
  #held: Promise<void> | undefined;
  #linkedPerSecond = 0;
  compaction: Beside | undefined;
  /** Called when a build has asked for its threads. */
  onBegun: () => void = () => {};

  constructor(live: LiveIndex, field: LiveField, guard: CrashLoop, failures: Failures, onBuilt: () => void) {
    this.#live = live;
    this.#field = field;
    this.#later = new LookAgain(live.platform.time, () => this.check());
    this.#guard = guard;
    this.#failures = failures;
    this.#onBuilt = onBuilt;
    this.#paused = live.config.indexing.paused;
  }

  /** Links what waits, and what comes, from now on. */
  start(): void {
    this.#live.platform.pool.widen(this.#live.config.indexing.segmentCount);
    this.#stopListening = this.#live.onChange(() => this.check());
    this.check();
  }

  get paused(): boolean {
    return this.#paused;
  }

  get building(): boolean {
    return this.#running !== undefined;
  }

  /** How long the row has waited that waits longest. */
  get waitedMs(): number {
    return this.#facts.oldestMs;
  }

  /** The threads of the running build are to take up first what was asked for meanwhile, and then the rest of it. */
  giveWay(): void {
    this.#field.engine.build.giveWay();
  }

  /** Rows linked a second: of the running build once it tells, else of those before. */
  get linkedPerSecond(): number {
    const { running, linked, linkedPerSecond } = this.#field.engine.build.progress;
    return running && linked > ALONE_ROWS ? linkedPerSecond : this.#linkedPerSecond;
  }

  /** No build begins by itself until `resume`; the running one ends after the rows at hand. */
  pause(): void {
    this.#paused = true;
    this.#later.cancel();
    void this.stop(new BuildError('the build stopped: indexing was paused', undefined));
  }

  resume(): void {
    this.#paused = false;
    this.check();
  }

  get #facts(): WindowFacts {
    const { engine } = this.#field;
    const { pending } = engine.build;
    const scanMs = engine.sum((arena) => arena.scanMsPerRow * arena.pending);
    return { pending, oldestMs: pending > 0 ? this.#field.oldestPendingMs : 0, scanMs };
  }

  get backlog(): Backlog {
    const { build, arenas } = this.#field.engine;
    const { behind = 0, linkedPerSecond = 0 } = this.compaction ?? {};
    let [masked, live, scanMsPerRow] = [0, 0, 0];
    for (const arena of arenas) {
      masked += arena.masked;
      live += arena.live;
      scanMsPerRow = Math.max(scanMsPerRow, arena.scanMsPerRow);
    }
    return {
      pending: Math.max(build.pending, behind),
      masked,
      live,
      linkedPerSecond: linkedPerSecond || this.linkedPerSecond,
      scanMsPerRow,
    };
  }

  /** How long a write of so many rows has to wait. While linking is paused, nobody waits for it. */
  waitMsFor(rows: number): number {
    if (this.#paused) return 0;
    return waitMsFor(rows, this.backlog, this.#live.config.indexing);
  }

  /** For a write that is not to wait so long. */
  refusal(waitMs: number): BackpressureError {
    const { pending, masked } = this.backlog;
    return new BackpressureError(
      `indexing is behind: ${pending} points are pending, ${masked} replaced or deleted ones still take memory; the write would wait ${Math.ceil(waitMs)} ms. Try again later`,
      waitMs,
    );
  }

  /** Starts linking if it is time, or sees to it that it is looked at again. */
  check(): void {
    if (this.#closed || this.#paused || this.#running || this.#held) return;
    const facts = this.#facts;
    const { indexing } = this.#live.config;
    if (facts.pending === 0) return;
    const retryMs = this.#retryAt - this.#live.platform.time.now();
    if (retryMs <= 0 && dueFor(facts, indexing)) {
      this.build().catch(() => {}); // the status says so, and the next try is under way
      return;
    }
    this.#later.after(Math.max(retryMs, dueInMs(facts, indexing)));
  }

  /**
   * Links what waits now; joins the build that runs. Who comes with a `signal` may leave: the build ends with the last of
   * them. Without, it runs by itself.
   */
  async build(signal?: AbortSignal): Promise<BuildReport> {
    for (;;) {
      while (this.#held) await this.#held;
      signal?.throwIfAborted();
      if (this.#closed) throw this.#closed.reason;
      try {
        return await this.#join(signal);
      } catch (error) {
        if (error !== HELD && error !== LEFT) throw error;
      }
    }
  }

  async #join(signal: AbortSignal | undefined): Promise<BuildReport> {
    const build = this.#begin();
    const sharing = this.#sharing;
    if (!signal) {
      sharing.byItself = true;
      return build;
    }
    sharing.waiting++;
    let stop!: () => void;
    const left = new Promise<never>((_, reject) => {
      stop = onAbort([signal], (reason) => {
        // The last one waits until it has ended.
        const last = --sharing.waiting === 0 && !sharing.byItself && sharing === this.#sharing;
        if (last) void this.stop(LEFT);
        else reject(reason);
      });
    });
    return Promise.race([build, left]).finally(stop);
  }

  #begin(): Promise<BuildReport> {
    if (this.#running) return this.#running;
    this.#sharing = { waiting: 0, byItself: false };
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
      this.#live.changed();
    });
    return this.#running;
  }

  /**
   * Ends the running build after the rows at hand, and lets none begin until what is returned is called; then those
   * that were asked for go on. Not to be called within a step of the write queue: builds wait for that.
   */
  async hold(): Promise<() => void> {
    const before = this.#held;
    let free!: () => void;
    const held = new Promise<void>((resolve) => {
      free = resolve;
    });
    this.#held = held;
    await before;
    await this.stop(HELD);
    return () => {
      if (this.#held === held) this.#held = undefined;
      free();
      this.check();
    };
  }

  /** Ends the running build after the rows at hand, and waits for that. */
  async stop(reason: unknown): Promise<void> {
    this.#stopping?.abort(reason);
    await this.#running?.catch(() => {});
  }

  async #run(): Promise<BuildReport> {
    const live = this.#live;
    const { name } = this.#field.spec;
    const { signal } = (this.#stopping = new AbortController());
    try {
      const most = await this.#guard.before();
      const { build } = this.#field.engine;
      const threads = build.pending < ALONE_ROWS ? 1 : live.config.indexing.segmentCount;
      const built = build.start(threads, { signal, most, onProgress: () => live.changed() });
      this.onBegun();
      const report = await built;
      this.#failures.clear('build', name);
      if (report.shortage === undefined) this.#failures.clear('threads', name);
      else this.#failures.note('threads', report.shortage, name);
      if (report.linked >= ALONE_ROWS) this.noteRate(report.linkedPerSecond);
      if (report.linked > 0) this.#onBuilt();
      return report;
    } catch (error) {
      if (!signal.aborted) {
        this.#failures.note('build', error, name);
        this.#retryAt = this.#live.platform.time.now() + RETRY_MS;
      }
      throw error;
    } finally {
      await this.#guard.after();
    }
  }

  /** Rows were linked at this rate; 0 says nothing. */
  noteRate(linkedPerSecond: number): void {
    if (linkedPerSecond === 0) return;
    this.#linkedPerSecond =
      this.#linkedPerSecond === 0
        ? linkedPerSecond
        : (1 - LATEST) * this.#linkedPerSecond + LATEST * linkedPerSecond;
  }

  /** No build begins any more, and the running one ends. */
  async close(reason: unknown): Promise<void> {
    this.#closed = { reason };
    this.#stopListening();
    this.#later.cancel();
    await this.stop(reason);
  }
}
