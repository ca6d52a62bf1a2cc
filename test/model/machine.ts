/*
 * The model: a Map of id → vector and version, which rows wait, and brute force. The machine does one random
 * operation after another to the index and to the model, and compares what can be compared at each step.
 */
import { join } from 'node:path';
import { expect } from 'vitest';
import { AsyncIndexBuilder, type BuildReport, HnswIndex, type Id, type Metric } from '#silt/index.js';
import { engineOf, expectExact, expectOwnRank, expectSound, idsOf, searchAlone } from '../support/index.js';
import { METRICS } from '../support/oracle.js';
import { integer, type Random, randomOf, vectorsFor } from '../support/random.js';
import { type Operation, operationFrom } from './draws.js';

interface Running {
  /** Rows that waited when the build began, by version. */
  readonly rows: ReadonlyMap<Id, number>;
  readonly controller: AbortController;
  readonly promise: Promise<BuildReport>;
}

export class Machine {
  readonly metric: Metric;
  readonly dimension: number;
  readonly threads: number;
  readonly #random: Random;
  readonly #folder: string;
  readonly #vectors: Float32Array[];
  readonly #rows = new Map<Id, Float32Array>();
  readonly #versions = new Map<Id, number>();
  /** Rows that wait to be linked, with the version that waits. While a build runs, some are linked already. */
  readonly #waiting = new Map<Id, number>();
  #running: Running | undefined;
  #index: HnswIndex;
  #builder: AsyncIndexBuilder;
  #count = 0;
  readonly done: string[] = [];

