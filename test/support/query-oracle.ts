/*
 * The oracle of queries: what a tree means, told of the request as callers write it, naively, over all points. It shares
 * nothing with src/collection but the names of types. It knows valid queries alone, and no samples without a seed.
 */
import type { ContextPair, Example, Expression, FeedbackQuery, Prefetch } from '#silt/api/query.js';
import type { Metric, PointId } from '#silt/index.js';
import { type Bm25Query, bm25 } from './bm25.js';
import { matchesFilter } from './filter-oracle.js';
import { evaluated, type Json, sum } from './formula-oracle.js';
import { higherIsBetter, SCORES, type Vector } from './oracle.js';
import { compareIds, inOrder, type OracleHit, type Ranking } from './order-oracle.js';

export interface OraclePoint {
  readonly id: PointId;
  /** Of the only field, where there are no names. */
  readonly vector: Vector | OracleSparse | readonly Vector[];
  readonly payload: Json | undefined;
  /** By the names of fields; any may be missing. */
  readonly fields?: Readonly<Record<string, Vector | OracleSparse | readonly Vector[] | undefined>>;
}

/** What fields there are, by their names. All others are sparse. */
export interface OracleFields {
  /** Metrics of dense fields. */
  readonly dense?: Readonly<Record<string, Metric>>;
  /** Metrics of those with several vectors for each point. */
  readonly multi?: Readonly<Record<string, Metric>>;
  /** Paths of the only field of text. */
  readonly text?: { readonly name: string; readonly path: string };
}

export interface OracleSparse {
  readonly indices: readonly number[];
  readonly values: readonly number[];
}

const listOf = <T>(value: T | readonly T[] | undefined): readonly T[] =>
  value === undefined ? [] : Array.isArray(value) ? (value as readonly T[]) : [value as T];
const sigmoid = (x: number): number => x / (1 + Math.abs(x));
const scaled = (x: number): number => (sigmoid(x) + 1) / 2;

type Kind = 'dense' | 'sparse' | 'multi';
/** What a point has in the only field. */
type Value = OraclePoint['vector'];

/** Whether an example is compared with by itself, and not a point. */
const isGiven = (example: Example): boolean =>
  ArrayBuffer.isView(example) ||
  Array.isArray(example) ||
  (typeof example === 'object' && 'indices' in (example as object));

/** One vector is as several of one. */
const vectorsIn = (value: Value): readonly Vector[] =>
  (Array.isArray(value) && typeof value[0] === 'object' ? value : [value]) as readonly Vector[];

/** What both have, by their common indices. */
const productsOf = (a: OracleSparse, b: OracleSparse): number[] =>
  a.indices.flatMap((index, i) =>
    b.indices.includes(index) ? [a.values[i]! * b.values[b.indices.indexOf(index)]!] : [],
  );

function componentOf(value: Value, at: number): number {
  if (!('indices' in value)) return (value as Vector)[at]!;
  return value.indices.includes(at) ? value.values[value.indices.indexOf(at)]! : 0;
}

export type { OracleHit } from './order-oracle.js';

export class QueryOracle {
  readonly metric: Metric;
  /** In the order of writing. */
  readonly points: readonly OraclePoint[];
  /** Whether scores that differ in their last bits were put in order: whoever computes them otherwise has another order. */
  blurred = false;

  readonly fields: OracleFields;
  /** Scores that differ by less are as good as equal: by words, float32 is further off. */
  readonly gap: number;
  /** Of the only field, where there are no names. */
  readonly kind: Kind;

  constructor(
    metric: Metric,
    points: readonly OraclePoint[],
    fields: OracleFields = {},
    kind: Kind = 'dense',
  ) {
    this.metric = metric;
    this.points = points;
    this.fields = fields;
    this.kind = kind;
    this.gap = fields.text ? 1e-5 : 1e-7;
  }

