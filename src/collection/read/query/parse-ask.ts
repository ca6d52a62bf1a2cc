/* What a step of a query asks: a leaf, a fusion or a formula. */
import { OPTIONS } from '../../../api/options.js';
import { show } from '../../../base/checks.js';
import { SiltError } from '../../../base/errors.js';
import { didYouMean } from '../../../base/hints.js';
import { idKeyOf } from '../../../base/ids.js';
import { EXAMPLES_MAX, MMR_CANDIDATES_MAX } from '../../../base/limits.js';
import type { DenseSpec } from '../../../fields/field.js';
import { checkSparse } from '../../../fields/values.js';
import { microsecondsOf } from '../../../filter/datetime.js';
import { type Path, parsePath } from '../../../filter/path.js';
import { checkQuery, checkVector, isNumbers } from '../../../hnsw/vectors.js';
import { multiQuery } from '../multi.js';
import type { HighlightParams } from '../request.js';
import { textQuery } from '../text.js';
import { feedbackWeights } from './examples.js';
import { parseExpression, scoreIndex } from './expression.js';
import {
  integerAt,
  isObject,
  knownMembers,
  type Members,
  mapAt,
  membersOf,
  numberAt,
  oneOf,
  onlyThese,
  refuse,
  refuseValue,
  within,
} from './places.js';
import type { StepFields } from './step-fields.js';
import type { Ask, Compared, Comparison, Example, Mmr, Pair, Value } from './tree.js';

/** Where a query stands. */
export interface Around {
  readonly fields: StepFields;
  /** How many points the step finds. */
  readonly points: number;
  /** How many steps it ranks. */
  readonly prefetch: number;
}

/** What may be asked, by the member that says so, and what may stand beside it. */
const HEADS: Readonly<Record<string, readonly string[]>> = {
  nearest: ['mmr'],
  id: [],
  indices: ['values'],
  text: ['match', 'prefix', 'fuzzy', 'highlight'],
  recommend: [],
  discover: [],
  context: [],
  relevanceFeedback: [],
  orderBy: [],
  sample: ['seed'],
  fusion: ['k', 'weights'],
  formula: ['defaults'],
};
const NAMES = Object.keys(HEADS);

function vectorAt(value: unknown, place: string, { dimension, metric }: DenseSpec): Float32Array {
  checkVector(value, dimension, place);
  const vector = new Float32Array(dimension);
  vector.set(value); // by index, as it was checked
  checkQuery(vector, metric, place);
  return vector;
}

function idAt(value: unknown, place: string): Example & { readonly key: Uint8Array } {
  try {
    return { key: idKeyOf(value as number), place };
  } catch (error) {
    if (error instanceof SiltError) throw refuse(place, `is not an id: ${error.message}`);
    throw error;
  }
}

/** What is compared with by itself, without a point that has it. */
function valueAt(value: unknown, place: string, { spec }: Compared): Value {
  if (spec.kind === 'sparse') {
    if (!isObject(value)) throw refuseValue(place, '{ indices, values }, an id or { id }', value);
    const given = knownMembers(value, place, ['indices', 'values']);
    return checkSparse(given, { name: place, field: '' });
  }
  if (!isNumbers(value)) throw refuseValue(place, 'a vector, an id or { id }', value);
  return spec.kind === 'multi' ? multiQuery(spec, value, place) : vectorAt(value, place, spec);
}

/** A value of the field, an id, or `{ id }`. */
function exampleAt(value: unknown, place: string, field: Compared): Example {
  if (['string', 'number', 'bigint'].includes(typeof value)) return idAt(value, place);
  const isSparse = field.spec.kind === 'sparse' && isObject(value) && 'indices' in value;
  if (isObject(value) && !isSparse) return idAt(knownMembers(value, place, ['id'])['id'], `${place}.id`);
  return { value: valueAt(value, place, field), place };
}

function examplesAt(value: unknown, place: string, field: Compared): Example[] {
  return value === undefined ? [] : mapAt(value, place, EXAMPLES_MAX, (one, at) => exampleAt(one, at, field));
}

function mmrAt(value: unknown, place: string, points: number): Mmr | undefined {
  if (value === undefined) return undefined;
  const { diversity = 0.5, candidates = Math.min(points, MMR_CANDIDATES_MAX) } = knownMembers(value, place, [
    'diversity',
    'candidates',
  ]);
  return {
    diversity: numberAt(diversity, `${place}.diversity`, 'a number from 0 to 1', (x) => x >= 0 && x <= 1),
    candidates: integerAt(candidates, `${place}.candidates`, 1, MMR_CANDIDATES_MAX),
  };
}

/** The points nearest to a value, in the field that its form says, or to a stored point, in whichever field. */
function nearestTo(value: unknown, place: string, { fields }: Around): Ask & { kind: 'nearest' } {
  const isSparse = isObject(value) && 'indices' in value;
  const field = isSparse
    ? { spec: fields.sparse() }
    : isNumbers(value)
      ? fields.vectorsIn()
      : fields.pointsIn();
  return { kind: 'nearest', to: exampleAt(value, place, field), mmr: undefined, ...field };
}

