/*
 * Random points and trees of queries over them. Components, values and weights are small integers, or parts of two, so that
 * no order hangs on the last bit of a float, and many points are equal.
 */
import type { Expression, Prefetch } from '#silt/api/query.js';
import type { Metric, PointId } from '#silt/index.js';
import { randomFilter, randomPayload } from './filters.js';
import type { OraclePoint, OracleSparse } from './query-oracle.js';
import { integer, type Random } from './random.js';

type Json = Record<string, unknown>;

/** Metrics whose distances are exact for such vectors. */
export const EXACT_METRICS: readonly Metric[] = ['dot', 'euclidean', 'hamming'];
export const QUERY_DIMENSION = 4;

const pick = <T>(random: Random, from: readonly T[]): T => from[integer(random, 0, from.length)]!;
const chance = (random: Random, odds: number): boolean => random() < odds;
const some = <T>(random: Random, least: number, most: number, one: () => T): T[] =>
  Array.from({ length: integer(random, least, most + 1) }, one);

/** A request as a test says it. */
export const inText = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner === 'bigint') return `${inner}n`;
    return ArrayBuffer.isView(inner) ? [...(inner as Float32Array)] : inner;
  });

export function smallVector(random: Random, metric: Metric): Float32Array {
  const least = metric === 'hamming' ? 0 : -3;
  return Float32Array.from({ length: QUERY_DIMENSION }, () =>
    integer(random, least, metric === 'hamming' ? 2 : 4),
  );
}

const TIMES = ['2024-01-01', '2024-01-01T12:00:00Z', '2023-06-30T23:59:00Z', '1969-12-31T23:59:59Z'];

/** What every point has, beside what filters look at. */
function ownPayload(random: Random): Json {
  return {
    price: integer(random, -2, 6),
    when: pick(random, TIMES),
    where: { lat: pick(random, [0, 52.5, -33.9]), lon: pick(random, [13.4, 151.2]) },
    ...(chance(random, 0.7) && { grade: integer(random, 0, 4) }),
    ...(chance(random, 0.7) && { rank: chance(random, 0.2) ? [1, 2, 2] : integer(random, 0, 5) }),
  };
}

export function randomPoint(random: Random, metric: Metric, id: PointId): OraclePoint {
  return {
    id,
    vector: smallVector(random, metric),
    payload: { ...randomPayload(random), ...ownPayload(random) },
  };
}

/** Of the points that there are, and what else a tree may be made of. */
interface Making {
  readonly random: Random;
  readonly metric: Metric;
  /** What is compared with. Default: a dense vector. */
  readonly value?: () => unknown;
  readonly ids: readonly PointId[];
  /** Where points have several: the points that have something in each. */
  readonly fields?: readonly MadeField[];
}

export interface MadeField {
  readonly name: string;
  readonly kind: 'dense' | 'sparse' | 'multi' | 'text';
  /** Of vectors that are not sparse. */
  readonly metric?: Metric | undefined;
  readonly ids: readonly PointId[];
}

const givenValue = ({ random, metric, value }: Making): unknown =>
  value ? value() : smallVector(random, metric);

function example(making: Making): unknown {
  const { random, ids } = making;
  if (ids.length === 0 || chance(random, 0.5)) return givenValue(making);
  const id = pick(random, ids);
  return chance(random, 0.5) ? id : { id };
}

const pair = (making: Making): Json => ({ positive: example(making), negative: example(making) });

function randomLeaf(making: Making): unknown {
  const { random, ids } = making;
  const target = (): unknown =>
    ids.length > 0 && chance(random, 0.4) ? { id: pick(random, ids) } : givenValue(making);
  const leaves: (() => unknown)[] = [
    () => (ids.length > 0 && chance(random, 0.3) ? { id: pick(random, ids) } : givenValue(making)),
    () => ({ nearest: target() }),
    () => ({
      nearest: target(),
      mmr: {
        diversity: pick(random, [0, 0.25, 0.5, 1]),
        ...(chance(random, 0.5) && { candidates: integer(random, 1, 40) }),
      },
    }),
    () => ({
      recommend: {
        // Of as many as halve without a rest.
        positive: Array.from({ length: pick(random, [1, 2, 4]) }, () => example(making)),
        negative: Array.from({ length: pick(random, [0, 1, 2]) }, () => example(making)),
        ...(chance(random, 0.3) && { strategy: 'average_vector' }),
      },
    }),
    () => ({
      recommend: {
        positive: some(random, 0, 3, () => example(making)),
        negative: some(random, 1, 3, () => example(making)),
        strategy: pick(random, ['best_score', 'sum_scores']),
      },
    }),
    () => ({ discover: { target: example(making), context: some(random, 0, 3, () => pair(making)) } }),
    () => ({ context: chance(random, 0.3) ? pair(making) : some(random, 1, 3, () => pair(making)) }),
    () => ({
      relevanceFeedback: {
        target: example(making),
        feedback: some(random, 1, 4, () => ({ example: example(making), score: integer(random, 0, 5) / 4 })),
        strategy: {
          naive: { a: pick(random, [0, 0.5, 1]), b: pick(random, [0, 1, 2]), c: pick(random, [-1, 0.5, 2]) },
        },
      },
    }),
    () => ({ orderBy: pick(random, ['price', 'when', 'rank', 'rank[]', 'n', 'gone']) }),
    () => ({
      orderBy: {
        key: pick(random, ['price', 'rank']),
        direction: pick(random, ['asc', 'desc']),
        ...(chance(random, 0.5) && { startFrom: integer(random, -1, 5) }),
      },
    }),
    () => ({
      orderBy: { key: 'when', direction: 'desc', startFrom: pick(random, [TIMES[1], new Date(TIMES[2]!)]) },
    }),
  ];
  return pick(random, leaves)();
}

