// @ts-check
// Keyword search, best ten by BM25: each engine in a process of its own, on the same words and queries.
import { figure } from '../base/numbers.mjs';
import { compareRanked, rankedTable } from '../ranked/compare.mjs';
import { describeTexts } from './texts.mjs';

const PEERS = ['zvec', 'lancedb', 'fts5', 'minisearch', 'orama'];

/** @param {null} _ @param {import('../options.mjs').Options} options */
export async function runText(_, options) {
  const { name, count } = describeTexts(options);
  const engines = ['silt', ...(options.quick ? ['minisearch'] : PEERS)];
  const chosen = engines.filter((engine) => options.only.includes(engine));
  const child = new URL('child.mjs', import.meta.url);
  const rows = await compareRanked({ section: 'text', child, engines: chosen }, options);
  const title = `Keyword search: ${figure(count)} texts (${name}), best 10 by BM25`;
  return { result: { texts: name, documents: count, rows }, text: rankedTable(title, 'text', rows) };
}
