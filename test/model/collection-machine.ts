/*
 * The model of a collection: a Map of id → vector and version, and brute force. The machine does one random
 * operation after another to a collection and to the model, and compares what can be compared at each step.
 */
import { expect } from 'vitest';
import type { Filter } from '#silt/api/filter.js';
import { armStep, releaseSteps, STEPS } from '#silt/hnsw/build/fault-points.js';
import type { Collection, Database, Metric, PointId } from '#silt/index.js';
import { controlOfCollection, expectWalked, liveOf, same } from '../support/databases.js';
import { INDEXED, inText } from '../support/filtered.js';
import { filterToDelete, randomFilter, randomPayload } from '../support/filters.js';
import { expectExact, expectSound } from '../support/index.js';
import { METRICS } from '../support/oracle.js';
import { patching, randomChange } from '../support/patches.js';
import { integer, type Random, randomOf, vectorsFor } from '../support/random.js';
import { CollectionModel, type Drafted } from './collection-model.js';
import { expectScroll, expectTrueStatus, pairsOf } from './comparing.js';
import { Draws, type Operation, operationFrom } from './draws.js';
import type { Home } from './home.js';
import { raceCalls, type Turn, writeBatch, writeConditionally } from './updating.js';

export class CollectionMachine {
  readonly metric: Metric;
  readonly dimension: number;
  readonly #threads: number;
  arenas = 1; // most that the collection had when it was closed
  readonly #home: Home;
  readonly done: string[] = [];
  readonly #random: Random;
  readonly #draw: Draws;
  readonly #model = new CollectionModel();
  #db!: Database;
  #points!: Collection;
  #versions = 0;
  #seq = 0;
  #build: { controller: AbortController; ended: Promise<unknown> } | undefined;