function nearestAt({ nearest, mmr }: Members, place: string, around: Around): Ask {
  const at = `${place}.nearest`;
  const chosen = mmrAt(mmr, `${place}.mmr`, around.points);
  if (!isNumbers(nearest) && !isObject(nearest))
    throw refuseValue(at, 'a vector, { indices, values } or { id }', nearest);
  return { ...nearestTo(nearest, at, around), mmr: chosen };
}

function recommendAt(value: unknown, place: string, field: Compared): Comparison {
  const given = knownMembers(value, place, ['positive', 'negative', 'strategy']);
  const positive = examplesAt(given['positive'], `${place}.positive`, field);
  const negative = examplesAt(given['negative'], `${place}.negative`, field);
  const { strategy = 'average_vector' } = given;
  const by = oneOf(strategy, `${place}.strategy`, ['average_vector', 'best_score', 'sum_scores']);
  if (by === 'average_vector') {
    if (positive.length === 0)
      throw refuse(`${place}.positive`, 'needs at least one example with the strategy average_vector');
    return { kind: 'average', positive, negative };
  }
  if (positive.length + negative.length === 0)
    throw refuse(place, 'must have an example, positive or negative');
  return { kind: 'recommend', positive, negative, strategy: by };
}

function pairsAt(value: unknown, place: string, field: Compared): Pair[] {
  const read = (one: unknown, at: string): Pair => {
    const { positive, negative } = knownMembers(one, at, ['positive', 'negative']);
    return {
      positive: exampleAt(positive, `${at}.positive`, field),
      negative: exampleAt(negative, `${at}.negative`, field),
    };
  };
  return Array.isArray(value) ? mapAt(value, place, EXAMPLES_MAX, read) : [read(value, place)];
}

function startAt(value: unknown, place: string): number | undefined {
  if (value === undefined) return undefined;
  const text = value instanceof Date && !Number.isNaN(value.getTime()) ? value.toISOString() : value;
  const time = typeof text === 'string' ? microsecondsOf(text) : undefined;
  return time ?? numberAt(text, place, 'a finite number, or a time such as "2024-05-01T12:00:00Z"');
}

/** `orderBy` of a query or a scroll. */
export function orderAt(value: unknown, place: string): Ask & { kind: 'orderBy' } {
  if (typeof value === 'string')
    return { kind: 'orderBy', path: pathAt(value, place), descending: false, from: undefined };
  const { key, direction = 'asc', startFrom } = knownMembers(value, place, ['key', 'direction', 'startFrom']);
  return {
    kind: 'orderBy',
    path: pathAt(key, `${place}.key`),
    descending: oneOf(direction, `${place}.direction`, ['asc', 'desc']) === 'desc',
    from: startAt(startFrom, `${place}.startFrom`),
  };
}

export function pathAt(value: unknown, place: string): Path {
  return parsePath(value, place, 'INVALID_QUERY');
}

function weightsAt(value: unknown, place: string, count: number): number[] {
  if (value === undefined) return Array.from({ length: count }, () => 1);
  const weights = mapAt(value, place, Infinity, (one, at) => numberAt(one, at));
  if (weights.length === count) return weights;
  throw refuse(place, `must have one weight for each prefetch: ${count}, got ${weights.length}`);
}

function fusionAt({ fusion, k, weights }: Members, place: string, { prefetch }: Around): Ask {
  if (prefetch === 0) throw refuse(`${place}.fusion`, 'needs a prefetch: the lists to merge');
  const by = oneOf(fusion, `${place}.fusion`, ['rrf', 'dbsf', 'weighted']);
  if (k !== undefined && by !== 'rrf')
    throw refuse(`${place}.k`, `only applies to the fusion rrf, not to ${by}`);
  return {
    kind: 'fusion',
    by,
    k: k === undefined ? 2 : numberAt(k, `${place}.k`, 'a number from 1', (x) => x >= 1),
    weights: weightsAt(weights, `${place}.weights`, prefetch),
  };
}

function formulaAt({ formula, defaults }: Members, place: string, { prefetch, fields }: Around): Ask {
  if (prefetch === 0) throw refuse(`${place}.formula`, 'needs a prefetch: the points that it ranks');
  const expression = parseExpression(formula, `${place}.formula`, {
    scores: prefetch,
    vectors: fields.vectors,
  });
  const given = defaults === undefined ? {} : membersOf(defaults, `${place}.defaults`);
  const values = new Map<string, unknown>();
  for (const [name, value] of Object.entries(given)) {
    const at = `${place}.defaults[${show(name)}]`;
    const score = scoreIndex(name);
    if (score !== undefined) values.set(`$score[${score}]`, numberAt(value, at));
    else values.set(pathAt(name, at).text, structuredCloneOf(value, at));
  }
  return { kind: 'formula', expression, defaults: values };
}

