// @ts-check
// What keyword, vector and hybrid search are worth on questions that experts judged (Cranfield): nDCG@10 and recall@100. The
// engines do with English what they do by themselves; vectors are means of GloVe vectors, for all the same.
import { rmSync } from 'node:fs';
import { figure } from '../base/numbers.mjs';
import { note } from '../base/progress.mjs';
import { silt } from '../base/silt.mjs';
import { loadDataset } from '../data/datasets.mjs';
import { scratchPath } from '../data/scratch.mjs';
import { table } from '../report/table.mjs';
import { openText } from '../text/engines.mjs';
import { cranfield } from './cranfield.mjs';
import { embedder } from './embed.mjs';
import { ndcg, recall } from './judge.mjs';

const DEPTH = 100;
const FUSED = 500;
const WEIGHTS = [10, 1];
const PEERS = ['zvec', 'lancedb', 'fts5', 'minisearch', 'orama'];

/** @typedef {{ name: string, ndcg: number, recall: number }} Row */

/** @param {null} _ @param {import('../options.mjs').Options} options */
export async function runQuality(_, options) {
  const { cranfieldDir, only } = options;
  const { documents, questions } = cranfield(cranfieldDir);
  const words = await loadDataset('glove', options); // last: it is large
  const embed = embedder(words);
  const bodies = documents.map(({ text }) => text);
  /** @type {Row[]} */
  const rows = [];

  /** @param {string} name @param {(question: string) => Promise<number[]>} rank */
  const judge = async (name, rank) => {
    const found = { ndcg: /** @type {number[]} */ ([]), recall: /** @type {number[]} */ ([]) };
    for (const { text, gains } of questions) {
      if (gains.size === 0) continue;
      const ranked = (await rank(text)).map((place) => Number(documents[place]?.id));
      found.ndcg.push(Number(ndcg(ranked, gains)));
      found.recall.push(Number(recall(ranked, gains, DEPTH)));
    }
    const mean = (/** @type {number[]} */ values) => values.reduce((a, b) => a + b, 0) / values.length;
    rows.push({ name, ndcg: mean(found.ndcg), recall: mean(found.recall) });
  };

  const { open } = await silt();
  const db = await open();
  const collection = await db.createCollection('abstracts', {
    dimension: words.dimension,
    metric: 'cosine',
    text: { body: { path: 'body', language: 'english' } },
  });
  const known = (/** @type {Float32Array} */ vector) => vector.some((value) => value !== 0);
  await collection.upsert(
    bodies.map((body, id) => {
      const vector = embed(body);
      return { id, payload: { body }, ...(known(vector) && { vector }) };
    }),
  );
  const ids = (/** @type {{ id: unknown }[]} */ hits) => hits.map(({ id }) => Number(id));
  const k = DEPTH;
  const text = (/** @type {string} */ question) => ({ query: { text: question }, k });
  const dense = (/** @type {string} */ question) => ({ query: embed(question), k });
  await judge('Silt, text', async (question) => ids(await collection.query(text(question))));
  await judge('Silt, vectors', async (question) => ids(await collection.query(dense(question))));
  // The vectors are weak beside the words here, so they weigh little; longer lists are fused, so that each has what the other finds.
  const lists = (/** @type {string} */ question) =>
    [text(question), dense(question)].map((one) => ({ ...one, k: FUSED }));
  for (const fusion of ['rrf', 'dbsf', 'weighted'])
    await judge(`Silt, both by ${fusion}, ${WEIGHTS.join(' : ')}`, async (question) =>
      ids(await collection.query({ query: { fusion, weights: WEIGHTS }, prefetch: lists(question), k })),
    );
  await db.close();

  for (const name of PEERS) {
    if (!only.includes(name)) continue;
    const folder = scratchPath(`quality-${name}`);
    try {
      const engine = await openText(name, { folder, stems: true });
      await engine.build(bodies);
      await judge(`${name}, text`, async (question) =>
        (await engine.search(plain(question), k)).map(([place]) => place),
      );
      await engine.close();
    } catch (error) {
      note(`quality: ${name} failed: ${error instanceof Error ? error.message : error}`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return { result: { documents: documents.length, questions: questions.length, rows }, text: describe(rows) };
}

/** Some engines have a language of queries, in which signs mean something. @param {string} question */
function plain(question) {
  return question.replace(/[^\p{L}\p{N}]+/gu, ' ').trim();
}

/** @param {Row[]} rows */
function describe(rows) {
  const body = rows.map(({ name, ndcg, recall }) => [name, figure(ndcg, 4), figure(recall, 4)]);
  return `What rankings are worth: Cranfield\n\n${table(['', 'nDCG@10', 'recall@100'], body)}`;
}
