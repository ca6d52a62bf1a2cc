/*
 * The builds of one index: at most one at a time. Whoever asks for another joins the one that runs.
 *
 * Progress is not kept: it is computed from the counters that linkers write and search reads.
 */

import type { BuildOptions, BuildProgress, BuildReport } from '../../api/upkeep.js';
import { eitherOf } from '../../base/aborts.js';
import { BuildError, ClosedError } from '../../base/errors.js';
import type { KernelCode } from '../../kernel/builds.js';
import type { Platform } from '../../platform/platform.js';
import type { Arena } from '../arena.js';
import { ArenaBuild } from './arena-build.js';

interface StartOptions extends Omit<BuildOptions, 'signal'> {
  readonly signal?: AbortSignal | undefined;
  /** Most rows to be linked. */
  readonly most?: number;
}

interface Count {
  readonly linked: number;
  readonly quarantined: number;
  readonly total: number;
  readonly startedAt: number;
}

export class IndexBuild {
  readonly #platform: Platform;
  readonly #index: object;
  readonly #arenas: () => readonly Arena[];
  readonly #code: KernelCode;
  readonly #closing = new AbortController();
  #running: Promise<BuildReport> | null = null;
  #syncRunning = false;
  #linking: ArenaBuild | undefined;
  #before: Count = { linked: 0, quarantined: 0, total: 0, startedAt: 0 };
  #endedAt = 0;
  #linkedAtEnd = 0;

  constructor(platform: Platform, index: object, arenas: () => readonly Arena[], code: KernelCode) {
    this.#platform = platform;
    this.#index = index;
    this.#arenas = arenas;
    this.#code = code;
  }

  get running(): boolean {
    return this.#running !== null || this.#syncRunning;
  }

  /** Resolves when no build runs, whether it succeeded or failed. */
  async settled(): Promise<void> {
    while (this.#running) await this.#running.catch(() => {});
  }

  get pending(): number {
    return this.#sum((arena) => arena.pending);
  }

  #sum(of: (arena: Arena) => number): number {
    return this.#arenas().reduce((sum, arena) => sum + of(arena), 0);
  }

  #linkedSinceStart(): number {
    return this.#sum((arena) => arena.linkedEver) - this.#before.linked;
  }

  get progress(): BuildProgress {
    const { total, startedAt } = this.#before;
    const { running } = this;
    const linked = running ? this.#linkedSinceStart() : this.#linkedAtEnd;
    const seconds = ((running ? this.#platform.time.now() : this.#endedAt) - startedAt) / 1000;
    const linkedPerSecond = seconds > 0 ? linked / seconds : 0;
    const etaSeconds = running && linkedPerSecond > 0 ? Math.max(0, total - linked) / linkedPerSecond : null;
    return { running, linked, total, linkedPerSecond, etaSeconds };
  }

  #begin(threads: number): void {
    // Rows that came while a build ran could not settle the origin of their codes: before they are linked, they can.
    for (const arena of this.#arenas()) arena.settleOrigin();
    this.#before = {
      linked: this.#sum((arena) => arena.linkedEver),
      quarantined: this.#sum((arena) => arena.quarantined),
      total: this.pending,
      startedAt: this.#platform.time.now(),
    };
    this.#platform.events.publish('silt:build:start', {
      index: this.#index,
      pending: this.#before.total,
      threads,
    });
  }

  #end(threads: number): BuildReport {
    const linked = (this.#linkedAtEnd = this.#linkedSinceStart());
    const quarantined = Math.max(0, this.#sum((arena) => arena.quarantined) - this.#before.quarantined);
    this.#endedAt = this.#platform.time.now();
    const seconds = (this.#endedAt - this.#before.startedAt) / 1000;
    this.#platform.events.publish('silt:build:end', { index: this.#index, linked, quarantined, seconds });
    const linkedPerSecond = seconds > 0 ? linked / seconds : 0;
    const shortage = threads > 1 ? this.#platform.pool.shortageOf(threads, 'link') : undefined;
    return { linked, quarantined, seconds, linkedPerSecond, threads, ...(shortage && { shortage }) };
  }

  /** Links what waits, or the first `most` rows of that, in the background; joins the build that runs already. */
  start(threads: number, options: StartOptions = {}): Promise<BuildReport> {
    if (this.#running) return this.#running;
    if (this.pending === 0)
      return Promise.resolve({ linked: 0, quarantined: 0, seconds: 0, linkedPerSecond: 0, threads });
    this.#begin(threads);
    const report = this.#run(threads, options).finally(() => {
      this.#running = null;
    });
    this.#running = report;
    return report;
  }

  async #run(
    threads: number,
    { signal, onProgress, intervalMs = 250, most = Infinity }: StartOptions,
  ): Promise<BuildReport> {
    const tell = (): void => {
      onProgress?.(this.progress);
      const { linked, total, linkedPerSecond, etaSeconds } = this.progress;
      this.#platform.events.publish('silt:build:progress', {
        index: this.#index,
        linked,
        total,
        linkedPerSecond,
        etaSeconds,
      });
    };
    const listener = new AbortController(); // aborted by an onProgress that throws: the build ends with its error
    const { signal: either, release } = eitherOf([this.#closing.signal, listener.signal, signal]);
    const tellSafely = (): void => {
      try {
        tell();
      } catch (error) {
        listener.abort(error);
      }
    };
    const stopTelling = this.#platform.time.every(intervalMs, tellSafely, { idle: true });
    try {
      either.throwIfAborted();
      let left = most;
      for (const arena of this.#arenas()) {
        const build = new ArenaBuild(arena, this.#code, threads, { most: left });
        left -= build.rows;
        this.#linking = build;
        await build.run(either);
        if (left <= 0) break;
      }
      tell();
      return this.#end(threads);
    } catch (error) {
      this.#fail(error);
      throw error;
    } finally {
      this.#linking = undefined;
      stopTelling();
      release();
    }
  }

  #fail(error: unknown): void {
    this.#linkedAtEnd = this.#linkedSinceStart();
    this.#endedAt = this.#platform.time.now();
    this.#platform.events.publish('silt:build:error', { index: this.#index, error });
  }

  /** Its threads take up other work that waits for them, and what is left of this build behind that. */
  giveWay(): void {
    this.#linking?.giveWay();
  }

  /** Links what waits before it returns; returns how many rows, 0 while another build runs. */
  runSync(threads: number): number {
    if (this.running || this.pending === 0) return 0;
    this.#syncRunning = true;
    this.#begin(threads);
    try {
      for (const arena of this.#arenas()) new ArenaBuild(arena, this.#code, threads).runSync();
      return this.#end(threads).linked;
    } catch (error) {
      this.#fail(error);
      throw error instanceof BuildError ? error : new BuildError(String(error), error);
    } finally {
      this.#syncRunning = false;
    }
  }

  /** Ends the running build after the rows at hand, and waits for that. */
  async close(): Promise<void> {
    this.#closing.abort(new ClosedError());
    await this.settled();
  }
}
