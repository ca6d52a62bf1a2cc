/* Formulas: an expression as it is checked once, and its value for a point. The grammar is Qdrant's. */
import { show } from '../../../base/checks.js';
import { didYouMean } from '../../../base/hints.js';
import { EXPRESSION_DEPTH_MAX, EXPRESSION_PARTS_MAX } from '../../../base/limits.js';
import { microsecondsOf } from '../../../filter/datetime.js';
import { compile, type Matcher } from '../../../filter/evaluate.js';
import type { Place } from '../../../filter/geo.js';
import { parseOne, type VectorField } from '../../../filter/parse.js';
import { type Path, parsePath } from '../../../filter/path.js';
import { isObject, knownMembers, type Members, mapAt, numberAt, refuse, refuseValue } from './places.js';

export type Unary = 'neg' | 'abs' | 'sqrt' | 'exp' | 'ln' | 'log10';
export type DecayKind = 'lin' | 'exp' | 'gauss';

export type Expression =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'score'; readonly index: number }
  | { readonly kind: 'number'; readonly path: Path }
  | { readonly kind: 'time'; readonly path: Path }
  | { readonly kind: 'condition'; readonly holds: Matcher }
  | { readonly kind: 'distance'; readonly origin: Place; readonly path: Path }
  | { readonly kind: 'sum' | 'mult'; readonly of: readonly Expression[] }
  | {
      readonly kind: 'div';
      readonly left: Expression;
      readonly right: Expression;
      readonly byZero: number | undefined;
    }
  | { readonly kind: 'pow'; readonly base: Expression; readonly exponent: Expression }
  | { readonly kind: Unary; readonly of: Expression }
  /** `steepness`: what the kind makes of scale and midpoint. */
  | {
      readonly kind: 'decay';
      readonly by: DecayKind;
      readonly x: Expression;
      readonly target: Expression;
      readonly steepness: number;
    };

const UNARY: readonly string[] = ['neg', 'abs', 'sqrt', 'exp', 'ln', 'log10'];
const DECAYS: Readonly<Record<string, DecayKind>> = {
  lin_decay: 'lin',
  exp_decay: 'exp',
  gauss_decay: 'gauss',
};
const OTHERS = ['sum', 'mult', 'div', 'pow', 'geo_distance', 'datetime', 'datetime_key'];
const NAMES = [...OTHERS, ...UNARY, ...Object.keys(DECAYS)];
/** Conditions of filters have one of these. */
const CONDITIONS = [
  'key',
  'is_empty',
  'is_null',
  'has_id',
  'has_vector',
  'nested',
  'must',
  'should',
  'must_not',
  'min_should',
];

/** How far inside an expression is, how many there are so far, and how many lists of scores. */
interface Reading {
  readonly depth: number;
  readonly seen: { parts: number };
  readonly scores: number;
  /** Fields that conditions may ask about. */
  readonly vectors: readonly VectorField[];
}

/** The number of the list of which `$score` or `$score[1]` speaks; undefined for another name. */
export function scoreIndex(name: string): number | undefined {
  const found = /^\$score(?:\[(\d+)\])?$/.exec(name);
  return found ? Number(found[1] ?? 0) : undefined;
}

function variableAt(name: string, place: string, { scores }: Reading): Expression {
  const index = scoreIndex(name);
  if (index === undefined) {
    if (name.startsWith('$'))
      throw refuse(place, `is ${show(name)}: the variables with $ are $score and $score[i]`);
    return { kind: 'number', path: parsePath(name, place, 'INVALID_QUERY') };
  }
  if (index < scores) return { kind: 'score', index };
  throw refuse(place, `is ${show(name)}, and there are ${scores} prefetches: the first is $score[0]`);
}

function decayAt(value: unknown, place: string, by: DecayKind, reading: Reading): Expression {
  const given = knownMembers(value, place, ['x', 'target', 'scale', 'midpoint']);
  const { target = 0, scale = 1, midpoint = 0.5 } = given;
  const width = numberAt(scale, `${place}.scale`, 'a number above 0', (x) => x > 0);
  const ends = by === 'lin' ? 'a number from 0 to 1' : 'a number between 0 and 1';
  const middle = numberAt(midpoint, `${place}.midpoint`, ends, (x) =>
    by === 'lin' ? x >= 0 && x <= 1 : x > 0 && x < 1,
  );
  const steepness = {
    lin: (1 - middle) / width,
    exp: Math.log(middle) / width,
    gauss: Math.log(middle) / width ** 2,
  };
  return {
    kind: 'decay',
    by,
    x: expressionAt(given['x'], `${place}.x`, reading),
    target: expressionAt(target, `${place}.target`, reading),
    steepness: steepness[by],
  };
}

