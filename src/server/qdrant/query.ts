/*
 * Queries, from Qdrant's to Silt's: a tree for a tree. Vectors are checked by the field that they are compared in, so that errors
 * are Qdrant's; collections that are small are compared exactly, as Qdrant does.
 */
import type {
  Example,
  Fusion,
  Leaf,
  Rescore,
  ContextPair as SiltPair,
  Prefetch as SiltStep,
} from '../../api/query.js';
import type { PointId } from '../../base/ids.js';
import { EF_MAX, QUERY_DEPTH_MAX } from '../../base/limits.js';
import { METRICS } from '../../kernel/metrics.js';
import type { Filter } from './api/filter.js';
import type { OrderByInterface } from './api/points.js';
import type {
  ContextInput,
  Prefetch,
  Query,
  QueryInterface,
  SearchParams,
  VectorInput,
} from './api/query.js';
import { formatError, unsupported, wrongInput } from './errors.js';
import { filterIn } from './filter.js';
import { defaultsIn, formulaIn } from './formula.js';
import { idIn } from './ids.js';
import { PREFETCH } from './schema/query.js';
import { vectorIn } from './vectors.js';
import type { CollectionView, VectorView } from './view.js';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Kinds of payload indexes by which points can be ordered. */
const ORDERED = ['integer', 'float', 'datetime'];

const isId = (input: unknown): input is number | bigint | string =>
  typeof input === 'number' || typeof input === 'bigint' || typeof input === 'string';

/** What is compared with: a vector of this field, or the id of a point that has one. */
function exampleIn(vector: VectorView, input: VectorInput): Example {
  if (isId(input)) return { id: idIn(input) };
  return vectorIn(vector, input) as Example;
}

function nearestIn(vector: VectorView, input: VectorInput): Leaf {
  if (isId(input)) return { id: idIn(input) };
  return vectorIn(vector, input) as Leaf;
}

function pairsIn(vector: VectorView, context: ContextInput | undefined): SiltPair[] {
  const pairs = context === null || context === undefined ? [] : Array.isArray(context) ? context : [context];
  return pairs.map(({ positive, negative }) => ({
    positive: exampleIn(vector, positive),
    negative: exampleIn(vector, negative),
  }));
}

/** @throws QdrantError 400 where no index has the values of the path in order. */
export function orderIn(
  view: CollectionView,
  order: OrderByInterface,
): { key: string; direction: 'asc' | 'desc'; startFrom?: number | string } {
  const { key, direction, start_from } = typeof order === 'string' ? { key: order } : order;
  const kind = view.indexOf(key) ?? '';
  if (!ORDERED.includes(kind))
    throw wrongInput(
      `No range index for \`order_by\` key: \`${key}\`. Please create one to use \`order_by\`. Check https://qdrant.tech/documentation/concepts/indexing/#payload-index to see which payload schemas support Range conditions`,
    );
  const startFrom = start_from ?? undefined;
  return { key, direction: direction ?? 'asc', ...(startFrom !== undefined && { startFrom }) };
}

function recommendIn(
  vector: VectorView,
  { positive, negative, strategy }: Extract<Query, { recommend: unknown }>['recommend'],
): Leaf {
  const examples = (inputs: VectorInput[] | null | undefined): Example[] =>
    (inputs ?? []).map((input) => exampleIn(vector, input));
  const likes = examples(positive);
  const dislikes = examples(negative);
  const needsLike = (strategy ?? 'average_vector') === 'average_vector';
  if (likes.length === 0 && (needsLike || dislikes.length === 0))
    throw wrongInput(
      `At least one positive ${needsLike ? '' : 'or negative '}vector ID required with this strategy`,
    );
  return { recommend: { positive: likes, negative: dislikes, ...(strategy && { strategy }) } };
}

function feedbackIn(
  vector: VectorView,
  { target, feedback, strategy }: Extract<Query, { relevance_feedback: unknown }>['relevance_feedback'],
): Leaf {
  const rated = feedback.map(({ example, score }) => ({ example: exampleIn(vector, example), score }));
  return { relevanceFeedback: { target: exampleIn(vector, target), feedback: rated, strategy } };
}

function present<T extends object>(values: T): T {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== null && value !== undefined),
  ) as T;
}

