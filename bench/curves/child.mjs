// @ts-check
// The process of one engine. Its rows and its library are in memory before the first reading, so that the
// growth it reports is the index alone.
import { serve } from '../base/child.mjs';
import { readBuffer } from '../base/files.mjs';
import { settledMemory } from '../base/memory.mjs';
import { progress } from '../base/progress.mjs';
import { silt } from '../base/silt.mjs';
import { engineRow, loadEngine } from '../engines/engines.mjs';
import { measure, measureAtOnce } from './measure.mjs';

/** @typedef {Omit<import('../engines/engines.mjs').Setup, 'rows' | 'queries'>} Plain */
/** @typedef {{ rows: string, queries: string, truthIds: string, truthDistances: string }} Files */

/** @type {import('../engines/engines.mjs').Setup} */
let setup;
/** @type {import('../engines/engines.mjs').Engine} */
let engine;
/** @type {import('../data/truth.mjs').Truth} */
let truth;
/** @type {import('../base/memory.mjs').Memory} */
let before;

serve({
  async build(/** @type {{ name: string, plain: Plain, files: Files }} */ { name, plain, files }) {
    setup = {
      ...plain,
      rows: new Float32Array(readBuffer(files.rows)),
      queries: new Float32Array(readBuffer(files.queries)),
    };
    truth = {
      ids: new Int32Array(readBuffer(files.truthIds)),
      distances: new Float64Array(readBuffer(files.truthDistances)),
    };
    const create = await loadEngine(name);
    engine = create(setup);
    before = await settledMemory();
    const startedAt = performance.now();
    const seconds = await engine.build((done) => progress(`${name}, rows`, done, setup.rowCount, startedAt));
    return { seconds, vectorsPerSecond: setup.rowCount / seconds };
  },

  /** Which Node and kernel an engine runs on that is Silt. */
  async runs(/** @type {{ name: string }} */ { name }) {
    if (engineRow(name).package !== null) return null;
    const { HnswIndex } = await silt();
    const index = new HnswIndex({ dimension: 1, metric: 'euclidean' });
    const { kernel } = index;
    await index.close();
    return { node: process.version, kernel };
  },

  /** Waits until it has learned what it learns by itself; null where that is nothing. */
  learn: (/** @type {{ waitMs: number }} */ { waitMs }) => engine.learn?.(waitMs) ?? null,

  measure: (/** @type {Parameters<typeof measure>[3]} */ how) => measure(engine, setup, truth, how),

  atOnce: (/** @type {Parameters<typeof measureAtOnce>[3]} */ how) =>
    measureAtOnce(engine, setup, truth, how),

  /** After one pass of queries, so that scratch space and memory-mapped pages in use are counted too. */
  async memory() {
    for (let i = 0; i < setup.queryCount; i++) await engine.search(i);
    const now = await settledMemory();
    return {
      bytesPerRow: (now.resident - before.resident) / setup.rowCount,
      anonymousBytesPerRow: (now.anonymous - before.anonymous) / setup.rowCount,
      ownBytesPerRow: (engine.ownBytes?.() ?? Number.NaN) / setup.rowCount,
    };
  },

  close: () => engine.close(),
});
