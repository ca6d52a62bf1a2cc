/*
 * Queries, from what a caller wrote (api/query.ts) to their checked form; errors name the place of what is wrong. Whatever
 * is given comes out as a tree or as a ValidationError, and the tree shares nothing with it.
 */
import { OPTIONS } from '../../../api/options.js';
import { atMost, show } from '../../../base/checks.js';
import { SiltError, ValidationError } from '../../../base/errors.js';
import { didYouMean } from '../../../base/hints.js';
import {
  FILTER_BYTES_MAX,
  HITS_MAX,
  K_MAX,
  MMR_COMPARISONS_MAX,
  QUERIES_MAX,
  QUERY_DEPTH_MAX,
  QUERY_STEPS_MAX,
} from '../../../base/limits.js';
import type { Condition } from '../../../filter/condition.js';
import { keyOf } from '../../../filter/key.js';
import { parseFilter } from '../../../filter/parse.js';
import type { LiveIndex } from '../../live-index.js';
import type { CheckedFilter } from '../filters.js';
import { projectionOf } from '../projection.js';
import type { Reader } from '../reader.js';
import { TAKE, takeOf } from '../take.js';
import type { Grouping } from './groups.js';
import { parseAsk, pathAt } from './parse-ask.js';
import { mapAt, membersOf, refuse, within } from './places.js';
import { StepFields } from './step-fields.js';
import type { CheckedQuery, Step } from './tree.js';

/** The collection that is asked. */
export interface Asked {
  readonly live: LiveIndex;
  readonly reader: Pick<Reader, 'of' | 'vectors'>;
}

/** What a step is read with. */
interface Reading extends Asked {
  /** How many steps there are, and how many points they ask for, so far. */
  readonly seen: { steps: number; points: number };
}

const GROUPED_CANDIDATES = Math.floor(Math.sqrt(MMR_COMPARISONS_MAX));

type Given = ReturnType<typeof OPTIONS.prefetch.read>;

/** What a filter admits, and that above it. */
function bothFilters(
  above: CheckedFilter | undefined,
  value: unknown,
  place: string,
  { live }: Asked,
): CheckedFilter | undefined {
  if (value === undefined) return above;
  const own = parseFilter(value, place, live.stored.values);
  const condition: Condition = above ? { kind: 'all', of: [above.condition, own] } : own;
  const key = keyOf(condition);
  atMost(`bytes of ${place}, about`, key.bytes, FILTER_BYTES_MAX, 'Shorten its lists of values');
  return { condition, key };
}

function parsePrefetch(
  value: unknown,
  place: string,
  above: CheckedFilter | undefined,
  reading: Reading,
  depth: number,
): Step[] {
  if (value === undefined) return [];
  if (depth > QUERY_DEPTH_MAX) throw refuse(place, `is more than ${QUERY_DEPTH_MAX} deep`);
  const read = (one: unknown, at: string): Step =>
    parseStep(OPTIONS.prefetch.read(one, at, `${at}.`), at, above, reading, depth);
  return Array.isArray(value) ? mapAt(value, place, QUERY_STEPS_MAX, read) : [read(value, place)];
}

