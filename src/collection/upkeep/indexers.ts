/*
 * The linking of all fields of a collection: one Indexer each, which goes by what waits in its own field. Builds of several fields
 * may run beside one another; their threads are those of the process, which take up work in the order in which it came. So
 * that they link what has waited longest, builds of several fields ask for them in that order, and one that begins has those
 * give way whose rows have waited less.
 */
import type { BuildReport } from '../../api/upkeep.js';
import type { BackpressureError } from '../../base/errors.js';
import type { LiveField } from '../live-field.js';
import type { Backlog, Slowdown } from '../write/backpressure.js';
import type { Beside, Indexer } from './indexer.js';

const NOTHING: BuildReport = { linked: 0, quarantined: 0, threads: 0, seconds: 0, linkedPerSecond: 0 };

export class Indexers implements Slowdown {
  readonly #indexers = new Map<LiveField, Indexer>();
  #paused: boolean;
  /** What is taken in beside: writers wait for that as well. */
  readonly #inverted: Slowdown;
  /** Each lets nothing be linked now: also in fields that come meanwhile. */
  readonly #holds = new Set<(indexer: Indexer) => void>();

  constructor(inverted: Slowdown, paused: boolean) {
    this.#inverted = inverted;
    this.#paused = paused;
  }

  add(field: LiveField, indexer: Indexer): void {
    this.#indexers.set(field, indexer);
    indexer.onBegun = () => this.#giveWayTo(indexer);
    if (indexer.paused && !this.#paused) indexer.resume();
    if (!indexer.paused && this.#paused) indexer.pause();
    for (const hold of this.#holds) hold(indexer);
  }

  /** Its field is no more: no build begins, and the running one ends. Resolves when it has. */
  remove(field: LiveField, reason: unknown): Promise<void> {
    const indexer = this.of(field);
    this.#indexers.delete(field);
    return indexer.close(reason);
  }

  get #slowdowns(): readonly Slowdown[] {
    return [this.#inverted, ...this.#indexers.values()];
  }

  get #all(): Indexer[] {
    return [...this.#indexers.values()];
  }

  /** Those whose rows have waited longest first. */
  get #inOrder(): Indexer[] {
    return this.#all.sort((a, b) => b.waitedMs - a.waitedMs);
  }

  #giveWayTo(one: Indexer): void {
    for (const other of this.#all)
      if (other !== one && other.building && other.waitedMs < one.waitedMs) other.giveWay();
  }

  of(field: LiveField): Indexer {
    return this.#indexers.get(field)!;
  }

  start(): void {
    for (const indexer of this.#all) indexer.start();
  }

  get paused(): boolean {
    return this.#paused;
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
    this.#paused = true;
    for (const indexer of this.#all) indexer.pause();
  }

  resume(): void {
    this.#paused = false;
    for (const indexer of this.#inOrder) indexer.resume();
  }

  /** Of each field. */
  get backlogs(): Backlog[] {
    return this.#all.map((indexer) => indexer.backlog);
  }

  set compaction(beside: Beside | undefined) {
    for (const indexer of this.#all) indexer.compaction = beside;
  }

  waitMsFor(rows: number, changed = 0): number {
    return this.#slowdowns.reduce((most, one) => Math.max(most, one.waitMsFor(rows, changed)), 0);
  }

  refusal(waitMs: number): BackpressureError {
    const slowest = this.#slowdowns.reduce((a, b) => (b.waitMsFor(1) > a.waitMsFor(1) ? b : a));
    return slowest.refusal(waitMs);
  }

  noteRate(linkedPerSecond: number): void {
    for (const indexer of this.#all) indexer.noteRate(linkedPerSecond);
  }

  /** Links what waits now, in all fields; see Indexer.build. In one that is dropped meanwhile, nothing is. */
  async build(signal?: AbortSignal): Promise<BuildReport> {
    const build = async (indexer: Indexer): Promise<BuildReport> => {
      try {
        return await indexer.build(signal);
      } catch (error) {
        if (this.#all.includes(indexer)) throw error;
        return NOTHING;
      }
    };
    const reports = await Promise.all(this.#inOrder.map(build));
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
    const held: Promise<() => void>[] = [];
    const hold = (indexer: Indexer): void => {
      held.push(indexer.hold());
    };
    for (const indexer of this.#all) hold(indexer);
    this.#holds.add(hold);
    await Promise.all(held);
    return () => {
      this.#holds.delete(hold);
      for (const one of held) void one.then((free) => free());
    };
  }

  async close(reason: unknown): Promise<void> {
    await Promise.all(this.#all.map((indexer) => indexer.close(reason)));
  }
}
