/* The value of a formula for a point: by its scores in the lists below, and its payload. */
import { show } from '../../../base/checks.js';
import { ValidationError } from '../../../base/errors.js';
import { microsecondsOf } from '../../../filter/datetime.js';
import type { HasVector } from '../../../filter/evaluate.js';
import { distance, type Place, placeOf } from '../../../filter/geo.js';
import { type Path, valuesAt } from '../../../filter/path.js';
import type { Payload } from '../../../store/payload.js';
import type { DecayKind, Expression, Unary } from './expression.js';

/** What a formula may ask of a point. */
export interface Facts {
  /** Its score in each list; undefined in those that do not have it. */
  readonly scores: readonly (number | undefined)[];
  readonly payload: Payload | undefined;
  /** Key of its id, as a string of one character a byte. */
  readonly key: string;
  /** Whether it has a vector in a field. */
  readonly has: HasVector;
}

/** Values of variables for points that lack them, by the texts of paths and by `$score[i]`. */
export type Defaults = ReadonlyMap<string, unknown>;

const UNARY: Readonly<Record<Unary, (x: number) => number>> = {
  neg: (x) => -x,
  abs: Math.abs,
  sqrt: Math.sqrt,
  exp: Math.exp,
  ln: Math.log,
  log10: Math.log10,
};

const DECAY: Readonly<Record<DecayKind, (far: number, steepness: number) => number>> = {
  lin: (far, steepness) => Math.max(0, 1 - steepness * far),
  exp: (far, steepness) => Math.exp(steepness * far),
  gauss: (far, steepness) => Math.exp(steepness * far * far),
};

function finite(value: number, what: () => string): number {
  if (Number.isFinite(value)) return value;
  throw new ValidationError('INVALID_QUERY', `the formula has no finite value: ${what()} is ${value}`);
}

/** The value at a path, or its default, as what `as` takes it for. */
function variable<T>(
  { payload }: Facts,
  path: Path,
  defaults: Defaults,
  as: (value: unknown) => T | undefined,
  expected: string,
): T {
  const values = valuesAt(payload, path).filter((value) => value !== null);
  const [only] = values.length > 0 ? values : [defaults.get(path.text)];
  const value = values.length > 1 ? undefined : as(Array.isArray(only) && only.length === 1 ? only[0] : only);
  if (value !== undefined) return value;
  const got = values.length > 1 ? `${values.length} values` : show(only);
  throw new ValidationError(
    'INVALID_QUERY',
    only === undefined
      ? `the formula needs ${expected} at ${path.text}, and a point has nothing there: give one in defaults`
      : `the formula needs ${expected} at ${path.text}, and a point has ${got}`,
  );
}

const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;
const secondsOf = (value: unknown): number | undefined => {
  const time = typeof value === 'string' ? microsecondsOf(value) : undefined;
  return time === undefined ? undefined : time / 1e6;
};

/** The score of a point. @throws ValidationError INVALID_QUERY where it has no finite value, as float32: as all scores can be given */
export function scoreBy(e: Expression, facts: Facts, defaults: Defaults): number {
  const score = evaluate(e, facts, defaults);
  finite(Math.fround(score), () => `${score} as float32`);
  return score;
}

/** @throws ValidationError INVALID_QUERY where it has no finite value */
function evaluate(e: Expression, facts: Facts, defaults: Defaults): number {
  const at = (inner: Expression): number => evaluate(inner, facts, defaults);
  switch (e.kind) {
    case 'constant':
      return e.value;
    case 'score':
      return facts.scores[e.index] ?? (defaults.get(`$score[${e.index}]`) as number | undefined) ?? 0;
    case 'number':
      return variable(facts, e.path, defaults, numberOf, 'a number');
    case 'time':
      return variable(facts, e.path, defaults, secondsOf, 'a time');
    case 'distance':
      return distance(e.origin, variable<Place>(facts, e.path, defaults, placeOf, 'a place { lat, lon }'));
    case 'condition':
      return e.holds(facts.payload, facts.key, facts.has) ? 1 : 0;
    case 'sum':
      return finite(
        e.of.reduce((sum, one) => sum + at(one), 0),
        () => 'a sum',
      );
    case 'mult': {
      let product = 1;
      for (const one of e.of) {
        const value = at(one);
        if (value === 0) return 0;
        product *= value;
      }
      return finite(product, () => 'a product');
    }
    case 'div': {
      const left = at(e.left);
      if (left === 0) return 0;
      const right = at(e.right);
      if (right === 0 && e.byZero !== undefined) return e.byZero;
      return finite(left / right, () => `${left} / ${right}`);
    }
    case 'pow': {
      const base = at(e.base);
      const exponent = at(e.exponent);
      return finite(base ** exponent, () => `${base} ** ${exponent}`);
    }
    case 'decay':
      return DECAY[e.by](Math.abs(at(e.x) - at(e.target)), e.steepness);
    default: {
      const x = at(e.of);
      return finite(UNARY[e.kind](x), () => `${e.kind} of ${x}`);
    }
  }
}

/** Whether it looks at payloads. */
export function readsPayload(e: Expression): boolean {
  switch (e.kind) {
    case 'constant':
    case 'score':
      return false;
    case 'number':
    case 'time':
    case 'distance':
    case 'condition':
      return true;
    case 'sum':
    case 'mult':
      return e.of.some(readsPayload);
    case 'div':
      return readsPayload(e.left) || readsPayload(e.right);
    case 'pow':
      return readsPayload(e.base) || readsPayload(e.exponent);
    case 'decay':
      return readsPayload(e.x) || readsPayload(e.target);
    default:
      return readsPayload(e.of);
  }
}
