/*
 * How good the graph's answers are: measured, on stored rows, which are asked as if they were not stored, and on queries
 * that were asked lately, against exact ones.
 */
import type { RecallReport } from '../../api/upkeep.js';
import { randomFrom } from '../../base/random.js';
import type { Sample } from '../../hnsw/measure.js';
import type { LiveIndex } from '../live-index.js';
import type { Reader } from '../read/reader.js';
import type { SearchParams, Use } from '../read/request.js';
import { sampleRows } from './sample.js';

/** The same, checked. */
export interface RecallRequest {
  readonly sample: number;
  readonly k: number;
  readonly recall?: number | undefined;
  readonly ef?: number | undefined;
  readonly using?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Row numbers, with the distances of the rows. */
const rowsOf: Use<[row: number, distance: number][]> = (live, { matches }) =>
  matches.map(({ slot, distance }) => [live.rows.rowAt(slot), distance]);

/** Compares graph and exact answers: half of the sample recent queries, as far as there are any. */
export async function measureRecall(
  live: LiveIndex,
  reader: Reader,
  { sample, k, recall: wished, ef, using }: RecallRequest,
  signal: AbortSignal,
): Promise<RecallReport> {
  const { field, recent, aims } = reader.searched(using);
  const asked: Sample[] = recent.copies(Math.floor(sample / 2)).map((vector) => ({ vector }));
  // Another sample after every write: the same rows again would tell nothing new.
  const random = randomFrom(field.spec.hnsw.seed + live.seq);
  const own = field.engine.live === 0 ? [] : sampleRows(field, sample - asked.length, random);
  const queries = field.engine.live === 0 ? [] : [...asked, ...own];
  const aim = aims.for({ k, recall: wished, ef, filtered: false });
  const nothing = { field, filter: undefined, withPayload: false, withVector: false };
  const walked: SearchParams = { ...nothing, k, ef: aim.ef, bound: aim.bound, exact: aim.exact };
  const compared: SearchParams = { ...nothing, k: k + 1, ef: aim.ef, exact: true };
  const { time } = live.platform;
  const told = { hits: 0, wanted: 0, queries: 0 };
  /** Of rows that are there twice, which tell little: whoever asks for a vector that is there finds it. */
  const ofDoubles = { hits: 0, wanted: 0, queries: 0 };
  for (const { vector, hidden } of queries) {
    await time.breathe();
    signal.throwIfAborted();
    const nearest = await reader.answer({ vector, params: compared }, rowsOf);
    const found = await reader.answer({ vector, hidden, params: walked }, rowsOf);
    const own = hidden === undefined ? undefined : nearest.find(([row]) => row === field.rowAt(hidden));
    const exact = nearest.filter((match) => match !== own).slice(0, k);
    const isDouble =
      hidden !== undefined &&
      (own ? exact.some(([, distance]) => distance === own[1]) : field.spec.metric !== 'dot');
    const worst = exact.at(-1)?.[1] ?? 0;
    const rows = new Set(exact.map(([row]) => row));
    // A row as near as the k-th is as good as it.
    const tally = isDouble ? ofDoubles : told;
    tally.hits += found.filter(([row, distance]) => rows.has(row) || distance <= worst).length;
    tally.wanted += exact.length;
    tally.queries++;
  }
  const { hits, wanted, queries: count } = told.wanted > 0 ? told : ofDoubles;
  const value = wanted === 0 ? 1 : Math.min(1, hits / wanted);
  return { k, target: aim.target ?? null, ef: aim.ef, value, sample: count, at: time.date() };
}
