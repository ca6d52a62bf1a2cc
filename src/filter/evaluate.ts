/*
 * Tests payloads by a checked filter. A filter is compiled once, into closures that make no garbage where they can
 * help it: they run over every payload of a collection.
 */
import type { Payload } from '../store/payload.js';
import type { Condition, Interval, Test } from './condition.js';
import { microsecondsOf } from './datetime.js';
import { inBox, inCircle, type Place, placeOf } from './geo.js';
import { someAt } from './path.js';
import { inPolygon } from './polygon.js';
import { beginsWith, composed, wordsOf } from './words.js';

type Holds = (value: unknown) => boolean;

/** Whether a point has a vector in a field, by the number of that. */
export type HasVector = (field: number) => boolean;

/** `id` is the key of the point's id, as a string of one character a byte. */
export type Matcher = (payload: Payload | undefined, id: string, has: HasVector) => boolean;

function within(x: number, { from, to, withFrom, withTo }: Interval): boolean {
  return (x > from || (withFrom && x === from)) && (x < to || (withTo && x === to));
}

function containing(text: string): Holds {
  const wanted = composed(text);
  return (element) => typeof element === 'string' && composed(element).includes(wanted);
}

function beginningWith(text: string): Holds {
  const wanted = composed(text);
  return (element) => typeof element === 'string' && beginsWith(element, wanted);
}

/** Of a text without words, nothing holds. */
function withWords(
  text: string,
  found: (wanted: readonly string[], words: readonly string[]) => boolean,
): Holds {
  const wanted = wordsOf(text);
  if (wanted.length === 0) return () => false;
  return (element) => typeof element === 'string' && found(wanted, wordsOf(element));
}

const hasAll = (wanted: readonly string[], words: readonly string[]): boolean =>
  wanted.every((word) => words.includes(word));
const hasAny = (wanted: readonly string[], words: readonly string[]): boolean =>
  wanted.some((word) => words.includes(word));

/** Whether the wanted words follow one another in `words`. */
function hasPhrase(wanted: readonly string[], words: readonly string[]): boolean {
  for (let at = words.indexOf(wanted[0]!); at >= 0; at = words.indexOf(wanted[0]!, at + 1))
    if (wanted.every((word, i) => words[at + i] === word)) return true;
  return false;
}

function inArea(holds: (place: Place) => boolean): Holds {
  return (element) => {
    const place = placeOf(element);
    return place !== undefined && holds(place);
  };
}

type ElementTest = Exclude<Test, { kind: 'count' | 'empty' | 'null' }>;

/** What is asked of each element. */
function elementHolds(test: ElementTest): Holds {
  switch (test.kind) {
    case 'match':
      return (element) => (test.values as ReadonlySet<unknown>).has(element);
    case 'except':
      return (element) => element !== null && !(test.values as ReadonlySet<unknown>).has(element);
    case 'text':
      return withWords(test.text, hasAll);
    case 'text_any':
      return withWords(test.text, hasAny);
    case 'phrase':
      return withWords(test.text, hasPhrase);
    case 'contains':
      return containing(test.text);
    case 'prefix':
      return beginningWith(test.text);
    case 'number':
      return (element) => typeof element === 'number' && within(element, test.range);
    case 'datetime':
      return (element) => {
        const time = typeof element === 'string' ? microsecondsOf(element) : undefined;
        return time !== undefined && within(time, test.range);
      };
    case 'box':
      return inArea((place) => inBox(place, test));
    case 'circle':
      return inArea((place) => inCircle(place, test));
    case 'polygon':
      return inArea((place) => inPolygon(place, test));
  }
}

function countOf(value: unknown): number {
  if (Array.isArray(value)) return value.length;
  return value === null ? 0 : 1;
}

function hasValues(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== null;
}

function holdsNull(value: unknown): boolean {
  return Array.isArray(value) ? value.includes(null) : value === null;
}

const always = (): boolean => true;
/** Objects within payloads have no vectors. */
const none: HasVector = () => false;

/** A test of the values at a path: some value holds, or there is none and `ofNone`; the opposite if `negated`. */
interface ValuesTest {
  readonly holds: Holds;
  readonly ofNone: boolean;
  readonly negated: boolean;
}

function valuesTest(test: Test): ValuesTest {
  switch (test.kind) {
    case 'count': {
      const holds: Holds = (value) => within(countOf(value), test.range);
      return { holds, ofNone: within(0, test.range), negated: false };
    }
    case 'empty':
      return { holds: hasValues, ofNone: false, negated: test.is };
    case 'null':
      return { holds: holdsNull, ofNone: false, negated: !test.is };
    default: {
      const one = elementHolds(test);
      const holds: Holds = (value) => (Array.isArray(value) ? value.some(one) : one(value));
      return { holds, ofNone: false, negated: false };
    }
  }
}

function compileField({ path, test }: Extract<Condition, { kind: 'field' }>): Matcher {
  const { steps } = path;
  const { holds, ofNone, negated } = valuesTest(test);
  if (!ofNone) return (payload) => someAt(payload, steps, holds, undefined) !== negated;
  return (payload) =>
    (someAt(payload, steps, holds, undefined) || !someAt(payload, steps, always, undefined)) !== negated;
}

/** A function that tells whether a point meets the condition. A point without a payload has an empty one. */
export function compile(condition: Condition): Matcher {
  switch (condition.kind) {
    case 'field':
      return compileField(condition);
    case 'id':
      return (_, id) => condition.keys.has(id);
    case 'vector':
      return (_, __, has) => has(condition.field);
    case 'nested': {
      const { steps } = condition.path;
      const inner = compile(condition.of);
      const holds = (value: unknown, id: string): boolean =>
        typeof value === 'object' &&
        value !== null &&
        !Array.isArray(value) &&
        inner(value as Payload, id, none);
      return (payload, id) => someAt(payload, steps, holds, id);
    }
    case 'all': {
      const matchers = condition.of.map(compile);
      return (payload, id, has) => {
        for (const matches of matchers) if (!matches(payload, id, has)) return false;
        return true;
      };
    }
    case 'some': {
      const matchers = condition.of.map(compile);
      return (payload, id, has) => {
        let missing = condition.count;
        for (const matches of matchers) if (matches(payload, id, has) && --missing === 0) return true;
        return false;
      };
    }
    case 'not': {
      const matches = compile(condition.of);
      return (payload, id, has) => !matches(payload, id, has);
    }
  }
}
