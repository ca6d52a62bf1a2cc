/*
 * Which id lives in which slot of an engine. Ids are the keys of its rows; this is their way back, and thereby the
 * write path of an index without a store.
 */
import type { VectorPair } from '../api/vector-index.js';
import { type Id, normalId } from '../base/checks.js';
import type { Engine } from '../hnsw/engine.js';
import type { Match } from '../hnsw/query.js';
import { checkPair } from '../hnsw/vectors.js';
import { METRICS } from '../kernel/metrics.js';

export class IdMap {
  readonly engine: Engine;
  readonly #slots = new Map<Id, number>();

  constructor(engine: Engine) {
    this.engine = engine;
  }

  slotOf(id: Id): number | undefined {
    return this.#slots.get(id);
  }

  /**
   * Copies, checks and publishes rows, all or none; they wait in the window from then on. An id that lives
   * already, or comes again later in the batch, loses its earlier row.
   */
  append(pairs: Iterable<VectorPair>): number {
    const { engine } = this;
    const staged = engine.stage(pairs, 0, idOf);
    let slot = engine.slots;
    engine.publish(staged);
    for (const { key } of staged) {
      this.remove(key);
      this.#slots.set(key, slot++);
    }
    return staged.length;
  }

  /** Takes an id out; its row is never returned again. False if it was not there. */
  remove(id: Id): boolean {
    const slot = this.#slots.get(id);
    if (slot === undefined) return false;
    this.engine.mask(slot);
    return this.#slots.delete(id);
  }

  /** Takes out the rows that wait to be linked, and returns them in the order they came. */
  drain(): [Id, Float32Array][] {
    const taken = this.engine.drain();
    for (const [id] of taken) this.#slots.delete(id);
    return taken;
  }

  /** Takes up the rows of an engine that was read from a file. */
  adopt(): void {
    for (const arena of this.engine.arenas)
      for (const row of arena.liveRows()) this.#slots.set(arena.keyOf(row), arena.base + row);
  }

  /** Ids with their scores. */
  scored(matches: readonly Match[]): [Id, number][] {
    const { score } = METRICS[this.engine.options.metric];
    return matches.map(({ slot, distance }) => [this.engine.keyAt(slot), score(distance)]);
  }

  async close(): Promise<void> {
    await this.engine.close();
    this.#slots.clear();
  }
}

function idOf(pair: VectorPair, index: number): Id {
  checkPair(pair, index);
  return normalId(pair[0]);
}
