/* Field conditions, from what a caller wrote to their checked form: `match`, ranges, counts. Areas: parse-area.ts. */
import { show } from '../base/checks.js';
import type { Condition, Interval, Scalar, Test } from './condition.js';
import { microsecondsOf } from './datetime.js';
import { matchFor } from './meant.js';
import {
  booleanAt,
  knownMembers,
  type Members,
  mapAt,
  numberAt,
  onlyOne,
  refuse,
  refuseValue,
} from './members.js';
import { boxAt, circleAt, polygonAt } from './parse-area.js';
import { parsePath } from './path.js';

type Read = (value: unknown, place: string) => Test;

function scalarAt(value: unknown, place: string): Scalar {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  return numberAt(value, place, -Infinity, Infinity, 'a string, a number or a boolean');
}

function scalarsAt(value: unknown, place: string): ReadonlySet<Scalar> {
  return new Set(mapAt(value, place, scalarAt));
}

function stringAt(value: unknown, place: string): string {
  if (typeof value === 'string') return value;
  throw refuseValue(place, 'a string', value);
}

const MATCHES: Readonly<Record<string, Read>> = {
  value: (value, place) => ({ kind: 'match', values: new Set([scalarAt(value, place)]) }),
  any: (value, place) => ({ kind: 'match', values: scalarsAt(value, place) }),
  except: (value, place) => ({ kind: 'except', values: scalarsAt(value, place) }),
  text: (value, place) => ({ kind: 'text', text: stringAt(value, place) }),
  text_any: (value, place) => ({ kind: 'text_any', text: stringAt(value, place) }),
  phrase: (value, place) => ({ kind: 'phrase', text: stringAt(value, place) }),
  contains: (value, place) => ({ kind: 'contains', text: stringAt(value, place) }),
  prefix: (value, place) => ({ kind: 'prefix', text: stringAt(value, place) }),
};

function matchAt(value: unknown, place: string): Test {
  const names = Object.keys(MATCHES);
  const meant = matchFor(value);
  if (meant !== undefined)
    throw refuse(place, `must be an object, got ${show(value)}. Write match: ${meant}`);
  const members = knownMembers(value, place, names);
  const name = onlyOne(members, place, names);
  return MATCHES[name]!(members[name], `${place}.${name}`);
}

const ENDS = ['gt', 'gte', 'lt', 'lte'];

/** The range between the ends that are given; of two on one side, the tighter. */
function intervalOf(ends: Members, place: string, read: (value: unknown, place: string) => number): Interval {
  const end = (name: string): number | undefined => {
    const value = ends[name] ?? undefined;
    return value === undefined ? undefined : read(value, `${place}.${name}`);
  };
  const [gt, gte, lt, lte] = [end('gt'), end('gte'), end('lt'), end('lte')];
  return {
    from: Math.max(gt ?? -Infinity, gte ?? -Infinity),
    to: Math.min(lt ?? Infinity, lte ?? Infinity),
    withFrom: gte !== undefined && gte > (gt ?? -Infinity),
    withTo: lte !== undefined && lte < (lt ?? Infinity),
  };
}

function numericEnd(value: unknown, place: string): number {
  return numberAt(
    value,
    place,
    -Infinity,
    Infinity,
    `a finite number, or a time such as ${value instanceof Date ? 'date.toISOString()' : '"2024-05-01T12:00:00Z"'}`,
  );
}

function timeEnd(value: unknown, place: string): number {
  const time = typeof value === 'string' ? microsecondsOf(value) : undefined;
  if (time !== undefined) return time;
  const number = typeof value === 'string' && /^-?[\d.]+$/.test(value) ? Number(value) : Number.NaN;
  const hint = Number.isFinite(number) ? `. For a number, write ${number}` : '';
  throw refuse(
    place,
    `must be a number, or a time of RFC 3339 such as "2024-05-01T12:00:00Z", got ${show(value)}${hint}`,
  );
}

function countEnd(value: unknown, place: string): number {
  if (!Number.isInteger(value)) throw refuseValue(place, 'an integer from 0', value);
  return numberAt(value, place, 0, Infinity, 'an integer from 0');
}

function rangeAt(value: unknown, place: string): Test {
  const ends = knownMembers(value, place, ENDS);
  const types = new Set(Object.values(ends).map((end) => typeof end));
  if (!types.has('string')) return { kind: 'number', range: intervalOf(ends, place, numericEnd) };
  if (types.has('number')) throw refuse(place, 'has both numbers and times as bounds: use one kind');
  return { kind: 'datetime', range: intervalOf(ends, place, timeEnd) };
}

const TESTS: Readonly<Record<string, Read>> = {
  match: matchAt,
  range: rangeAt,
  values_count: (value, place) => ({
    kind: 'count',
    range: intervalOf(knownMembers(value, place, ENDS), place, countEnd),
  }),
  geo_bounding_box: boxAt,
  geo_radius: circleAt,
  geo_polygon: polygonAt,
  is_empty: (value, place) => ({ kind: 'empty', is: booleanAt(value, place) }),
  is_null: (value, place) => ({ kind: 'null', is: booleanAt(value, place) }),
};
/** `is_empty` and `is_null` stand without a key as well. */
const ELEMENT_TESTS = Object.keys(TESTS).filter((name) => !name.startsWith('is_'));

/** Whether these members ask something of a field, be it that the `key` was forgotten. */
export function isField(members: Members): boolean {
  return 'key' in members || ELEMENT_TESTS.some((name) => name in members);
}

/** The condition of an object with a `key`. */
export function parseField(value: unknown, place: string): Condition {
  const tests = Object.keys(TESTS);
  const members = knownMembers(value, place, ['key', ...tests]);
  const path = parsePath(members['key'], `${place}.key`);
  const name = onlyOne(members, place, tests);
  return { kind: 'field', path, test: TESTS[name]!(members[name], `${place}.${name}`) };
}

/** The condition `{ is_empty: { key } }` or `{ is_null: { key } }`. */
export function parseAbsence(value: unknown, place: string, name: 'is_empty' | 'is_null'): Condition {
  const inner = knownMembers(value, place, [name])[name];
  const path = parsePath(knownMembers(inner, `${place}.${name}`, ['key'])['key'], `${place}.${name}.key`);
  return { kind: 'field', path, test: { kind: name === 'is_empty' ? 'empty' : 'null', is: true } };
}
