/*
 * What points of such tests have: one vector; or several fields, of which any may be missing: dense ones in memory and on
 * the disk, several vectors for each point, a sparse one, and a text that changes with the payload.
 */
import { expect } from 'vitest';
import type { Collection, CollectionConfig, Hit, Metric, Operation, SearchOptions } from '#silt/index.js';
import { bm25 } from './bm25.js';
import { higherIsBetter, SCORES, type Vector } from './oracle.js';
import { integer, type Random } from './random.js';

export interface Payload {
  readonly version: number;
  readonly text?: string;
}
export interface Held {
  readonly vector: unknown;
  readonly payload: Payload;
}
export type State = ReadonlyMap<number, Held>;

/** A query with the options that it takes, and the score of each point that it finds. */
interface Question {
  readonly query: unknown;
  readonly options: SearchOptions;
  readonly higher: boolean;
  readonly scores: ReadonlyMap<number, number>;
}

export interface Kind {
  config(random: Random): CollectionConfig;
  vector(random: Random): unknown;
  /** What a point has when its vectors, or some of them, are changed to what was drawn; without that, one of them is deleted. */
  changed(vector: unknown, drawn: unknown): unknown;
  /** The change as an operation. */
  operation(ids: readonly number[], drawn: unknown): Operation;
  /** What of a payload is drawn, beside its version. */
  payload(random: Random): { readonly text?: string };
  questions(random: Random, state: State): Question[];
}

const DIMENSION = 6;
const dense = (random: Random, dimension: number): Float32Array =>
  Float32Array.from({ length: dimension }, () => random() - 0.5);

const hnsw = { m: 4, efConstruction: 20 };
const indexing = (random: Random): CollectionConfig => ({
  indexing: { mergeThreshold: 60, maxBufferAgeMs: 40, threads: integer(random, 1, 4) },
});

/** The scores of all points that have what is asked about. */
function scored<T>(
  state: State,
  part: (held: Held) => T | undefined,
  score: (own: T) => number | undefined,
): Map<number, number> {
  const scores = new Map<number, number>();
  for (const [id, held] of state) {
    const own = part(held);
    const one = own === undefined ? undefined : score(own);
    if (one !== undefined) scores.set(id, one);
  }
  return scores;
}

export const PLAIN: Kind = {
  config: (random) => ({
    dimension: DIMENSION,
    metric: 'euclidean',
    storage: random() < 0.7 ? 'memory' : 'disk',
    hnsw,
    ...indexing(random),
  }),
  vector: (random) => dense(random, DIMENSION),
  changed: (_, drawn) => drawn,
  operation: (ids, vector) => ({ updateVectors: ids.map((id) => ({ id, vector: vector as Float32Array })) }),
  payload: () => ({}),
  questions(random, state) {
    const query = dense(random, DIMENSION);
    const scores = scored(
      state,
      ({ vector }) => vector as Float32Array,
      (own) => SCORES.euclidean(query, own),
    );
    return [{ query, options: {}, higher: false, scores }];
  },
};

interface Sparse {
  readonly indices: Uint32Array;
  readonly values: Float32Array;
}
interface Fields {
  readonly title?: Float32Array;
  readonly body?: Float32Array;
  readonly tokens?: readonly Float32Array[];
  readonly words?: Sparse;
}

const METRICS = { title: 'cosine', body: 'euclidean' } as const satisfies Record<string, Metric>;
const TOKEN_DIMENSION = 3;
/** That which is deleted alone. */
const LEFT = 'title';
const text = (random: Random): string =>
  Array.from({ length: integer(random, 0, 6) }, () => `w${integer(random, 0, 12)}`).join(' ');

function sparse(random: Random): Sparse {
  const drawn = new Set(Array.from({ length: integer(random, 1, 5) }, () => integer(random, 0, 20)));
  const indices = Uint32Array.from(drawn).sort();
  return { indices, values: Float32Array.from(indices, () => random() - 0.3) };
}

const tokens = (random: Random): Float32Array[] =>
  Array.from({ length: integer(random, 1, 4) }, () => dense(random, TOKEN_DIMENSION));

