/*
 * One run of a database on a simulated machine: writes, deletions, builds, compactions and searches, and the power is lost
 * again and again, at any moment. After each opening, the database is compared with the model: it must be what the writes
 * made of it up to some moment, behind all that were acknowledged; nothing by half, nothing out of order.
 */
import { expect } from 'vitest';
import { machineOf } from '#silt/collection/config.js';
import { openWith } from '#silt/database/over-store.js';
import type { Collection, CollectionConfig, Database, Filter, PointInput } from '#silt/index.js';
import { nodePlatform } from '#silt/platform/node/node.js';
import { Machine, type MachineOptions } from '#silt/platform/simulated/machine.js';
import { LogStore } from '#silt/store/log/log-store.js';
import { TASKS } from '#silt/threads/tasks.js';
import {
  expectAnswers,
  FIELDS,
  type Held,
  type Kind,
  type Payload,
  PLAIN,
  type State,
} from '../support/kinds.js';
import { integer, type Random, randomOf } from '../support/random.js';

const IDS = 120;
const ARENA_BYTES = 1 << 21;

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

const versionOf = (state: State, id: number): number | undefined => state.get(id)?.payload.version;

function sameState(a: State, b: State): boolean {
  return a.size === b.size && [...a.keys()].every((id) => versionOf(a, id) === versionOf(b, id));
}

export interface RunOptions extends Pick<MachineOptions, 'broken'> {
  readonly seed: number;
  /** Points have several fields, and not one vector. */
  readonly fields?: boolean;
}

export class Run {
  readonly trace: string[] = [];
  readonly machine: Machine;
  readonly #random: Random;
  readonly #kind: Kind;
  readonly #config: CollectionConfig;
  readonly #model = new Model();
  #db!: Database;
  #points: Collection | undefined;
  #making: Promise<void> | undefined;
  #rejected = 0;

  constructor({ seed, broken, fields = false }: RunOptions) {
    const told = (line: string): void => {
      this.trace.push(line);
      // One that knows of writes that are lost now is right to be rejected.
      if (line.includes('silt:snapshot:rejected') && !line.includes('ahead of its store')) this.#rejected++;
    };
    this.machine = new Machine({ seed, told, ...(broken && { broken }) }, { ...nodePlatform, tasks: TASKS });
    this.#random = randomOf(seed ^ 0x5117);
    this.#kind = fields ? FIELDS : PLAIN;
    this.#config = this.#kind.config(this.#random);
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
      const lost = [...last.keys()].filter((id) => versionOf(last, id) !== versionOf(found, id)).length;
      expect.fail(
        `what is there is no state that the writes made: of ${last.size} points that were on the disk for certain, ${lost} differ; ${found.size} are there`,
      );
    }
    this.#note(`opened with state ${at} of ${states.length - 1}, ${safe} were safe`);
    for (const [id, held] of found) expect(held).toEqual(states[at]!.get(id));
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
    const newer = [...state.values()].filter(({ payload }) => payload.version >= least).length;
    const filter = { must: [{ key: 'version', range: { gte: least } }] };
    expect(await this.machine.until(points.count({ filter }))).toBe(newer);
    await this.#compareSearches(state);
  }

  async #compareSearches(state: State): Promise<void> {
    for (const question of this.#kind.questions(this.#random, state))
      await expectAnswers(this.#points!, question, state, (work) => this.machine.until(work));
  }

  #point(id: number, version: number): Held & { readonly id: number } {
    const vector = this.#kind.vector(this.#random);
    return { id, vector, payload: { version, ...this.#kind.payload(this.#random) } };
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
    else if (kind < 0.73) this.#changeVectors(points);
    else if (kind < 0.77) await this.#settle(points);
    else if (kind < 0.81) await this.#build();
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
    const written = Array.from({ length: count }, () =>
      this.#point(integer(this.#random, 0, IDS), ++this.#model.version),
    );
    const flushed = this.#random() < 0.8;
    const at = this.#model.write((state) => {
      for (const { id, vector, payload } of written) state.set(id, { vector, payload });
    });
    this.#note(`upsert ${count} as ${at}`);
    this.#told(
      points.upsert(written as readonly PointInput[], { durability: flushed ? 'flushed' : 'committed' }),
      at,
      flushed,
    );
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
    const change: Payload = { version: ++this.#model.version, ...this.#kind.payload(this.#random) };
    const flushed = this.#random() < 0.8;
    const at = this.#model.write((state) => {
      for (const id of ids) if (state.has(id)) state.set(id, patched(state.get(id)!, change));
    });
    this.#note(`patch as ${at}`);
    const durability = flushed ? 'flushed' : 'committed';
    this.#told(points.setPayload(ids, { ...change }, { durability }), at, flushed);
  }

  /** Vectors change in place, or one of several is deleted; with the version, which tells the states apart. */
  #changeVectors(points: Collection): void {
    const drawn = Array.from({ length: integer(this.#random, 1, 20) }, () => integer(this.#random, 0, IDS));
    const [ids, vector] = [[...new Set(drawn)], this.#kind.vector(this.#random)];
    const version = ++this.#model.version;
    const at = this.#model.write((state) => {
      for (const id of ids) {
        const held = state.get(id);
        if (held)
          state.set(id, patched({ ...held, vector: this.#kind.changed(held.vector, vector) }, { version }));
      }
    });
    this.#note(`change vectors as ${at}`);
    const operations = [this.#kind.operation(ids, vector), { setPayload: ids, payload: { version } }];
    this.#told(points.batch(operations), at, true);
  }

  /** Several operations in one commit, of which some go by what those before them leave. */
  #batch(points: Collection): void {
    const [first, second] = [++this.#model.version, ++this.#model.version];
    const least = Math.floor(this.#random() * first);
    const written = Array.from({ length: integer(this.#random, 1, 20) }, () =>
      this.#point(integer(this.#random, 0, IDS), first),
    );
    const change: Payload = { version: second, ...this.#kind.payload(this.#random) };
    const below = (version: number): Filter => ({ must: { key: 'version', range: { lt: version } } });
    const at = this.#model.write((state) => {
      for (const [id, { payload }] of state) if (payload.version < least) state.delete(id);
      for (const { id, vector, payload } of written) if (!state.has(id)) state.set(id, { vector, payload });
      for (const [id, held] of state) if (held.payload.version >= first) state.set(id, patched(held, change));
    });
    const own = [...new Map(written.reverse().map((point) => [point.id, point])).values()];
    this.#note(`batch as ${at}`);
    const work = points.batch([
      { delete: { filter: below(least) } },
      { upsert: own as readonly PointInput[], mode: 'insert' },
      { setPayload: { filter: { must_not: below(first) } }, payload: { ...change } },
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

function patched({ vector, payload }: Held, change: Payload): Held {
  return { vector, payload: { ...payload, ...change } };
}

async function readAll(points: Collection): Promise<State> {
  const state = new Map<number, Held>();
  for await (const { id, vector, payload } of points.scroll({ withVector: true }))
    state.set(id as number, { vector, payload: payload as unknown as Payload });
  return state;
}