export function smallSparse(random: Random): OracleSparse {
  const indices = [...new Set(some(random, 1, 5, () => integer(random, 0, 12)))];
  return { indices, values: indices.map(() => pick(random, [-2, -1, 1, 2, 3])) };
}

/** Vectors of a point, or of a query, in a field of several. */
export function smallVectors(random: Random, metric: Metric): Float32Array[] {
  return some(random, 1, 11, () => smallVector(random, metric));
}

/** What is compared with in a field. */
function valueFor(random: Random, { kind, metric }: MadeField): unknown {
  if (kind === 'sparse') return smallSparse(random);
  if (kind === 'multi') return pick(random, [smallVectors, smallVector])(random, metric!);
  return smallVector(random, metric!);
}

/** Some begin like others, and some are an edit or two away from others. */
const WORDS = [
  'ab',
  'abc',
  'abcd',
  'abdc',
  'abcx',
  'bcd',
  'xyzw',
  'xyzwv',
  'longword',
  'longwrod',
  'lomgwort',
  'q',
  'so',
];

export function smallText(random: Random, most = 12): string {
  return some(random, 1, most, () => WORDS[Math.floor(WORDS.length * random() ** 2)]!).join(' ');
}

function textLeaf(random: Random): unknown {
  const text = chance(random, 0.1) ? 'none of them' : smallText(random, 3);
  const match = pick(random, ['any', 'all', 'phrase'] as const);
  return {
    text,
    ...(chance(random, 0.8) && { match }),
    ...(match !== 'phrase' && chance(random, 0.4) && { prefix: true }),
    ...(match !== 'phrase' && chance(random, 0.4) && { fuzzy: pick(random, [1, 2]) }),
  };
}

/** A leaf, and the field that it uses. */
function leafUsing(making: Making): object {
  const { random, fields } = making;
  if (!fields) return { query: randomLeaf(making) };
  const field = pick(random, fields);
  const { name, kind, metric = 'dot', ids } = field;
  if (kind === 'text') return { query: textLeaf(random), ...(chance(random, 0.5) && { using: name }) };
  const query = randomLeaf({ random, metric, ids, value: () => valueFor(random, field) }) as object;
  return 'orderBy' in query ? { query } : { query, using: name };
}

/** Over what every point has; finite everywhere. */
export function randomExpression(random: Random, lists: number, depth: number): Expression {
  const inner = (): Expression => randomExpression(random, lists, depth - 1);
  const flat: (() => Expression)[] = [
    () => integer(random, -3, 4),
    () => 'price',
    () => (chance(random, 0.5) ? '$score' : `$score[${integer(random, 0, lists)}]`),
    () => ({ key: 'price', range: { gte: 2 } }),
    () => ({ must: [{ key: 'rank', match: { any: [1, 2] } }] }),
  ];
  if (depth === 0) return pick(random, flat)();
  const deep: (() => Expression)[] = [
    ...flat,
    () => ({ sum: some(random, 0, 3, inner) }),
    () => ({ mult: some(random, 1, 2, inner) }),
    () => ({ neg: inner() }),
    () => ({ abs: inner() }),
    () => ({ sqrt: { abs: inner() } }),
    () => ({ div: { left: inner(), right: pick(random, [2, 4, 'price']), by_zero_default: 1 } }),
    () => ({ pow: { base: inner(), exponent: pick(random, [1, 2]) } }),
    () => ({ lin_decay: { x: inner(), target: 1, scale: 4 } }),
    () => ({ mult: [0.5, { datetime_key: 'when' }] }),
    () => ({ sum: ['grade', { neg: { datetime: '2024-01-01' } }] }),
  ];
  return pick(random, deep)();
}

/** A query that finds points, or ranks those of queries within. */
export function randomQuery(making: Making, depth: number): Prefetch {
  const { random } = making;
  const nested = depth > 0 && chance(random, 0.7);
  const prefetch = nested ? some(random, 1, 3, () => randomQuery(making, depth - 1)) : [];
  const asks: (() => object)[] = [
    () => ({ fusion: 'rrf', ...(chance(random, 0.5) && { k: integer(random, 1, 61) }) }),
    () => ({
      fusion: pick(random, ['rrf', 'dbsf', 'weighted']),
      weights: prefetch.map(() => integer(random, 0, 4)),
    }),
    () => ({ fusion: 'dbsf' }),
    () => ({ formula: randomExpression(random, prefetch.length, 3), defaults: { grade: 3 } }),
  ];
  const isLeaf = nested ? chance(random, 0.2) : chance(random, 0.95);
  const asked = isLeaf ? leafUsing(making) : nested ? { query: pick(random, asks)() } : {};
  return {
    ...asked,
    ...(nested && { prefetch: prefetch.length === 1 && chance(random, 0.5) ? prefetch[0] : prefetch }),
    ...(chance(random, 0.3) && { filter: randomFilter(random) }),
    ...(chance(random, 0.8) && { k: integer(random, 1, 30) }),
    ...(chance(random, 0.2) && { offset: integer(random, 0, 8) }),
    ...(chance(random, 0.1) && { scoreThreshold: integer(random, -2, 3) }),
  } as Prefetch;
}
