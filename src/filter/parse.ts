/* Filters, from what a caller wrote (grammar.ts) to their checked form; errors name the place of what is wrong. */
import { atMost, show } from '../base/checks.js';
import { SiltError } from '../base/errors.js';
import { didYouMean, fieldsThere } from '../base/hints.js';
import { idKeyOf, textOfKey } from '../base/ids.js';
import { FILTER_CONDITIONS_MAX, FILTER_DEPTH_MAX, IDS_MAX } from '../base/limits.js';
import type { Condition } from './condition.js';
import { knownMembers, type Members, mapAt, membersOf, numberAt, refuse, refuseValue } from './members.js';
import { isField, parseAbsence, parseField } from './parse-field.js';
import { eachOf, parsePath } from './path.js';
import { plainFilter } from './plain.js';

/** A field in which points may have vectors. */
export interface VectorField {
  /** '' for the unnamed one. */
  readonly name: string;
  readonly number: number;
}

const NO_FIELDS: readonly VectorField[] = [];

/** How far inside a condition is, and what it may speak of. */
interface Depth {
  readonly vectors: readonly VectorField[];
  readonly filters: number;
  /** Within `nested`, where conditions look at objects, which have no ids. */
  readonly nested: boolean;
  /** How many conditions have been read: an object that comes again and again counts each time. */
  readonly seen: { conditions: number };
}

/** The id's key as a string of one character a byte, which a Set can find. */
function keyAt(id: unknown, place: string): string {
  try {
    return textOfKey(idKeyOf(id));
  } catch (error) {
    if (error instanceof SiltError) throw refuse(place, `is not an id: ${error.message}`);
    throw error;
  }
}

function parseIds(value: unknown, place: string, depth: Depth): Condition {
  const ids = knownMembers(value, place, ['has_id'])['has_id'];
  if (depth.nested) throw refuse(`${place}.has_id`, 'is within nested, where nothing has an id');
  if (Array.isArray(ids))
    atMost(`ids in ${place}.has_id`, ids.length, IDS_MAX, 'Use several conditions, or a payload key');
  return { kind: 'id', keys: new Set(mapAt(ids, `${place}.has_id`, keyAt)) };
}

function parseHasVector(value: unknown, place: string, { nested, vectors }: Depth): Condition {
  const name = knownMembers(value, place, ['has_vector'])['has_vector'];
  const inside = `${place}.has_vector`;
  if (nested) throw refuse(inside, 'is within nested, where nothing has a vector');
  if (typeof name !== 'string') throw refuseValue(inside, 'the name of a field', name);
  const found = vectors.find((field) => field.name === name);
  if (found) return { kind: 'vector', field: found.number };
  const names = vectors.map((field) => field.name);
  throw refuse(
    inside,
    `names ${show(name)}, which is not a field with vectors: ${fieldsThere(names)}${didYouMean(name, names)}`,
  );
}

function parseNested(value: unknown, place: string, depth: Depth): Condition {
  const inside = `${place}.nested`;
  const nested = knownMembers(knownMembers(value, place, ['nested'])['nested'], inside, ['key', 'filter']);
  return {
    kind: 'nested',
    path: eachOf(parsePath(nested['key'], `${inside}.key`)),
    of: parseInner(nested['filter'], `${inside}.filter`, {
      ...depth,
      filters: depth.filters + 1,
      nested: true,
    }),
  };
}

const FILTER_MEMBERS = ['must', 'should', 'must_not', 'min_should'];
const CONDITION_HEADS = ['key', 'is_empty', 'is_null', 'has_id', 'has_vector', 'nested'];

function parseCondition(value: unknown, place: string, depth: Depth): Condition {
  const what = 'conditions of a filter';
  atMost(what, ++depth.seen.conditions, FILTER_CONDITIONS_MAX, 'Use match.any or has_id for lists of values');
  const members = membersOf(value, place);
  if (isField(members)) return parseField(value, place);
  if ('is_empty' in members) return parseAbsence(value, place, 'is_empty');
  if ('is_null' in members) return parseAbsence(value, place, 'is_null');
  if ('has_id' in members) return parseIds(value, place, depth);
  if ('has_vector' in members) return parseHasVector(value, place, depth);
  if ('nested' in members) return parseNested(value, place, depth);
  knownMembers(value, place, [...CONDITION_HEADS, ...FILTER_MEMBERS]);
  return parseInner(plainFilter(value, place), place, { ...depth, filters: depth.filters + 1 });
}

function parseConditions(value: unknown, place: string, depth: Depth): Condition[] {
  return mapAt(value, place, (one, inside) => parseCondition(one, inside, depth));
}

/** One condition or an array of them; none where the member is not there. */
function conditionsOf(members: Members, name: string, place: string, depth: Depth): Condition[] {
  const value = members[name];
  if (value === undefined) return [];
  if (Array.isArray(value)) return parseConditions(value, `${place}.${name}`, depth);
  return [parseCondition(value, `${place}.${name}`, depth)];
}

function parseMinShould(value: unknown, place: string, depth: Depth): Condition {
  const { conditions, min_count: count } = knownMembers(value, place, ['conditions', 'min_count']);
  if (!Number.isInteger(count)) throw refuseValue(`${place}.min_count`, 'an integer from 1', count);
  return {
    kind: 'some',
    count: numberAt(count, `${place}.min_count`, 1, Infinity, 'an integer from 1'),
    of: parseConditions(conditions, `${place}.conditions`, depth),
  };
}

function parseInner(value: unknown, place: string, depth: Depth): Condition {
  if (depth.filters > FILTER_DEPTH_MAX)
    throw refuse(place, `is more than ${FILTER_DEPTH_MAX} filters deep, or contains itself`);
  const members = knownMembers(value, place, FILTER_MEMBERS);
  const of = conditionsOf(members, 'must', place, depth);
  const should = conditionsOf(members, 'should', place, depth);
  if (should.length > 0) of.push(should.length === 1 ? should[0]! : { kind: 'some', count: 1, of: should });
  for (const one of conditionsOf(members, 'must_not', place, depth)) of.push({ kind: 'not', of: one });
  if ('min_should' in members) of.push(parseMinShould(members['min_should'], `${place}.min_should`, depth));
  return of.length === 1 ? of[0]! : { kind: 'all', of };
}

function outermost(vectors: readonly VectorField[]): Depth {
  return { vectors, filters: 1, nested: false, seen: { conditions: 0 } };
}

/**
 * The checked form of a filter. `place` is what errors call it; `vectors`: the fields that it may ask about.
 *
 * @throws ValidationError INVALID_FILTER
 */
export function parseFilter(
  value: unknown,
  place = 'filter',
  vectors: readonly VectorField[] = NO_FIELDS,
): Condition {
  return parseInner(plainFilter(value, place), place, outermost(vectors));
}

/** The checked form of one condition. */
export function parseOne(value: unknown, place: string, vectors: readonly VectorField[]): Condition {
  return parseCondition(plainFilter(value, place), place, outermost(vectors));
}