  constructor(seed: number, folder: string) {
    const random = (this.#random = randomOf(seed));
    this.#folder = folder;
    this.metric = METRICS[integer(random, 0, METRICS.length)]!;
    this.dimension = [4, 20, 30, 40, 100][integer(random, 0, 5)]!;
    this.threads = integer(random, 1, 4);
    this.#vectors = vectorsFor(this.metric, seed, 4000, this.dimension);
    const { metric, dimension, threads } = this;
    this.#index = new HnswIndex({ metric, dimension, threads, seed, efConstruction: 60 });
    this.#builder = new AsyncIndexBuilder(this.#index);
  }

  get #operations(): Record<string, Operation> {
    return {
      enqueue: [14, () => this.#enqueue()],
      insert: [6, () => this.#insert()],
      remove: [10, () => this.#remove()],
      search: [18, () => this.#search()],
      filtered: [8, () => this.#filtered()],
      buffer: [6, () => this.#searchBuffer()],
      drain: [1, () => this.#drain()],
      trigger: [4, () => this.#trigger()],
      turn: [12, () => new Promise((resolve) => setImmediate(resolve))],
      finish: [4, () => this.#finish()],
      abort: [1, () => this.#abort()],
      flush: [2, () => this.#flush()],
      reload: [1, () => this.#reload()],
      sweep: [1, () => this.#sweep()],
    };
  }

  /** One random operation. */
  async step(): Promise<void> {
    if (this.#running && !this.#builder.isBuilding) await this.#finish(); // it has ended by itself
    const { name, run } = operationFrom(this.#random, this.#operations);
    this.done.push(name);
    await run();
    expect(this.#index.size).toBe(this.#rows.size);
    expect(this.#builder.isBuilding).toBe(engineOf(this.#index).build.running);
    if (!this.#running) expect(this.#builder.bufferLength).toBe(this.#waiting.size);
  }

  /** Everything built, everything compared. */
  async end(): Promise<void> {
    await this.#finish();
    await this.#builder.triggerBuildAsync();
    this.#waiting.clear();
    expect(this.#builder.bufferLength).toBe(0);
    expect(this.#index.verify()).toMatchObject({ ok: true });
    this.#sweep();
    await this.#index.close();
  }

  #vector(): Float32Array {
    return this.#vectors[integer(this.#random, 0, this.#vectors.length)]!;
  }

  /** An id: often one that lives, sometimes one that did or never did. */
  #id(): Id {
    const draw = this.#random();
    if (draw < 0.02) return 2n ** 64n - 1n - BigInt(integer(this.#random, 0, 5));
    return integer(this.#random, 0, draw < 0.6 ? 200 : 700);
  }

  #set(id: Id, vector: Float32Array): void {
    this.#rows.set(id, vector);
    this.#versions.set(id, ++this.#count);
  }

  #enqueue(): void {
    const size = this.#random() < 0.5 ? integer(this.#random, 0, 4) : integer(this.#random, 0, 60);
    const batch = Array.from({ length: size }, (): [Id, Float32Array] => [this.#id(), this.#vector()]);
    this.#builder.enqueue(batch);
    for (const [id, vector] of batch) {
      this.#set(id, vector);
      this.#waiting.delete(id); // a new row stands at the end
      this.#waiting.set(id, this.#count);
    }
  }

  #insert(): void {
    const [id, vector] = [this.#id(), this.#vector()];
    this.#index.insert(id, vector);
    this.#set(id, vector);
    this.#waiting.delete(id);
  }

  #remove(): void {
    const id = this.#id();
    expect(this.#index.has(id)).toBe(this.#rows.has(id));
    expect(this.#index.remove(id)).toBe(this.#rows.delete(id));
    expect(this.#index.has(id)).toBe(false);
    this.#waiting.delete(id);
  }

  #search(): void {
    const { metric } = this;
    const rows = this.#rows;
    const query = this.#vector();
    const k = integer(this.#random, 1, 40);
    const ef = this.#random() < 0.3 ? 16_384 : integer(this.#random, 30, 120);
    const hits = (this.#random() < 0.5 ? this.#index : this.#builder).search(query, k, { ef });
    if (Math.max(ef, k) >= rows.size) expectExact(hits, { rows, metric, query, k });
    else expectSound(hits, { rows, metric, query, k });
    const some = [...rows][integer(this.#random, 0, rows.size)];
    if (some) expectOwnRank((q, n) => searchAlone(this.#index, q, n, 80), { rows: new Map([some]), metric });
  }

  #filtered(): void {
    const { metric } = this;
    const rows = this.#rows;
    const query = this.#vector();
    const k = integer(this.#random, 1, 20);
    const one = this.#id();
    const part = integer(this.#random, 1, 100);
    const filter = part === 1 ? (id: Id) => id === one : (id: Id) => Number(BigInt(id) % 100n) < part;
    const hits = this.#index.search(query, k, { ef: 50, filter });
    const exact = [...rows.keys()].filter(filter).length < 50;
    (exact ? expectExact : expectSound)(hits, { rows, metric, query, k, filter });
  }

  #waitingRows(): Map<Id, Float32Array> {
    return new Map([...this.#waiting.keys()].map((id) => [id, this.#rows.get(id)!]));
  }

  #searchBuffer(): void {
    const query = this.#vector();
    const k = integer(this.#random, 1, 50);
    const hits = this.#builder.searchBuffer(query, k);
    const rows = this.#waitingRows();
    if (!this.#running) {
      expectExact(hits, { rows, metric: this.metric, query, k });
      return;
    }
    // Some that waited are linked by now; none has come.
    for (const id of idsOf(hits)) expect(rows.has(id)).toBe(true);
    const found = new Map(idsOf(hits).map((id) => [id, rows.get(id)!]));
    expectExact(hits, { rows: found, metric: this.metric, query, k: hits.length });
  }

  #drain(): void {
    const drained = this.#builder.drainBuffer();
    if (!this.#running) expect(drained).toEqual([...this.#waitingRows()]);
    for (const [id, vector] of drained) {
      expect(this.#waiting.delete(id)).toBe(true);
      expect(vector).toEqual(this.#rows.get(id));
      this.#rows.delete(id);
    }
  }

  #trigger(): void {
    const controller = new AbortController();
    const promise = this.#builder.triggerBuildAsync({ signal: controller.signal });
    promise.catch(() => {});
    if (this.#running) return; // joined
    if (this.#builder.isBuilding) this.#running = { rows: new Map(this.#waiting), controller, promise };
    else expect(this.#waiting.size).toBe(0);
  }

  async #finish(): Promise<void> {
    if (!this.#running) return;
    const { rows, promise } = this.#running;
    const { quarantined } = await promise;
    this.#running = undefined;
    expect(quarantined).toBe(0);
    for (const [id, version] of rows) if (this.#waiting.get(id) === version) this.#waiting.delete(id);
    expect(this.#index.verify()).toMatchObject({ ok: true });
  }

  async #abort(): Promise<void> {
    if (!this.#running) return;
    const { rows, controller, promise } = this.#running;
    controller.abort();
    await promise.catch((error: Error) => expect(error.name).toBe('AbortError'));
    this.#running = undefined;
    this.#adoptWaiting(rows);
  }

  /** Which rows wait is taken from the index, within what may be: of those of a build, some were linked. */
  #adoptWaiting(ofBuild: ReadonlyMap<Id, number>): void {
    const now = new Set(idsOf(this.#builder.searchBuffer(this.#vector(), 1_000_000)));
    for (const id of now) expect(this.#waiting.has(id), `${id} does not wait`).toBe(true);
    for (const [id, version] of this.#waiting) {
      if (now.has(id)) continue;
      expect(ofBuild.get(id), `${id} does not wait any more`).toBe(version);
      this.#waiting.delete(id);
    }
  }

  #flush(): void {
    const expected = this.#running ? 0 : this.#waiting.size;
    expect(this.#builder.flushSync()).toBe(expected);
    if (!this.#running) this.#waiting.clear();
  }

  /** Saves, perhaps in the middle of a build, and goes on with what was loaded. */
  async #reload(): Promise<void> {
    const path = join(this.#folder, 'model.silt');
    const { rows } = this.#running ?? { rows: new Map<Id, number>() };
    await this.#index.save(path);
    await this.#abortQuietly();
    await this.#index.close();
    this.#index = await HnswIndex.load(path, { threads: this.threads });
    this.#builder = new AsyncIndexBuilder(this.#index);
    this.#adoptWaiting(rows);
  }

  async #abortQuietly(): Promise<void> {
    this.#running?.controller.abort();
    await this.#running?.promise.catch(() => {});
    this.#running = undefined;
  }

  /** Under dot a short row is nobody's neighbour: a beam may pass by it, so only the exact scan is held to it. */
  #expectOwn(rows: Map<Id, Float32Array>, width: number): void {
    const { metric } = this;
    const ef = metric === 'dot' ? 16_384 : width;
    expectOwnRank((query, k) => this.#index.search(query, k, { ef }), { rows, metric });
    expectOwnRank((query, k) => searchAlone(this.#index, query, k, ef), { rows, metric });
  }

  #sweep(): void {
    const { metric } = this;
    const rows = this.#rows;
    const query = this.#vector();
    expectExact(this.#index.search(query, rows.size + 1), { rows, metric, query, k: rows.size + 1 });
    this.#expectOwn(rows, 200);
    for (const id of rows.keys()) expect(this.#index.has(id)).toBe(true);
  }
}
