// @ts-check
// Asks one query after another at a steady pace from the calling thread, as a server would, and keeps how
// long each took. Between two of them the event loop turns, so that builds and timers get their share.
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';

const EVERY_MS = 2;

/**
 * @template Query
 * @param {(query: Query) => unknown} search
 * @param {Query[]} queries
 * @param {(asked: number) => boolean} more
 * @returns {Promise<number[]>} microseconds per query
 */
export async function ask(search, queries, more) {
  /** @type {number[]} */
  const micros = [];
  for (let asked = 0; more(asked); asked++) {
    const query = /** @type {Query} */ (queries[asked % queries.length]);
    const startedAt = performance.now();
    await search(query);
    micros.push((performance.now() - startedAt) * 1000);
    await sleep(EVERY_MS);
    await turn();
  }
  return micros;
}