/** A number, a time, or a place: what a variable may be. */
function structuredCloneOf(value: unknown, place: string): unknown {
  if (typeof value === 'number' || typeof value === 'string') return value;
  const { lat, lon } = knownMembers(value, place, ['lat', 'lon']);
  return { lat: numberAt(lat, `${place}.lat`), lon: numberAt(lon, `${place}.lon`) };
}

function discoverAt(value: unknown, place: string, field: Compared): Comparison {
  const { target, context } = knownMembers(value, place, ['target', 'context']);
  return {
    kind: 'discover',
    target: exampleAt(target, `${place}.target`, field),
    pairs: pairsAt(context, `${place}.context`, field),
  };
}

function sampleAt({ sample, seed }: Members, place: string): Ask {
  oneOf(sample, `${place}.sample`, ['random']);
  const given = seed === undefined ? undefined : integerAt(seed, `${place}.seed`, 0, 0xffff_ffff);
  return { kind: 'sample', seed: given };
}

function contextAt(value: unknown, place: string, field: Compared): Comparison {
  const pairs = pairsAt(value, place, field);
  if (pairs.length === 0) throw refuse(place, 'needs at least one pair');
  return { kind: 'context', pairs };
}

function feedbackAt(value: unknown, place: string, field: Compared): Comparison {
  const { target, feedback, strategy } = knownMembers(value, place, ['target', 'feedback', 'strategy']);
  const { naive } = knownMembers(strategy, `${place}.strategy`, ['naive']);
  const at = `${place}.strategy.naive`;
  const given = knownMembers(naive, at, ['a', 'b', 'c']);
  const [a, c] = [numberAt(given['a'], `${at}.a`), numberAt(given['c'], `${at}.c`)];
  const b = numberAt(given['b'], `${at}.b`, 'a number from 0', (x) => x >= 0);
  const rated = mapAt(feedback, `${place}.feedback`, EXAMPLES_MAX, (one, of) => {
    const { example, score } = knownMembers(one, of, ['example', 'score']);
    return { example: exampleAt(example, `${of}.example`, field), rating: numberAt(score, `${of}.score`) };
  });
  if (rated.length === 0) throw refuse(`${place}.feedback`, 'must have an example');
  const ratings = rated.map(({ rating }) => rating);
  return {
    kind: 'feedback',
    target: exampleAt(target, `${place}.target`, field),
    examples: rated.map(({ example }) => example),
    weights: [a, ...feedbackWeights(ratings, { b, c })],
  };
}

/** Those that compare with several examples. */
const COMPARISONS: Readonly<Record<string, typeof contextAt>> = {
  recommend: recommendAt,
  discover: discoverAt,
  context: contextAt,
  relevanceFeedback: feedbackAt,
};

function highlightAt(value: unknown, place: string): HighlightParams | undefined {
  if (value === undefined || value === false) return undefined;
  return OPTIONS.highlight.read(value === true ? {} : value, `${place}.highlight`, `${place}.`);
}

function askAt(head: string, members: Members, place: string, around: Around): Ask {
  const at = `${place}.${head}`;
  const compare = COMPARISONS[head];
  if (compare) {
    const field = around.fields.pointsIn();
    return { ...compare(members[head], at, field), ...field };
  }
  switch (head) {
    case 'nearest':
      return nearestAt(members, place, around);
    case 'id':
    case 'indices':
      return nearestTo(members, place, around);
    case 'text': {
      const spec = around.fields.text();
      const { highlight, ...words } = members;
      const query = textQuery(words, spec, place);
      return { kind: 'text', spec, query, highlight: highlightAt(highlight, place) };
    }
    case 'orderBy':
      return orderAt(members['orderBy'], at);
    case 'sample':
      return sampleAt(members, place);
    case 'fusion':
      return fusionAt(members, place, around);
    default:
      return formulaAt(members, place, around);
  }
}

/** `step`: the place of the step, whose member `query` is read. */
export function parseAsk(value: unknown, step: string, around: Around): Ask {
  const place = within(step, 'query');
  if (value === undefined) {
    if (around.prefetch === 0) return { kind: 'ids' };
    throw refuse(
      place,
      "is missing: with prefetch, it says how the points found are ranked, such as { fusion: 'rrf' }",
    );
  }
  if (isNumbers(value)) return nearestTo(value, place, around);
  if (['number', 'bigint'].includes(typeof value))
    throw refuse(
      place,
      `must be a vector or an object, got ${show(value)}. To search by a stored point, pass { id: ${show(value)} }`,
    );
  const members = membersOf(value, place, `a vector, or an object with one of ${NAMES.join(', ')}`);
  const given = NAMES.filter((name) => name in members);
  if (given.length === 1) {
    const [head] = given as [string];
    onlyThese(members, place, [head, ...HEADS[head]!]);
    return askAt(head, members, place, around);
  }
  const [first = ''] = Object.keys(members);
  const got = given.length > 1 ? given.join(' and ') : Object.keys(members).map(show).join(', ') || 'nothing';
  throw refuse(
    place,
    `must have exactly one of ${NAMES.join(', ')}; it has ${got}${given.length > 1 ? '' : didYouMean(first, NAMES)}`,
  );
}
