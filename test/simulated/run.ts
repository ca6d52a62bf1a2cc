/*
 * One run of a database on a simulated machine: writes, deletions, builds, compactions and searches, and the power is lost
 * again and again, at any moment. After each opening, the database is compared with the model: it must be what the writes
 * made of it up to some moment, behind all that were acknowledged; nothing by half, nothing out of order.
 */
import { expect } from 'vitest';
import { machineOf } from '#silt/collection/config.js';
import { openWith } from '#silt/database/open.js';
import type { Collection, CollectionConfig, Database, Filter } from '#silt/index.js';
import { nodePlatform } from '#silt/platform/node/node.js';
import { Machine, type MachineOptions } from '#silt/platform/simulated/machine.js';
import { LogStore } from '#silt/store/log/log-store.js';
import { TASKS } from '#silt/threads/tasks.js';
import { integer, type Random, randomOf } from '../support/random.js';

const DIMENSION = 6;
const configOf = (random: Random): CollectionConfig => ({
  dimension: DIMENSION,
  metric: 'euclidean',
  storage: random() < 0.7 ? 'memory' : 'disk',
  hnsw: { m: 4, efConstruction: 20 },
  indexing: { mergeThreshold: 60, maxBufferAgeMs: 40, threads: integer(random, 1, 4) },
});
const IDS = 120;
const ARENA_BYTES = 1 << 21;

interface Held {
  readonly vector: Float32Array;
  readonly version: number;
}
type State = ReadonlyMap<number, Held>;

/** What the writes make of the collection, one after another; and up to where that must be there. */
class Model {
  /** After each write, in the order of the calls. */
  states: State[] = [new Map()];
  /** The writes below this are acknowledged, and on the disk. */
  safe = 0;
  /** Those below this are acknowledged. */
  acknowledged = 0;
  /** Whether the collection is acknowledged to be there. */
  made = false;
  version = 0;

  get last(): State {
    return this.states.at(-1)!;
  }

  write(change: (state: Map<number, Held>) => void): number {
    const state = new Map(this.last);
    change(state);
    return this.states.push(state) - 1;
  }

  /** After a loss of power: this is what is there. */
  restart(found: State): void {
    this.states = [found];
    this.safe = this.acknowledged = 0;
  }
}

function sameState(a: State, b: State): boolean {
  return a.size === b.size && [...a].every(([id, { version }]) => b.get(id)?.version === version);
}

export interface RunOptions extends Pick<MachineOptions, 'broken'> {
  readonly seed: number;
}

export class Run {
  readonly trace: string[] = [];
  readonly machine: Machine;
  readonly #random: Random;
  readonly #config: CollectionConfig;
  readonly #model = new Model();
  #db!: Database;
  #points: Collection | undefined;
  #making: Promise<void> | undefined;
  #rejected = 0;

  constructor({ seed, broken }: RunOptions) {
    const told = (line: string): void => {
      this.trace.push(line);
      // One that knows of writes that are lost now is right to be rejected.
      if (line.includes('silt:snapshot:rejected') && !line.includes('ahead of its store')) this.#rejected++;
    };
    this.machine = new Machine({ seed, told, ...(broken && { broken }) }, { ...nodePlatform, tasks: TASKS });
    this.#random = randomOf(seed ^ 0x5117);
    this.#config = configOf(this.#random);
  }