/** By a vector: all that compares. */
function comparingIn(vector: VectorView, query: Query): Leaf | undefined {
  if ('nearest' in query) {
    const nearest = nearestIn(vector, query.nearest);
    if (!query.mmr) return nearest;
    const { diversity, candidates_limit } = query.mmr;
    return {
      nearest: nearest as Extract<Leaf, { nearest: unknown }>['nearest'],
      mmr: present({ diversity: diversity ?? undefined, candidates: candidates_limit ?? undefined }),
    };
  }
  if ('recommend' in query) return recommendIn(vector, query.recommend);
  if ('discover' in query) {
    const { target, context } = query.discover;
    return { discover: { target: exampleIn(vector, target), context: pairsIn(vector, context) } };
  }
  if ('context' in query) return { context: pairsIn(vector, query.context) };
  if ('relevance_feedback' in query) return feedbackIn(vector, query.relevance_feedback);
  return undefined;
}

function askedIn(
  view: CollectionView,
  query: QueryInterface,
  using: () => VectorView,
): Leaf | Fusion | Rescore {
  if (isId(query) || Array.isArray(query) || 'indices' in query || 'model' in query)
    return nearestIn(using(), query as VectorInput);
  if ('order_by' in query) return { orderBy: orderIn(view, query.order_by) };
  if ('fusion' in query) return { fusion: query.fusion };
  if ('rrf' in query) {
    const { k, weights } = query.rrf;
    return { fusion: 'rrf', ...present({ k: k ?? undefined, weights: weights ?? undefined }) };
  }
  if ('formula' in query)
    return {
      formula: formulaIn(view, query.formula),
      ...(query.defaults && { defaults: defaultsIn(query.defaults) }),
    };
  if ('sample' in query) return { sample: 'random' };
  const comparing = comparingIn(using(), query);
  if (!comparing) throw formatError('data did not match any variant of untagged enum QueryInterface');
  return comparing;
}

/** How far a search for `k` points goes. Only graphs leave points out: other fields are compared exactly either way. */
export function effortIn(
  view: CollectionView,
  vector: VectorView | undefined,
  params: SearchParams | null | undefined,
  k: number,
): { exact?: boolean; ef?: number; indexedOnly?: boolean } {
  if (params?.idf !== undefined && params.idf !== null && params.idf !== 'global')
    throw unsupported('idf of a part of a collection');
  if (vector?.kind !== 'dense') return {};
  const part = params?.indexed_only && view.isBehind(vector) ? { indexedOnly: true } : {};
  if (params?.exact || view.isSmall(vector)) return { exact: true, ...part };
  const ef = params?.hnsw_ef;
  return typeof ef === 'number' ? { ef: Math.min(Math.max(ef, k), EF_MAX), ...part } : part;
}

/** The prefetches of a step, and where each stands. */
export function belowOf({ prefetch }: Prefetch, at = ''): [below: Prefetch, at: string][] {
  if (prefetch === null || prefetch === undefined) return [];
  if (!Array.isArray(prefetch)) return [[prefetch, `${at}/prefetch`]];
  return prefetch.map((one, place) => [one, `${at}/prefetch/${place}`]);
}

/**
 * Checks what is below a query, which the schema of queries leaves open, before anything else looks at it.
 *
 * @throws QdrantError 400, 422
 */
export function checkBelow(step: Prefetch, at = '', depth = 1): void {
  for (const [one, place] of belowOf(step, at)) {
    if (depth > QUERY_DEPTH_MAX) throw wrongInput(`prefetches may be ${QUERY_DEPTH_MAX} deep`);
    checkBelow(PREFETCH.check(one, 'JSON body', place), place, depth + 1);
  }
}

/** A vector of zeros, which has no direction: under cosine it is as similar to all. */
export function isAimless({ kind, metric }: VectorView, query: unknown): boolean {
  if (kind !== 'dense' || metric !== 'cosine' || !Array.isArray(query) || query.length === 0) return false;
  // As float32 has it: what is too small is 0.
  return query.every((x) => typeof x === 'number' && Math.fround(x) ** 2 === 0);
}

/** All points that have the vector, each with the score 0; of what was found below, where there is something below. */
function aimless(view: CollectionView, step: Prefetch, { name }: VectorView): Writable<SiltStep> {
  const { query: _, using: __, params: ___, ...others } = step;
  const filter: Filter = { must: [{ has_vector: name }, ...(step.filter ? [step.filter] : [])] };
  const isAlone = belowOf(step).length === 0;
  return stepIn(view, { ...others, filter, ...(!isAlone && { query: { formula: 0 } }) });
}

