/*
 * Calls that are answered with 501, by the rows of docs/QDRANT.md that say so. They are asked of a client with a collection `c` of a
 * dense vector and a sparse one, `s`.
 */
import type { QdrantClient } from '#silt/server/qdrant/index.js';
import { say } from './cases.js';

export type Call = (of: QdrantClient) => Promise<unknown>;

const query =
  (body: object): Call =>
  (of) =>
    of.query('c', say(body));
const create =
  (body: object): Call =>
  (of) =>
    of.createCollection('n', say(body));
const update =
  (body: object): Call =>
  (of) =>
    of.updateCollection('c', say(body));
const index =
  (params: object): Call =>
  (of) =>
    of.createPayloadIndex('c', { field_name: 'f', field_schema: say({ type: 'text', ...params }) });
const upsert =
  (body: object): Call =>
  (of) =>
    of.upsert('c', say(body));

const document = { text: 'red', model: 'm' };
const nearest = query({ query: { nearest: document } });
const bytes = { size: 2, distance: 'Cosine', datatype: 'uint8' };

const WORDS = [
  index({ tokenizer: 'whitespace' }),
  index({ tokenizer: 'prefix' }),
  index({ tokenizer: 'multilingual' }),
  index({ lowercase: false }),
  index({ ascii_folding: true }),
  index({ stemmer: { type: 'snowball', language: 'english' } }),
  index({ stopwords: 'english' }),
  index({ stopwords: { custom: ['the'] } }),
];
const STRICT = { enabled: true, max_query_limit: 10, search_allow_exact: true };

/** A phrase by a text index of words of some lengths. */
const phrase: Call = async (of) => {
  await of.createPayloadIndex('c', { field_name: 'p', field_schema: { type: 'text', min_token_len: 2 } });
  return of.count('c', { filter: { must: { key: 'p', match: { phrase: 'a word' } } } });
};

export const NOT_HERE: Readonly<Record<string, readonly Call[]>> = {
  'PUT /collections/{collection_name}/index': WORDS,
  'POST /collections/{collection_name}/points/query': [nearest],
  dense: [(of) => of.createVectorName('c', 'n', { dense: say(bytes) })],
  field_schema: [...WORDS, phrase],
  filter: [query({ filter: { must: { slice: { total: 2, index: 0 } } } })],
  params: [query({ query: { indices: [1], values: [1] }, using: 's', params: { idf: { corpus: {} } } })],
  points: [
    upsert({ points: [{ id: 1, vector: document }] }),
    upsert({ points: [{ id: 1, vector: { s: document } }] }),
  ],
  batch: [upsert({ batch: { ids: [1], vectors: [document] } })],
  query: [nearest, query({ query: document })],
  sharding_method: [create({ sharding_method: 'custom' })],
  sparse_vectors: [update({ sparse_vectors: { s: { modifier: 'idf' } } })],
  strict_mode_config: [
    create({ strict_mode_config: STRICT }),
    update({ strict_mode_config: { enabled: true, read_rate_limit: 1 } }),
    async (of) => {
      await of.updateCollection('c', { strict_mode_config: { max_points_count: 1 } });
      return of.updateCollection('c', { strict_mode_config: { enabled: true } });
    },
  ],
  vectors: [create({ vectors: bytes }), create({ vectors: { a: bytes } })],
};