  async whole(): Promise<void> {
    const lives = integer(this.#random, 2, 5);
    for (let life = 0; life < lives; life++) {
      await this.#life();
      if (this.#random() < 0.2) await this.machine.until(this.#db.close());
      this.machine.losePower();
    }
    await this.#open();
    await this.#check();
    await this.machine.until(this.#db.close());
  }

  #note(line: string): void {
    this.trace.push(line);
  }

  async #life(): Promise<void> {
    await this.#open();
    if (this.#points) {
      await this.#check();
      if (this.#random() < 0.5) await this.#build();
    }
    const steps = integer(this.#random, 1, 30);
    for (let i = 0; i < steps; i++) await this.#step();
    // The power goes at any moment of what is under way.
    for (let left = integer(this.#random, 0, 40); left > 0; left--) await this.machine.step();
  }

  async #open(): Promise<void> {
    while (this.#random() < 0.25) {
      this.#opening().catch(() => {});
      for (let left = integer(this.#random, 0, 12); left > 0; left--) await this.machine.step();
      this.machine.losePower(); // while it opens, or just behind that
    }
    this.#db = await this.machine.until(this.#opening());
    expect(this.#rejected, 'damaged snapshots').toBe(0);
    this.#making = undefined;
    const found = this.#db.collections().some(({ name }) => name === 'points');
    if (this.#model.made) expect(found, 'the collection was acknowledged').toBe(true);
    this.#points = found ? this.#db.collection('points') : undefined;
    this.#model.made = found;
    if (!this.#points) return;
    const state = await this.machine.until(readAll(this.#points));
    this.#matchModel(state);
  }

  async #opening(): Promise<Database> {
    const platform = this.machine.boot();
    const machine = { ...machineOf(platform), arenaBytes: ARENA_BYTES };
    return openWith(await LogStore.open('/db', platform), 1_500, machine);
  }

  #matchModel(found: State): void {
    const { states, safe } = this.#model;
    const at = states.findIndex((state, i) => i >= safe && sameState(state, found));
    if (at < 0) {
      const last = states[safe]!;
      const lost = [...last].filter(([id, { version }]) => found.get(id)?.version !== version).length;
      expect.fail(
        `what is there is no state that the writes made: of ${last.size} points that were on the disk for certain, ${lost} differ; ${found.size} are there`,
      );
    }
    this.#note(`opened with state ${at} of ${states.length - 1}, ${safe} were safe`);
    for (const [id, { vector }] of found) expect([...vector]).toEqual([...states[at]!.get(id)!.vector]);
    this.#model.restart(states[at]!);
  }

  /** Nothing was rejected, nothing is missing, and searches are exact. Only when no write is under way. */
  async #check(): Promise<void> {
    const points = this.#points;
    if (!points) return;
    const state = this.#model.last;
    const report = await this.machine.until(points.verify());
    expect(report).toMatchObject({ ok: true, missingRows: 0, extraRows: 0, missingIds: 0, extraIds: 0 });
    expect(await this.machine.until(points.count())).toBe(state.size);
    const least = this.#random() * this.#model.version;
    const newer = [...state.values()].filter(({ version }) => version >= least).length;
    const filter = { must: [{ key: 'version', range: { gte: least } }] };
    expect(await this.machine.until(points.count({ filter }))).toBe(newer);
    await this.#compareSearches(state);
  }

  async #compareSearches(state: State): Promise<void> {
    for (const k of [1, 5, 200]) {
      const query = this.#vector();
      const wanted = [...state]
        .map(([id, { vector }]) => ({ id, score: distance(query, vector) }))
        .sort((a, b) => a.score - b.score)
        .slice(0, k);
      const hits = await this.machine.until(this.#points!.search(query, { k, ef: 400 }));
      expect(hits.length).toBe(wanted.length);
      for (const [i, { score }] of hits.entries()) expect(score).toBeCloseTo(wanted[i]!.score, 4);
      expect(new Set(hits.map(({ id }) => id)).size).toBe(hits.length);
      for (const { id, payload } of hits)
        expect(payload).toEqual({ version: state.get(id as number)!.version });
    }
  }

  #vector(): Float32Array {
    return Float32Array.from({ length: DIMENSION }, () => this.#random() - 0.5);
  }

  async #step(): Promise<void> {
    const points = this.#points;
    if (!points) {
      this.#making ??= this.#make();
      if (this.#random() < 0.3)
        await this.machine.step(); // the power may go meanwhile
      else await this.machine.until(this.#making);
      return;
    }
    const kind = this.#random();
    if (kind < 0.5) this.#upsert(points);
    else if (kind < 0.6) this.#delete(points);
    else if (kind < 0.66) this.#patch(points);
    else if (kind < 0.7) this.#batch(points);
    else if (kind < 0.75) await this.#settle(points);
    else if (kind < 0.8) await this.#build();
    else if (kind < 0.83) this.#leave(points.compact());
    else if (kind < 0.86) this.#leave(points.buildNow());
    else for (let left = integer(this.#random, 1, 15); left > 0; left--) await this.machine.step();
  }

  async #make(): Promise<void> {
    this.#points = await this.#db.createCollection('points', this.#config);
    this.#model.made = true;
    if (this.#random() < 0.5) await this.#points.createPayloadIndex('version', 'integer');
  }

  #leave(work: Promise<unknown>): void {
    work.catch((error: unknown) => this.#note(`failed: ${error}`));
  }

  #upsert(points: Collection): void {
    const count = integer(this.#random, 1, this.#random() < 0.2 ? 60 : 8);
    const written = Array.from({ length: count }, () => {
      const version = ++this.#model.version;
      return { id: integer(this.#random, 0, IDS), vector: this.#vector(), payload: { version } };
    });
    const flushed = this.#random() < 0.8;
    const at = this.#model.write((state) => {
      for (const { id, vector, payload } of written) state.set(id, { vector, version: payload.version });
    });
    this.#note(`upsert ${count} as ${at}`);
    this.#told(points.upsert(written, { durability: flushed ? 'flushed' : 'committed' }), at, flushed);
  }

  #delete(points: Collection): void {
    const ids = Array.from({ length: integer(this.#random, 1, 20) }, () => integer(this.#random, 0, IDS));
    const at = this.#model.write((state) => {
      for (const id of ids) state.delete(id);
    });
    this.#note(`delete as ${at}`);
    this.#told(points.delete(ids), at, true);
  }

  #patch(points: Collection): void {
    const ids = Array.from({ length: integer(this.#random, 1, 20) }, () => integer(this.#random, 0, IDS));
    const version = ++this.#model.version;
    const flushed = this.#random() < 0.8;
    const at = this.#model.write((state) => {
      for (const id of ids) if (state.has(id)) state.set(id, { ...state.get(id)!, version });
    });
    this.#note(`patch as ${at}`);
    const durability = flushed ? 'flushed' : 'committed';
    this.#told(points.setPayload(ids, { version }, { durability }), at, flushed);
  }

  /** Several operations in one commit, of which some go by what those before them leave. */
  #batch(points: Collection): void {
    const [first, second] = [++this.#model.version, ++this.#model.version];
    const least = Math.floor(this.#random() * first);
    const written = Array.from({ length: integer(this.#random, 1, 20) }, () => ({
      id: integer(this.#random, 0, IDS),
      vector: this.#vector(),
      payload: { version: first },
    }));
    const below = (version: number): Filter => ({ must: { key: 'version', range: { lt: version } } });
    const at = this.#model.write((state) => {
      for (const [id, { version }] of state) if (version < least) state.delete(id);
      for (const { id, vector, payload } of written)
        if (!state.has(id)) state.set(id, { vector, version: payload.version });
      for (const [id, held] of state) if (held.version >= first) state.set(id, { ...held, version: second });
    });
    this.#note(`batch as ${at}`);
    const work = points.batch([
      { delete: { filter: below(least) } },
      { upsert: [...new Map(written.reverse().map((point) => [point.id, point])).values()], mode: 'insert' },
      { setPayload: { filter: { must_not: below(first) } }, payload: { version: second } },
    ]);
    this.#told(work, at, true);
  }

  #told(work: Promise<unknown>, at: number, flushed: boolean): void {
    const model = this.#model;
    const { states } = model;
    work.then(
      () => {
        if (model.states !== states) return; // of a life before
        model.acknowledged = Math.max(model.acknowledged, at);
        if (flushed) model.safe = Math.max(model.safe, at);
      },
      (error: unknown) => expect.fail(`write ${at} failed: ${error}`),
    );
  }

  /** Waits for all that was written, and compares. */
  async #settle(points: Collection): Promise<void> {
    const at = this.#model.states.length - 1;
    await this.machine.until(points.delete([]));
    while (this.#model.acknowledged < at) await this.machine.step();
    await this.#compareSearches(this.#model.last);
    this.#note(`compared ${this.#model.last.size} points`);
  }

  async #build(): Promise<void> {
    const points = this.#points!;
    await this.#settle(points);
    await this.machine.until(points.buildNow());
    if (this.#random() < 0.3) await this.machine.until(points.compact());
    await this.#check();
  }
}

function distance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
  return Math.sqrt(sum);
}

async function readAll(points: Collection): Promise<State> {
  const state = new Map<number, Held>();
  for await (const { id, vector, payload } of points.scroll({ withVector: true }))
    state.set(id as number, { vector: vector!, version: (payload as { version: number }).version });
  return state;
}