function parseStep(
  o: Given,
  place: string,
  above: CheckedFilter | undefined,
  reading: Reading,
  depth: number,
): Step {
  const { seen, live, reader } = reading;
  atMost('steps of a query', ++seen.steps, QUERY_STEPS_MAX, 'Ask in several queries');
  const { using, recall, ef, exact, indexedOnly, offset, scoreThreshold } = o;
  const points = o.k + offset;
  if (offset > 0)
    atMost(`${within(place, 'k')} and offset`, points, K_MAX, 'scroll reads any number of points');
  seen.points += points;
  atMost('points that the steps of a query ask for', seen.points, HITS_MAX, 'Ask for fewer');
  const filter = bothFilters(above, o.filter, within(place, 'filter'), reading);
  const prefetch = parsePrefetch(o.prefetch, within(place, 'prefetch'), filter, reading, depth + 1);
  const fields = new StepFields(live, using, place);
  const ask = parseAsk(o.query, place, { fields, points, prefetch: prefetch.length });
  fields.checkUsed();
  const k = ask.kind === 'nearest' && ask.mmr ? ask.mmr.candidates : points;
  if (ask.kind === 'nearest' && ask.mmr)
    atMost(
      `candidates times points of ${within(place, 'query.mmr')}`,
      k * Math.min(points, k),
      MMR_COMPARISONS_MAX,
      'Choose from fewer',
    );
  const field = 'field' in ask ? ask.field : undefined;
  const searched = exact || !field ? undefined : reader.of(field);
  const aim = searched?.aims.for({ k, recall, ef, filtered: filter !== undefined || indexedOnly });
  return { place, ask, prefetch, filter, k: o.k, offset, scoreThreshold, aim, indexedOnly };
}

/** @throws ValidationError naming the place of what is wrong; the reason of `signal` */
export function parseQuery(given: unknown, { live, reader }: Asked, place = ''): CheckedQuery {
  try {
    const o = OPTIONS.query.read(given, place === '' ? 'query' : place, place === '' ? '' : `${place}.`);
    const root = parseStep(o, place, undefined, { live, reader, seen: { steps: 0, points: 0 } }, 0);
    const withPayload = projectionOf(within(place, 'withPayload'), o.withPayload);
    const { minSeq, withSeq, signal } = o;
    const withVector = reader.vectors(o.withVector);
    signal?.throwIfAborted();
    return { root, minSeq, withPayload, withVector, withSeq, take: takeOf(given), signal };
  } catch (error) {
    // Of a request that contains itself, or whose getters call one another.
    if (error instanceof RangeError && !(error instanceof SiltError))
      throw new ValidationError('INVALID_QUERY', `the query is too deep: ${error.message}`);
    throw error;
  }
}

/** @throws ValidationError */
export function parseQueries(given: unknown, asked: Asked): CheckedQuery[] {
  if (!Array.isArray(given))
    throw new ValidationError('INVALID_OPTION', `requests must be an array, got ${show(given)}`);
  const instead = 'Ask in several batches';
  atMost('queries of a batch', given.length, QUERIES_MAX, instead);
  const queries = Array.from(given, (one: unknown, i) => parseQuery(one, asked, `requests[${i}]`));
  const points = queries.reduce((sum, { root }) => sum + root.k, 0);
  atMost('points of a batch', points, HITS_MAX, instead);
  return queries;
}

/** @throws ValidationError */
export function parseGroups(
  given: unknown,
  asked: Asked,
): { readonly query: CheckedQuery; readonly grouping: Grouping } {
  const { groupBy, groupSize, groups, ...rest } = membersOf(given, 'a query of groups');
  const known = [...Object.keys(OPTIONS.query.table), 'groupBy', 'groupSize', 'groups'];
  const unknown = Object.keys(rest).find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new ValidationError(
      'INVALID_OPTION',
      `queryGroups has no option ${JSON.stringify(unknown)}; it has ${known.join(', ')}${unknown === 'limit' ? '. Did you mean groups?' : didYouMean(unknown, known)}`,
    );
  const { groupSize: size, groups: count } = OPTIONS.groups.read({ groupSize, groups });
  const path = pathAt(groupBy, 'groupBy');
  const query = parseQuery({ ...rest, [TAKE]: takeOf(given) }, asked);
  const { k, offset } = query.root;
  const grouping = { path, size, count: count ?? k, offset };
  atMost('points of all groups', size * (grouping.count + offset), K_MAX, 'Ask for fewer groups');
  const { ask } = query.root;
  if (ask.kind === 'nearest' && ask.mmr)
    // Where groups are not full, all candidates are put in order.
    atMost('candidates of query.mmr of groups', ask.mmr.candidates, GROUPED_CANDIDATES, 'Choose from fewer');
  return { query, grouping };
}