function divAt(value: unknown, place: string, reading: Reading): Expression {
  const {
    left,
    right,
    by_zero_default: byZero,
  } = knownMembers(value, place, ['left', 'right', 'by_zero_default']);
  return {
    kind: 'div',
    left: expressionAt(left, `${place}.left`, reading),
    right: expressionAt(right, `${place}.right`, reading),
    byZero:
      byZero === undefined || byZero === null ? undefined : numberAt(byZero, `${place}.by_zero_default`),
  };
}

function distanceAt(value: unknown, place: string): Expression {
  const { origin, to } = knownMembers(value, place, ['origin', 'to']);
  const { lat, lon } = knownMembers(origin, `${place}.origin`, ['lat', 'lon']);
  const degrees = (x: unknown, name: string, most: number): number =>
    numberAt(x, `${place}.origin.${name}`, `degrees from -${most} to ${most}`, (d) => Math.abs(d) <= most);
  return {
    kind: 'distance',
    origin: { lat: degrees(lat, 'lat', 90), lon: degrees(lon, 'lon', 180) },
    path: parsePath(to, `${place}.to`, 'INVALID_QUERY'),
  };
}

function timeAt(value: unknown, place: string): Expression {
  const time = typeof value === 'string' ? microsecondsOf(value) : undefined;
  if (time === undefined) throw refuseValue(place, 'a time such as "2024-05-01T12:00:00Z"', value);
  return { kind: 'constant', value: time / 1e6 };
}

function namedAt(name: string, value: unknown, place: string, reading: Reading): Expression {
  const decay = DECAYS[name];
  if (decay !== undefined) return decayAt(value, place, decay, reading);
  if (UNARY.includes(name)) return { kind: name as Unary, of: expressionAt(value, place, reading) };
  switch (name) {
    case 'sum':
    case 'mult':
      return {
        kind: name,
        of: mapAt(value, place, EXPRESSION_PARTS_MAX, (one, at) => expressionAt(one, at, reading)),
      };
    case 'div':
      return divAt(value, place, reading);
    case 'pow': {
      const { base, exponent } = knownMembers(value, place, ['base', 'exponent']);
      return {
        kind: 'pow',
        base: expressionAt(base, `${place}.base`, reading),
        exponent: expressionAt(exponent, `${place}.exponent`, reading),
      };
    }
    case 'geo_distance':
      return distanceAt(value, place);
    case 'datetime':
      return timeAt(value, place);
    default:
      return { kind: 'time', path: parsePath(value, place, 'INVALID_QUERY') };
  }
}

function expressionAt(value: unknown, place: string, above: Reading): Expression {
  const reading = { ...above, depth: above.depth + 1 };
  if (reading.depth > EXPRESSION_DEPTH_MAX) throw refuse(place, `is more than ${EXPRESSION_DEPTH_MAX} deep`);
  if (++reading.seen.parts > EXPRESSION_PARTS_MAX)
    throw refuse(place, `is beyond ${EXPRESSION_PARTS_MAX} parts`);
  if (typeof value === 'number') return { kind: 'constant', value: numberAt(value, place) };
  if (typeof value === 'string') return variableAt(value, place, reading);
  if (!isObject(value)) throw refuseValue(place, 'a number, a variable or an object', value);
  const keys = Object.keys(value).filter((key) => (value as Members)[key] !== undefined);
  if (keys.some((key) => CONDITIONS.includes(key)))
    return { kind: 'condition', holds: compile(parseOne(value, place, reading.vectors)) };
  const [name = '', ...more] = keys;
  if (more.length > 0 || !NAMES.includes(name))
    throw refuse(
      place,
      `must have exactly one of ${NAMES.join(', ')}, or be a condition of a filter; it has ${keys.map(show).join(', ') || 'nothing'}${more.length > 0 ? '' : didYouMean(name, NAMES)}`,
    );
  return namedAt(name, (value as Members)[name], `${place}.${name}`, reading);
}

/** `scores`: how many lists of scores there are; `vectors`: fields that conditions may ask about. @throws ValidationError INVALID_QUERY, or INVALID_FILTER of a condition */
export function parseExpression(
  value: unknown,
  place: string,
  { scores, vectors }: Pick<Reading, 'scores' | 'vectors'>,
): Expression {
  return expressionAt(value, place, { depth: 0, seen: { parts: 0 }, scores, vectors });
}