function product(a: Sparse, b: Sparse): number | undefined {
  const common = [...a.indices].filter((index) => b.indices.includes(index));
  if (common.length === 0) return undefined;
  const value = (of: Sparse, index: number): number => of.values[of.indices.indexOf(index)]!;
  return common.reduce((sum, index) => sum + value(a, index) * value(b, index), 0);
}

const fieldsOf = ({ vector }: Held): Fields => (vector ?? {}) as Fields;

function askDense(random: Random, state: State, name: keyof typeof METRICS): Question {
  const metric = METRICS[name];
  const query = dense(random, DIMENSION);
  const scores = scored<Vector>(
    state,
    (held) => fieldsOf(held)[name],
    (own) => SCORES[metric](query, own),
  );
  return { query, options: { using: name }, higher: higherIsBetter(metric), scores };
}

export const FIELDS: Kind = {
  config: (random) => ({
    vectors: {
      title: { dimension: DIMENSION, metric: METRICS.title, hnsw },
      body: { dimension: DIMENSION, metric: METRICS.body, storage: 'disk', hnsw },
      tokens: { dimension: TOKEN_DIMENSION, metric: 'dot', multi: true },
    },
    sparse: { words: {} },
    text: { content: { path: 'text' } },
    ...indexing(random),
  }),
  vector(random) {
    const has = (): boolean => random() < 0.7;
    const fields: Fields = {
      ...(has() && { title: dense(random, DIMENSION) }),
      ...(has() && { body: dense(random, DIMENSION) }),
      ...(has() && { tokens: tokens(random) }),
      ...(has() && { words: sparse(random) }),
    };
    return Object.keys(fields).length > 0 ? fields : undefined;
  },
  changed(vector, drawn) {
    const { [LEFT]: left, ...others } = (vector ?? {}) as Record<string, unknown>;
    const now = drawn ? { ...others, ...(left !== undefined && { [LEFT]: left }), ...drawn } : others;
    return Object.keys(now).length > 0 ? now : undefined;
  },
  operation: (ids, drawn) =>
    drawn
      ? { updateVectors: ids.map((id) => ({ id, vector: drawn as Record<string, Float32Array> })) }
      : { deleteVectors: ids, fields: [LEFT] },
  payload: (random) => (random() < 0.7 ? { text: text(random) } : {}),
  questions(random, state) {
    const some = tokens(random);
    const most = (own: Float32Array, of: readonly Float32Array[]): number =>
      Math.max(...of.map((one) => SCORES.dot(own, one)));
    const ofTokens = scored(
      state,
      (held) => fieldsOf(held).tokens,
      (own) => some.reduce((sum, one) => sum + most(one, own), 0),
    );
    const words = sparse(random);
    const ofWords = scored(
      state,
      (held) => fieldsOf(held).words,
      (own) => product(words, own),
    );
    const asked = { text: `w${integer(random, 0, 12)} w${integer(random, 0, 12)}` };
    const ofText = bm25(new Map([...state].map(([id, { payload }]) => [id, payload.text])), asked);
    return [
      askDense(random, state, 'title'),
      askDense(random, state, 'body'),
      { query: some, options: { using: 'tokens' }, higher: true, scores: ofTokens },
      { query: words, options: { using: 'words' }, higher: true, scores: ofWords },
      { query: asked, options: { using: 'content' }, higher: true, scores: ofText },
    ];
  },
};

/** Few points are searched exactly, or by a beam as wide as all of them. */
export async function expectAnswers(
  points: Collection,
  { query, options, higher, scores }: Question,
  state: State,
  until: <T>(work: Promise<T>) => Promise<T>,
): Promise<void> {
  const best = [...scores.values()].sort((a, b) => (higher ? b - a : a - b));
  for (const k of [1, 5, 200]) {
    const asked = points.search(query as Float32Array, { ...options, k, ef: 400 });
    const hits: readonly Hit[] = await until(asked);
    expect(hits.length, options.using).toBe(Math.min(k, best.length));
    expect(new Set(hits.map(({ id }) => id)).size).toBe(hits.length);
    for (const [i, { id, score, payload }] of hits.entries()) {
      expect(score).toBeCloseTo(best[i]!, 4);
      expect(score).toBeCloseTo(scores.get(id as number)!, 4);
      expect(payload).toEqual(state.get(id as number)!.payload);
    }
  }
}