  /** Points that have something in a field, as if it were the only one. */
  #in(using: string): QueryOracle {
    const points = this.points.filter(({ fields }) => fields?.[using] !== undefined);
    const alone = points.map((point) => ({ ...point, vector: point.fields![using] as Value }));
    const { dense = {}, multi = {} } = this.fields;
    const kind = using in dense ? 'dense' : using in multi ? 'multi' : 'sparse';
    return new QueryOracle(dense[using] ?? multi[using] ?? 'dot', alone, {}, kind);
  }

  ask(request: Prefetch, above: readonly object[] = []): Ranking {
    const filters = request.filter ? [...above, request.filter] : above;
    const below = listOf(request.prefetch).map((one) => this.ask(one, filters));
    const among =
      below.length > 0
        ? this.points.filter(({ id }) => below.some(({ hits }) => hits.some((hit) => hit.id === id)))
        : this.points.filter(({ id, payload }) =>
            filters.every((filter) => matchesFilter(filter, payload, id)),
          );
    const { k = 10, offset = 0, scoreThreshold } = request;
    const { hits, higher } = this.#rank(request, among, below, k + offset);
    this.blurred ||=
      areClose(hits, this.gap) || hits.some(({ score }) => isAt(score, scoreThreshold, this.gap));
    return { hits: goodOf({ hits, higher }, scoreThreshold).slice(offset, offset + k), higher };
  }

  #rank(
    { query, using, scoreThreshold }: Prefetch,
    among: readonly OraclePoint[],
    below: readonly Ranking[],
    most: number,
  ): Ranking {
    const words = query as Json | undefined;
    if (words && 'text' in words) return this.#text(among, words as unknown as Bm25Query);
    if (using !== undefined) {
      const field = this.#in(using);
      const having = field.points.filter(({ id }) => among.some((point) => point.id === id));
      return field.#rank({ query, scoreThreshold }, having, below, most);
    }
    if (query === undefined) {
      const ordered = [...among].sort((a, b) => compareIds(a.id, b.id));
      return { hits: ordered.map(({ id }) => ({ id, score: 0 })), higher: true };
    }
    if (ArrayBuffer.isView(query) || Array.isArray(query))
      return this.#nearest(among, query as unknown as Value, []);
    const asked = query as Json;
    if ('indices' in asked) return this.#nearest(among, asked as unknown as Value, []);
    if ('id' in asked) return this.#nearest(among, this.#vectorOf(asked as Example), [asked as Example]);
    if ('nearest' in asked) {
      const to = asked['nearest'] as Example;
      const nearest = this.#nearest(among, this.#vectorOf(to), [to]);
      if (asked['mmr'] === undefined) return nearest;
      const { higher } = nearest;
      const good = { hits: goodOf(nearest, scoreThreshold), higher };
      return this.#diverse(good, this.#vectorOf(to), asked['mmr'] as Json, most);
    }
    if ('recommend' in asked) return this.#recommend(among, asked['recommend'] as Json);
    if ('discover' in asked) {
      const { target, context } = asked['discover'] as {
        target: Example;
        context: ContextPair | ContextPair[];
      };
      const pairs = listOf(context);
      return this.#by(
        among,
        [target, ...pairs.flatMap(({ positive, negative }) => [positive, negative])],
        (like) => {
          const rank = sum(pairs.map(({ positive, negative }) => Math.sign(like(positive) - like(negative))));
          return rank + scaled(like(target));
        },
      );
    }
    if ('context' in asked) {
      const pairs = listOf(asked['context'] as ContextPair | ContextPair[]);
      return this.#by(
        among,
        pairs.flatMap(({ positive, negative }) => [positive, negative]),
        (like) =>
          sum(
            pairs.map(({ positive, negative }) =>
              sigmoid(Math.min(0, like(positive) - like(negative) - 2 ** -23)),
            ),
          ),
      );
    }
    if ('relevanceFeedback' in asked) return this.#feedback(among, asked['relevanceFeedback'] as Json);
    if ('orderBy' in asked) return inOrder(among, asked['orderBy']);
    if ('fusion' in asked) return this.#fuse(asked, below);
    return this.#formula(asked, among, below);
  }

  #vectorOf(example: Example): Value {
    if (isGiven(example)) return example as Value;
    const id = typeof example === 'object' ? (example as { id: PointId }).id : example;
    return this.points.find((point) => point.id === id)!.vector;
  }

  /** Words count by all texts that there are, whichever are ranked. */
  #text(among: readonly OraclePoint[], query: Bm25Query): Ranking {
    const { path } = this.fields.text!;
    const texts = new Map(this.points.map(({ id, payload }) => [id, payload?.[path] as string | undefined]));
    const scores = bm25(texts, query);
    const hits = among.flatMap(({ id }) => (scores.has(id) ? [{ id, score: scores.get(id)! }] : []));
    return { hits: this.#sorted(hits, true), higher: true };
  }

  /** How similar a point is: the score of the metric, or the negative of a distance, of the Euclidean squared. */
  #likeness(to: Value, own: Value): number {
    if (this.kind === 'sparse') return sum(productsOf(to as OracleSparse, own as OracleSparse));
    if (this.kind === 'multi')
      return sum(
        vectorsIn(to).map((one) => Math.max(...vectorsIn(own).map((other) => this.#likenessOf(one, other)))),
      );
    return this.#likenessOf(to as Vector, own as Vector);
  }

  #likenessOf(a: Vector, b: Vector): number {
    const score = SCORES[this.metric](a, b);
    if (higherIsBetter(this.metric)) return score;
    return this.metric === 'euclidean' ? -Math.fround(score ** 2) : -score;
  }

  /** The score of a search; undefined where the point is not found by it. */
  #scoreOf(to: Value, own: Value): number | undefined {
    if (this.kind === 'dense') return SCORES[this.metric](to as Vector, own as Vector);
    if (this.kind === 'sparse' && productsOf(to as OracleSparse, own as OracleSparse).length === 0)
      return undefined;
    const likeness = this.#likeness(to, own);
    if (higherIsBetter(this.metric)) return likeness;
    return this.metric === 'euclidean' ? Math.sqrt(-likeness) : -likeness;
  }

  #without(among: readonly OraclePoint[], examples: readonly Example[]): readonly OraclePoint[] {
    const named = examples.flatMap((one) => {
      if (isGiven(one)) return [];
      return [typeof one === 'object' ? (one as { id: PointId }).id : one];
    });
    return among.filter(({ id }) => !named.includes(id));
  }

  #nearest(among: readonly OraclePoint[], to: Value, examples: readonly Example[]): Ranking {
    const higher = higherIsBetter(this.metric);
    const hits = this.#without(among, examples).flatMap(({ id, vector }) => {
      const score = this.#scoreOf(to, vector);
      return score === undefined ? [] : [{ id, score }];
    });
    return { hits: this.#sorted(hits, higher), higher };
  }

  /** Stable: `points` are in the order of writing. */
  #sorted(hits: OracleHit[], higher: boolean): OracleHit[] {
    return hits.sort((a, b) => (higher ? b.score - a.score : a.score - b.score));
  }

  #by(
    among: readonly OraclePoint[],
    examples: readonly Example[],
    scoreOf: (like: (example: Example) => number) => number,
  ): Ranking {
    const hits = this.#without(among, examples).map(({ id, vector }) => ({
      id,
      score: scoreOf((example) => this.#likeness(this.#vectorOf(example), vector)),
    }));
    return { hits: this.#sorted(hits, true), higher: true };
  }

  #recommend(among: readonly OraclePoint[], o: Json): Ranking {
    const [positive, negative] = [o['positive'], o['negative']].map((some) => (some ?? []) as Example[]) as [
      Example[],
      Example[],
    ];
    const all = [...positive, ...negative];
    switch (o['strategy']) {
      case 'best_score':
        return this.#by(among, all, (like) => {
          const [near, far] = [Math.max(...positive.map(like)), Math.max(...negative.map(like))];
          return near > far ? scaled(near) : -scaled(far);
        });
      case 'sum_scores':
        return this.#by(among, all, (like) => sum(positive.map(like)) - sum(negative.map(like)));
      default:
        return this.#nearest(among, this.#meanOf(positive, negative), all);
    }
  }

  #meanOf(positive: readonly Example[], negative: readonly Example[]): Value {
    if (this.kind === 'multi')
      return [
        ...positive.flatMap((one) => vectorsIn(this.#vectorOf(one))),
        ...negative.flatMap((one) =>
          vectorsIn(this.#vectorOf(one)).map((vector) => Array.from(vector, (x) => -x)),
        ),
      ];
    // By cosine, stored vectors count by their direction alone.
    const lengthOf = (one: Example): number =>
      this.metric === 'cosine' && !isGiven(one) ? Math.hypot(...(this.#vectorOf(one) as Vector)) || 1 : 1;
    const mean = (some: readonly Example[], i: number): number =>
      sum(some.map((one) => componentOf(this.#vectorOf(one), i) / lengthOf(one))) / some.length;
    const at = (i: number): number =>
      negative.length === 0 ? mean(positive, i) : 2 * mean(positive, i) - mean(negative, i);
    if (this.kind === 'dense') return Array.from(this.#vectorOf(positive[0]!) as Vector, (_, i) => at(i));
    const all = [...positive, ...negative].flatMap((one) => (this.#vectorOf(one) as OracleSparse).indices);
    const indices = [...new Set(all)];
    return { indices, values: indices.map(at) };
  }

  #feedback(among: readonly OraclePoint[], o: Json): Ranking {
    const { target, feedback, strategy } = o as unknown as FeedbackQuery['relevanceFeedback'];
    const { a, b, c } = strategy.naive;
    const examples = [target, ...feedback.map(({ example }) => example)];
    return this.#by(among, examples, (like) => {
      const pairs = feedback.flatMap((better) => feedback.map((worse) => ({ better, worse })));
      const parts = pairs.map(({ better, worse }) => {
        const confidence = better.score - worse.score;
        if (confidence <= 0) return 0;
        return confidence ** b * c * (like(better.example) - like(worse.example));
      });
      return a * like(target) + sum(parts);
    });
  }

  #diverse({ hits, higher }: Ranking, query: Value, o: Json, most: number): Ranking {
    const { diversity = 0.5, candidates = most } = o as { diversity?: number; candidates?: number };
    const vectorOf = ({ id }: OracleHit): Value => this.points.find((point) => point.id === id)!.vector;
    const left = hits.slice(0, candidates);
    const chosen: OracleHit[] = [];
    while (left.length > 0 && chosen.length < most) {
      const values = left.map((hit) => {
        const relevance = this.#likeness(query, vectorOf(hit));
        if (chosen.length === 0) return relevance;
        // By MaxSim, the one that may be chosen asks.
        const likest = Math.max(...chosen.map((other) => this.#likeness(vectorOf(hit), vectorOf(other))));
        return (1 - diversity) * relevance - diversity * likest;
      });
      chosen.push(...left.splice(values.indexOf(Math.max(...values)), 1));
    }
    return { hits: chosen, higher };
  }

  #fuse(asked: Json, below: readonly Ranking[]): Ranking {
    const weights = (asked['weights'] as number[] | undefined) ?? below.map(() => 1);
    const hits = this.points.map(({ id }) => {
      const parts = below.map(({ hits: list, higher }, i) => {
        const place = list.findIndex((hit) => hit.id === id);
        if (place < 0) return undefined;
        const scores = list.map(({ score }) => (higher ? score : -score));
        const [own, weight] = [scores[place]!, weights[i]!];
        if (asked['fusion'] === 'rrf')
          return weight > 0 ? 1 / ((place + 1) / weight + ((asked['k'] as number) ?? 2) - 1) : 0;
        if (asked['fusion'] === 'weighted') {
          const [least, most] = [Math.min(...scores), Math.max(...scores)];
          return weight * (most > least ? (own - least) / (most - least) : 1);
        }
        const mean = sum(scores) / scores.length;
        const deviation = Math.sqrt(sum(scores.map((x) => (x - mean) ** 2)) / (scores.length - 1));
        if (new Set(scores).size === 1) return weight / 2;
        const [low, high] = [mean - 3 * deviation, mean + 3 * deviation];
        return (weight * (own - low)) / (high - low);
      });
      const found = parts.filter((part) => part !== undefined);
      return found.length > 0 ? [{ id, score: sum(found) }] : [];
    });
    return { hits: this.#sorted(hits.flat(), true), higher: true };
  }

  #formula(asked: Json, among: readonly OraclePoint[], below: readonly Ranking[]): Ranking {
    const defaults = (asked['defaults'] ?? {}) as Json;
    const hits = among.map((point) => {
      const scores = below.map(({ hits: list }) => list.find(({ id }) => id === point.id)?.score);
      return { id: point.id, score: evaluated(asked['formula'] as Expression, point, scores, defaults) };
    });
    return { hits: this.#sorted(hits, true), higher: true };
  }
}

function goodOf({ hits, higher }: Ranking, scoreThreshold: number | undefined): OracleHit[] {
  return hits.filter(
    ({ score }) =>
      scoreThreshold === undefined || (higher ? score >= scoreThreshold : score <= scoreThreshold),
  );
}

function isAt(score: number, threshold: number | undefined, gap: number): boolean {
  return threshold !== undefined && Math.abs(score - threshold) < gap * Math.max(1, Math.abs(score));
}

function areClose(hits: readonly OracleHit[], least: number): boolean {
  const scores = hits.map(({ score }) => score).sort((a, b) => a - b);
  return scores.some((score, i) => {
    const gap = i === 0 ? Infinity : score - scores[i - 1]!;
    return gap !== 0 && gap < least * Math.max(1, Math.abs(score));
  });
}
