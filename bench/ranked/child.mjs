// @ts-check
// The process of one engine that ranks: it builds, then answers every query several times.
import { serve } from '../base/child.mjs';
import { bytesOnDisk } from '../base/disk.mjs';
import { watchLoop } from '../base/loop.mjs';
import { settledMemory } from '../base/memory.mjs';

/** Searches that are not counted: code is compiled, pages are read. */
const WARM = 2;
/** No longer than this for one engine, but each query is answered once. */
const MOST_MS = 30_000;

/** @typedef {[document: number, score: number][]} Ranked numbers of documents and their scores, best first */

/**
 * @template Document, Query
 * @typedef {object} RankingEngine
 * @property {(documents: Document[]) => Promise<number>} build resolves to the milliseconds spent inside the engine
 * @property {(query: Query, k: number) => Ranked | Promise<Ranked>} search
 * @property {() => number | null} [ownBytes]
 * @property {() => void | Promise<void>} close
 */

/**
 * @template Document, Query
 * @param {(name: string, folder: string) => Promise<RankingEngine<Document, Query>>} open
 * @param {(options: any) => { documents: Document[], queries: Query[] }} make documents and queries, the same in every process
 */
export function serveRanked(open, make) {
  /** @type {RankingEngine<Document, Query>} */
  let engine;
  /** @type {Query[]} */
  let queries;
  serve({
    async build({ name, folder, options }) {
      const made = make(options);
      const { length: count } = made.documents;
      queries = made.queries;
      const before = await settledMemory();
      engine = await open(name, folder);
      const watched = watchLoop();
      const ms = await engine.build(made.documents);
      const loop = watched();
      const after = await settledMemory();
      const grown = after.resident - before.resident;
      return { count, perSecond: (1000 * count) / ms, bytes: (engine.ownBytes?.() ?? grown) / count, loop };
    },

    async search({ k, rounds }) {
      const until = performance.now() + MOST_MS;
      const watched = watchLoop();
      /** @type {number[]} */
      let times = [];
      /** @type {Ranked[]} */
      let answers = [];
      for (let round = 0; round === 0 || (round < WARM + rounds && performance.now() < until); round++) {
        // What was measured warm counts; where there is no time for that, what was measured first.
        if (round <= WARM) times = [];
        answers = [];
        for (const query of queries) {
          const began = performance.now();
          answers.push(await engine.search(query, k));
          times.push(performance.now() - began);
        }
      }
      return { times, answers, loop: watched() };
    },

    async close({ folder }) {
      await engine.close();
      return bytesOnDisk(folder);
    },
  });
}