export const isAsked = ({ query }: Prefetch, kind: string): boolean =>
  typeof query === 'object' && query !== null && kind in query;

/** Scores of distances, where smaller is better: nearest to a vector, or to the mean of some. */
export function isByDistance(view: CollectionView, step: Prefetch): boolean {
  const { query, using } = step;
  const others = [
    'fusion',
    'rrf',
    'formula',
    'order_by',
    'sample',
    'discover',
    'context',
    'relevance_feedback',
  ];
  if (query === null || query === undefined || others.some((kind) => isAsked(step, kind))) return false;
  const { strategy } = (query as { recommend?: { strategy?: string | null } }).recommend ?? {};
  return (
    (strategy ?? 'average_vector') === 'average_vector' && !METRICS[view.vector(using).metric].higherIsBetter
  );
}

/** What is in the order of ids or of a value, or at random: Qdrant's score of these is 1. */
export const isUnscored = (step: Prefetch): boolean =>
  step.query === undefined || step.query === null || isAsked(step, 'order_by') || isAsked(step, 'sample');

/** A prefetch of a formula, which reads its scores. */
function scoredStep(view: CollectionView, step: Prefetch): SiltStep {
  const inner = stepIn(view, step);
  return isUnscored(step) ? { k: inner.k!, query: { formula: 1 }, prefetch: [inner] } : inner;
}

/** A query or a prefetch, with all that is below it. */
export function stepIn(view: CollectionView, step: Prefetch): Writable<SiltStep> {
  const { query, using, params, limit, score_threshold } = step;
  const nearest =
    typeof query === 'object' && query && 'nearest' in query && !query.mmr ? query.nearest : query;
  if (Array.isArray(nearest)) {
    const compared = view.vector(using);
    if (nearest.length === compared.size && isAimless(compared, nearest))
      return aimless(view, step, compared);
  }
  const out: Writable<SiltStep> = { k: limit ?? 10 };
  let vector: VectorView | undefined;
  if (query !== null && query !== undefined)
    out.query = askedIn(view, query, () => (vector = view.vector(using)));
  const below = belowOf(step);
  if (below.length > 0) {
    if (out.query === undefined)
      throw wrongInput(
        "A query is needed to merge the prefetches. Can't have prefetches without defining a query.",
      );
    const read = isAsked(step, 'formula') ? scoredStep : stepIn;
    out.prefetch = below.map(([one]) => read(view, one));
  } else if (out.query !== undefined && typeof out.query === 'object') {
    if ('fusion' in out.query) throw wrongInput('Validation failed: cannot apply Fusion without prefetches');
    if ('formula' in out.query)
      throw wrongInput('Validation failed: cannot apply Formula without prefetches');
  }
  if (vector && vector.field !== '') out.using = vector.field;
  const filter = filterIn(view, step.filter);
  if (filter) out.filter = filter;
  if (typeof score_threshold === 'number') out.scoreThreshold = score_threshold;
  return Object.assign(out, effortIn(view, vector, params, out.k!));
}

/** Ids that a query names, for points of another collection to stand in their place. */
export function mapInputs(query: QueryInterface, map: (id: PointId) => VectorInput): QueryInterface {
  const one = (input: VectorInput): VectorInput => (isId(input) ? map(idIn(input)) : input);
  const all = (inputs: VectorInput[] | null | undefined): VectorInput[] => (inputs ?? []).map(one);
  const pairs = (context: ContextInput): ContextInput =>
    context === null
      ? null
      : (Array.isArray(context) ? context : [context]).map(({ positive, negative }) => ({
          positive: one(positive),
          negative: one(negative),
        }));
  if (isId(query)) return one(query as VectorInput);
  if (Array.isArray(query)) return query;
  if ('nearest' in query) return { ...query, nearest: one(query.nearest) };
  if ('recommend' in query) {
    const { positive, negative, strategy } = query.recommend;
    return {
      recommend: { positive: all(positive), negative: all(negative), ...(strategy && { strategy }) },
    };
  }
  if ('discover' in query)
    return { discover: { target: one(query.discover.target), context: pairs(query.discover.context) } };
  if ('context' in query) return { context: pairs(query.context) };
  if ('relevance_feedback' in query) {
    const { target, feedback, strategy } = query.relevance_feedback;
    const rated = feedback.map(({ example, score }) => ({ example: one(example), score }));
    return { relevance_feedback: { target: one(target), feedback: rated, strategy } };
  }
  return query;
}
