/*
 * Random operations on a collection of several fields against its model: writes of all kinds, alone, in batches and at once; fields
 * that come and go; builds, compactions and payload indexes beside them; reopening, on machines of several sizes.
 * SILT_OPS: operations of each run; SILT_SEED: one seed alone; SILT_SEEDS: how many.
 */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Collection, Database } from '#silt/index.js';
import { amount } from '../support/amount.js';
import { CONFIG, FieldsModel, writeSome } from '../support/fields-model.js';
import { withFolder } from '../support/files.js';
import { integer, type Random, randomOf } from '../support/random.js';
import { newMemoryStore, openLmdb, openWith } from '../support/stores.js';
import { type Operation, operationFrom } from './draws.js';

const { SILT_SEED } = process.env;
const OPS = amount('SILT_OPS', 50, 150);
const SEEDS = SILT_SEED
  ? [Number(SILT_SEED)]
  : Array.from({ length: amount('SILT_SEEDS', 2, 16) }, (_, i) => i + 1);

const INDEXES = { n: 'integer', word: 'keyword' } as const;
class FieldsMachine {
  readonly done: string[] = [];
  readonly #random: Random;
  readonly #model: FieldsModel;
  readonly #path: string | undefined;
  #db!: Database;
  #points!: Collection;
  /** What goes on meanwhile: it may be aborted, and may not fail otherwise. */
  #beside: Promise<unknown>[] = [];
  #build = new AbortController();

  constructor(seed: number, path: string | undefined) {
    this.#random = randomOf(seed);
    this.#model = new FieldsModel(this.#random);
    this.#path = path;
  }

  async #open(): Promise<void> {
    const store = this.#path === undefined ? newMemoryStore() : await openLmdb(this.#path);
    this.#db = await openWith(store, undefined, { threads: integer(this.#random, 1, 4) });
  }

  async begin(): Promise<void> {
    await this.#open();
    const indexing = { mergeThreshold: integer(this.#random, 5, 30), maxBufferAgeMs: 20 };
    this.#points = await this.#db.createCollection('points', { ...CONFIG, indexing });
  }

  get #operations(): Record<string, Operation> {
    const points = this.#points;
    return {
      write: [40, () => writeSome(this.#model, points)],
      fields: [8, () => this.#changeFields()],
      build: [5, () => this.#startBuild()],
      abort: [2, () => this.#build.abort()],
      compact: [4, () => this.#leave(points.compact())],
      index: [3, () => this.#index()],
      pause: [1, () => points.pauseIndexing()],
      resume: [2, () => points.resumeIndexing()],
      verify: [2, () => this.#verify()],
      reopen: [this.#path === undefined ? 0 : 5, () => this.#reopen()],
    };
  }

  /** One random operation; then everything that can be asked is as in the model. */
  async step(): Promise<void> {
    const { name, run } = operationFrom(this.#random, this.#operations);
    this.done.push(name);
    await run();
    await this.#model.expectSearches(this.#points);
    if (this.#random() < 0.2) await this.#expectPoints();
  }

  async end(): Promise<void> {
    if (this.#path !== undefined) await this.#reopen();
    await this.#settled();
    this.#points.resumeIndexing();
    await this.#points.buildNow();
    await this.#verify();
    await this.#model.expectSearches(this.#points, 50);
    await this.#expectPoints();
  }

  async close(): Promise<void> {
    await this.#db.close();
    await this.#settled();
  }

  /** Of a field that goes, with a write before it that may name it, and is not waited for. */
  async #changeFields(): Promise<void> {
    const before = this.#random() < 0.5 ? writeSome(this.#model, this.#points) : undefined;
    await Promise.all([before, this.#model.changeFields()(this.#points)]);
  }

  #startBuild(): void {
    this.#build = new AbortController();
    this.#leave(this.#points.buildNow({ signal: this.#build.signal }));
  }

  /** It may be cut short by an abort, a pause, the end of a field, or of the database. */
  #leave(work: Promise<unknown>): void {
    const isCutShort = (error: { name?: string; code?: string; message?: string }): boolean =>
      error.name === 'AbortError' || error.code === 'CLOSED' || /dropped|paused/.test(error.message ?? '');
    const ended = work.catch((error: Error) => {
      if (!isCutShort(error)) throw error;
    });
    ended.catch(() => {}); // it is waited for later
    this.#beside.push(ended);
  }

  async #settled(): Promise<void> {
    await Promise.all(this.#beside.splice(0));
  }

  async #index(): Promise<void> {
    const path = this.#random() < 0.5 ? 'n' : 'word';
    if (!(await this.#points.dropPayloadIndex(path)))
      await this.#points.createPayloadIndex(path, INDEXES[path]);
  }

  async #expectPoints(): Promise<void> {
    const { rows } = this.#model;
    await this.#model.expectPoints(this.#points);
    const { points, fields } = this.#points.status();
    expect(points).toBe(rows.size);
    for (const { points: those, indexed, pending, quarantined } of Object.values(fields))
      expect(indexed + pending + quarantined).toBe(those);
    const some = [...rows.values()].map(({ payload }) => payload);
    const least = some[integer(this.#random, 0, Math.max(1, some.length))]?.n ?? 0;
    const byNumber = { must: { key: 'n', range: { gte: least } } };
    expect(await this.#points.count({ filter: byNumber })).toBe(some.filter(({ n }) => n >= least).length);
    const byWord = { must: { key: 'word', match: { value: 'hill' } } };
    expect(await this.#points.count({ filter: byWord })).toBe(
      some.filter(({ word }) => word === 'hill').length,
    );
  }

  async #verify(): Promise<void> {
    expect(await this.#points.verify()).toMatchObject({
      ok: true,
      missingRows: 0,
      extraRows: 0,
      unreadable: 0,
    });
  }

  async #reopen(): Promise<void> {
    await this.#db.close();
    await this.#settled();
    await this.#open();
    this.#points = this.#db.collection('points');
    const { '': _, ...named } = this.#points.status().fields;
    const graphs = [...this.#model.there].filter((name) => name !== 'm');
    expect(Object.keys(named).sort()).toEqual(graphs.sort());
  }
}

test.each(SEEDS)('SILT_SEED=%i', { timeout: 60_000 + 600 * OPS }, (seed) =>
  withFolder(async (folder) => {
    const machine = new FieldsMachine(seed, seed % 4 === 0 ? undefined : join(folder, 'db'));
    await machine.begin();
    try {
      for (let i = 0; i < OPS; i++) await machine.step();
      await machine.end();
    } catch (error) {
      const replay = `SILT_SEED=${seed} SILT_OPS=${OPS} npx vitest run test/model/fields`;
      const what = `after ${machine.done.length} operations: ${machine.done.slice(-8).join(' ')}`;
      throw new Error(`${replay}\n${what}\n${error instanceof Error ? error.message : error}`, {
        cause: error,
      });
    } finally {
      await machine.close();
    }
  }),
);
