/*
 * The linking of all fields of a collection: one Indexer each, which goes by what waits in its own field. Builds of several fields
 * may run beside one another; their threads are those of the process, which take up work in the order in which it came.
 */
import type { BuildReport } from '../../api/upkeep.js';
import type { BackpressureError } from '../../base/errors.js';
import type { LiveField } from '../live-field.js';
import type { Backlog, Slowdown } from '../write/backpressure.js';
import type { Beside, Indexer } from './indexer.js';

const NOTHING: BuildReport = { linked: 0, quarantined: 0, threads: 0, seconds: 0, linkedPerSecond: 0 };

export class Indexers implements Slowdown {
  readonly #indexers: ReadonlyMap<LiveField, Indexer>;
  /** Where there is no field that is linked. */
  #pausedAlone: boolean;

  /** What is taken in beside: writers wait for that as well. */
  readonly #inverted: Slowdown;

  constructor(indexers: ReadonlyMap<LiveField, Indexer>, inverted: Slowdown, paused: boolean) {
    this.#indexers = indexers;
    this.#inverted = inverted;
    this.#pausedAlone = paused;
  }

  get #slowdowns(): readonly Slowdown[] {
    return [this.#inverted, ...this.#indexers.values()];
  }

  get #all(): Indexer[] {
    return [...this.#indexers.values()];
  }

  of(field: LiveField): Indexer {
    return this.#indexers.get(field)!;
  }

  start(): void {
    for (const indexer of this.#all) indexer.start();
  }

  get paused(): boolean {
    return this.#pausedAlone;
  }

  get building(): boolean {
    return this.#all.some(({ building }) => building);
  }

  /** Rows linked a second, of all fields. */
  get linkedPerSecond(): number {
    const building = this.#all.filter((indexer) => indexer.building);
    return (building.length > 0 ? building : this.#all).reduce((sum, one) => sum + one.linkedPerSecond, 0);
  }

  pause(): void {
    this.#pausedAlone = true;
    for (const indexer of this.#all) indexer.pause();
  }

  resume(): void {
    this.#pausedAlone = false;
    for (const indexer of this.#all) indexer.resume();
  }

  /** Of each field. */
  get backlogs(): Backlog[] {
    return this.#all.map((indexer) => indexer.backlog);
  }

  set compaction(beside: Beside | undefined) {
    for (const indexer of this.#all) indexer.compaction = beside;
  }

  waitMsFor(rows: number): number {
    return this.#slowdowns.reduce((most, one) => Math.max(most, one.waitMsFor(rows)), 0);
  }

  refusal(waitMs: number): BackpressureError {
    const slowest = this.#slowdowns.reduce((a, b) => (b.waitMsFor(1) > a.waitMsFor(1) ? b : a));
    return slowest.refusal(waitMs);
  }

  noteRate(linkedPerSecond: number): void {
    for (const indexer of this.#all) indexer.noteRate(linkedPerSecond);
  }

  /** Links what waits now, in all fields; see Indexer.build. */
  async build(signal?: AbortSignal): Promise<BuildReport> {
    const reports = await Promise.all(this.#all.map((indexer) => indexer.build(signal)));
    return reports.reduce(
      (all, one) => ({
        ...one,
        linked: all.linked + one.linked,
        quarantined: all.quarantined + one.quarantined,
        threads: Math.max(all.threads, one.threads),
        seconds: Math.max(all.seconds, one.seconds),
      }),
      NOTHING,
    );
  }

  /** No field is linked until what is returned is called; see Indexer.hold. */
  async hold(): Promise<() => void> {
    const free = await Promise.all(this.#all.map((indexer) => indexer.hold()));
    return () => {
      for (const one of free) one();
    };
  }

  async close(reason: unknown): Promise<void> {
    await Promise.all(this.#all.map((indexer) => indexer.close(reason)));
  }
}