  constructor(seed: number, home: Home) {
    const random = (this.#random = randomOf(seed));
    this.#home = home;
    this.metric = METRICS[integer(random, 0, METRICS.length)]!;
    this.dimension = [4, 20, 30, 40, 100][integer(random, 0, 5)]!;
    this.#threads = integer(random, 1, 4);
    this.#draw = new Draws(random, vectorsFor(this.metric, seed, 3000, this.dimension), this.#model);
  }

  get threads(): number {
    return this.#home.threads ?? this.#threads;
  }

  async begin(): Promise<void> {
    const { metric, dimension } = this;
    const storage = this.#random() < 0.3 ? 'disk' : 'memory';
    this.#db = await this.#home.open({ metric, dimension, storage }, this.#random);
    const indexing = {
      ...(this.#home.threads === undefined && { threads: this.threads }),
      mergeThreshold: integer(this.#random, 20, 300),
      maxBufferAgeMs: 20,
      paused: this.#random() < 0.3,
    };
    const config = { dimension, metric, storage, hnsw: this.#home.hnsw, indexing } as const;
    this.#points = await this.#db.createCollection('points', config);
  }

  get #operations(): Record<string, Operation> {
    return {
      upsert: [20, () => this.#upsert()],
      bulk: [this.#home.bulk, () => this.#upsert(150)],
      replace: [8, () => this.#replace()],
      filtered: [8, () => this.#filtered()],
      countMatching: [4, () => this.#countMatching()],
      scrollMatching: [2, () => this.#scroll(randomFilter(this.#random))],
      deleteMatching: [0.7, () => this.#deleteMatching()],
      patch: [8, () => this.#patch()],
      patchMatching: [2, () => this.#patchMatching()],
      index: [1, () => this.#index()],
      unindex: [0.4, () => this.#unindex()],
      race: [4, () => this.#update(raceCalls)],
      conditional: [5, () => this.#update(writeConditionally)],
      operations: [6, () => this.#update(writeBatch)],
      delete: [8, () => this.#delete()],
      exact: [8, () => this.#exact()],
      search: [16, () => this.#search()],
      batch: [3, () => this.#searchBatch()],
      get: [10, () => this.#get()],
      scroll: [3, () => this.#scroll()],
      count: [3, () => this.#count()],
      minSeq: [4, () => this.#minSeq()],
      turn: [6, () => new Promise((resolve) => setImmediate(resolve))],
      build: [3, () => this.#startBuild()],
      finish: [2, () => this.#finish()],
      abort: [2, () => this.#abort()],
      pause: [1, () => this.#points.pauseIndexing()],
      resume: [1, () => this.#points.resumeIndexing()],
      kill: [1.5, () => this.#kill()],
      compact: [0.3, () => this.#compact()],
      verify: [0.5, () => this.#verify()],
      reopen: [this.#home.reopening, () => this.#reopen()],
      sweep: [0.4, () => this.#sweep()],
    };
  }

  /** One random operation. */
  async step(): Promise<void> {
    const { name, run } = operationFrom(this.#random, this.#operations);
    this.done.push(name);
    await run();
    expectTrueStatus(this.#points.status(), this.#model, this.#seq);
  }

  /** Everything built, everything compared, also after reopening. */
  async end(): Promise<void> {
    await this.#finish();
    if (this.#home.path !== undefined) await this.#reopen();
    await this.#points.buildNow();
    expect(this.#points.status().pending).toBe(0);
    await this.#verify();
    await this.#sweep();
  }

  async close(): Promise<void> {
    await this.#db.close();
  }

  #point(id: PointId): Drafted {
    const version = ++this.#versions;
    return { id, vector: this.#draw.vector(), payload: { ...randomPayload(this.#random), version } };
  }

  /** Writes points, as the receipt must say it. */
  async #write(batch: readonly Drafted[]): Promise<void> {
    const written = this.#points.upsert(batch, {
      durability: this.#random() < 0.5 ? 'flushed' : 'committed',
    });
    const { inserted, replaced } = this.#model.write(batch);
    this.#seq += inserted + replaced;
    const receipt = await written;
    expect(receipt).toMatchObject({ seq: this.#seq, inserted, replaced, deleted: 0 });
    expect(receipt.rejected).toHaveLength(batch.length - inserted - replaced);
  }

  async #upsert(most = this.#random() < 0.6 ? 4 : 50): Promise<void> {
    await this.#write(
      Array.from({ length: integer(this.#random, 1, most) }, () => this.#point(this.#draw.id())),
    );
  }

  async #replace(): Promise<void> {
    await this.#write([this.#point(this.#draw.some() ?? 0)]);
  }

  async #update(make: (turn: Turn) => Promise<number>): Promise<void> {
    const point = (id: PointId): Drafted => this.#point(id);
    const [points, model, draw, random] = [this.#points, this.#model, this.#draw, this.#random];
    this.#seq += await make({ points, model, draw, random, point, version: ++this.#versions });
  }

  async #delete(): Promise<void> {
    const ids = Array.from({ length: integer(this.#random, 1, 8) }, () => this.#draw.id());
    const gone = this.#points.delete(ids);
    const deleted = ids.filter((id) => this.#model.rows.delete(id)).length;
    this.#seq += ids.length;
    expect(await gone).toMatchObject({ seq: this.#seq, deleted, inserted: 0, replaced: 0 });
  }

  async #exact(): Promise<void> {
    const [query, k] = [this.#draw.vector(), integer(this.#random, 1, 40)];
    const hits = await this.#points.search(query, { k, exact: true });
    expectExact(pairsOf(this.#model, hits), { rows: this.#model.plain, metric: this.metric, query, k });
  }

  async #search(): Promise<void> {
    const id = this.#draw.some();
    const query =
      this.#random() < 0.5 || id === undefined ? this.#draw.vector() : this.#model.rows.get(id)!.vector;
    const [k, ef] = [integer(this.#random, 1, 30), integer(this.#random, 30, 120)];
    const hits = await this.#points.search(query, { k, ef });
    const check = Math.max(k, ef) >= this.#model.rows.size ? expectExact : expectSound;
    check(pairsOf(this.#model, hits), { rows: this.#model.plain, metric: this.metric, query, k });
  }

  async #searchBatch(): Promise<void> {
    const queries = Array.from({ length: 5 }, () => this.#draw.vector());
    const answers = await this.#points.searchBatch(queries, { k: 5, exact: true });
    for (const [i, query] of queries.entries())
      expectExact(pairsOf(this.#model, answers[i]!), {
        rows: this.#model.plain,
        metric: this.metric,
        query,
        k: 5,
      });
  }

  async #get(): Promise<void> {
    const ids = [this.#draw.id(), this.#draw.id(), this.#draw.some() ?? 0];
    const stored = await this.#points.getMany(ids);
    for (const [i, id] of ids.entries()) {
      const row = this.#model.rows.get(id);
      expect(stored[i]?.payload?.['version'], String(id)).toBe(row?.version);
      if (row) expect(same(stored[i]!.vector!, row.vector)).toBe(true);
    }
  }

  async #scroll(filter?: Filter): Promise<void> {
    const after = this.#random() < 0.5 ? {} : { after: this.#draw.id() };
    const limit = this.#random() < 0.3 ? integer(this.#random, 0, 50) : 10_000;
    await expectScroll(this.#points, this.#model, { ...after, limit, ...(filter && { filter }) });
  }

  async #count(): Promise<void> {
    expect(await this.#points.count()).toBe(this.#model.rows.size);
  }

  async #filtered(): Promise<void> {
    const [query, k] = [this.#draw.vector(), integer(this.#random, 1, 40)];
    const [filter, exact] = [randomFilter(this.#random), this.#random() < 0.5];
    const matching = new Set(this.#model.matching(filter) as never[]);
    const hits = await this.#points.search(query, { k, exact, filter, ef: integer(this.#random, 30, 120) });
    const check = exact ? expectExact : expectSound;
    try {
      const admits = (id: unknown): boolean => matching.has(id as never);
      check(pairsOf(this.#model, hits), {
        rows: this.#model.plain,
        metric: this.metric,
        query,
        k,
        filter: admits,
      });
    } catch (error) {
      throw new Error(`${(error as Error).message}: ${inText(filter)}`, { cause: error });
    }
  }

  async #countMatching(): Promise<void> {
    const filter = randomFilter(this.#random);
    expect(await this.#points.count({ filter }), inText(filter)).toBe(this.#model.matching(filter).length);
  }

  /** Those that match and are few; the model shall not run empty. */
  async #deleteMatching(): Promise<void> {
    const ids = { has_id: [this.#draw.id(), this.#draw.id(), this.#draw.some() ?? 0] };
    const part = filterToDelete(this.#random); // `{}` says that all match only where nothing stands beside it
    const filter = { must: Object.keys(part).length > 0 ? [part, ids] : [ids] };
    const matching = this.#model.matching(filter);
    const gone = this.#points.delete({ filter });
    for (const id of matching) this.#model.rows.delete(id);
    this.#seq += matching.length;
    expect(await gone, inText(filter)).toMatchObject({ seq: this.#seq, deleted: matching.length });
  }

  /** Payloads of points change, and nothing else of them. */
  async #patch(): Promise<void> {
    const ids = Array.from({ length: integer(this.#random, 1, 8) }, () => this.#draw.some() ?? 0);
    if (this.#random() < 0.3) ids.push(this.#draw.id());
    const change = randomChange(this.#random, ++this.#versions);
    const patched = patching(this.#points, ids, change);
    const updated = this.#model.patch(ids, change);
    this.#seq += new Set(ids).size;
    if (this.#random() < 0.2) await this.#write([this.#point(ids[0]!)]);
    expect(await patched).toMatchObject({ updated, inserted: 0, replaced: 0, deleted: 0, rejected: [] });
  }

  async #patchMatching(): Promise<void> {
    const filter = filterToDelete(this.#random);
    const change = randomChange(this.#random, ++this.#versions);
    const patched = patching(this.#points, { filter }, change);
    const updated = this.#model.patch(this.#model.matching(filter), change);
    this.#seq += updated;
    expect(await patched, inText(filter)).toMatchObject({ seq: this.#seq, updated });
  }

  async #index(): Promise<void> {
    const [path, suited, other] = INDEXED[integer(this.#random, 0, INDEXED.length)]!;
    if (this.#model.indexes.has(path)) return;
    const kind = this.#random() < 0.7 ? suited : other;
    const made = this.#points.createPayloadIndex(path, kind);
    if (this.#random() < 0.5) await this.#write([this.#point(this.#draw.id())]);
    await made;
    this.#model.indexes.set(path, kind);
    this.#expectIndexes();
  }

  async #unindex(): Promise<void> {
    const [path] = INDEXED[integer(this.#random, 0, INDEXED.length)]!;
    expect(await this.#points.dropPayloadIndex(path)).toBe(this.#model.indexes.delete(path));
    this.#expectIndexes();
  }

  #expectIndexes(): void {
    const infos = this.#points.info().payloadIndexes;
    expect(infos.map(({ path, kind }) => [path, kind])).toEqual([...this.#model.indexes]);
  }

  /** A search that asks for a write that is under way sees it. */
  async #minSeq(): Promise<void> {
    const point = this.#point(this.#draw.id());
    const answer = this.#points.search(point.vector, { k: 500, exact: true, minSeq: this.#seq + 1 });
    await this.#write([point]);
    const mine = (await answer).filter(({ id }) => id === point.id);
    expect(mine.map(({ payload }) => payload)).toEqual(
      this.#model.rows.size > 500 && !mine[0] ? [] : [point.payload],
    );
  }

  #startBuild(): void {
    if (this.#build) return;
    const controller = new AbortController();
    const ended = this.#points.buildNow({ signal: controller.signal }).catch((error: unknown) => error);
    this.#build = { controller, ended };
  }

  async #finish(): Promise<void> {
    await this.#build?.ended;
    this.#build = undefined;
  }

  async #abort(): Promise<void> {
    this.#build?.controller.abort();
    await this.#finish();
  }

  /** A linker dies. Nothing else is linked meanwhile, so that it is a worker, and not this thread. */
  async #kill(): Promise<void> {
    if (this.threads === 1) return;
    this.#points.pauseIndexing();
    await this.#verify(); // no build runs any more
    if (this.#points.status().pending >= 64) {
      const control = controlOfCollection(this.#points);
      armStep(control, STEPS[integer(this.#random, 0, STEPS.length)]!, 'exit', { skip: 3 });
      expect((await this.#points.buildNow()).quarantined).toBe(0);
      releaseSteps(control);
    }
    if (this.#random() < 0.7) this.#points.resumeIndexing();
  }

  async #compact(): Promise<void> {
    await this.#finish();
    const { rows } = await this.#points.compact();
    expect(rows).toBe(this.#model.rows.size);
  }

  async #verify(): Promise<void> {
    await this.#finish();
    expect(await this.#points.verify()).toMatchObject({ ok: true, missingRows: 0, extraRows: 0 });
  }

  async #reopen(): Promise<void> {
    if (this.#random() < 0.5) await this.#finish();
    const { config } = this.#points;
    this.arenas = Math.max(this.arenas, liveOf(this.#points).graphs[0]!.engine.arenas.length);
    await this.#db.close();
    await this.#finish();
    this.#db = await this.#home.open(config, this.#random);
    this.#points = this.#db.collection('points');
    const indexing = { ...config.indexing, threads: this.threads, segmentCount: this.threads };
    expect(this.#points.config).toEqual({ ...config, indexing });
    this.#expectIndexes();
  }

  /** All rows: exactly, by id, and by their own vectors. */
  async #sweep(): Promise<void> {
    const rows = this.#model.plain;
    const [query, k] = [this.#draw.vector(), rows.size + 1];
    const hits = await this.#points.search(query, { k });
    expectExact(pairsOf(this.#model, hits), { rows, metric: this.metric, query, k });
    expectWalked(this.#points, rows, 200);
    const ids = [...this.#model.rows.keys()];
    const stored = await this.#points.getMany(ids);
    for (const [i, id] of ids.entries()) {
      const { vector, payload } = this.#model.rows.get(id)!;
      expect(same(stored[i]!.vector!, vector)).toBe(true);
      expect(stored[i]!.payload).toEqual(payload);
    }
    await this.#scroll();
  }
}
