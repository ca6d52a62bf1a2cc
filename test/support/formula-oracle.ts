/* The oracle of formulas: their value for a point, naively. */
import type { FilterCondition, GeoPoint } from '#silt/api/filter.js';
import type { Expression } from '#silt/api/query.js';
import type { PointId } from '#silt/index.js';
import { matchesFilter, timeOf as microseconds, valuesOf } from './filter-oracle.js';

export type Json = Record<string, unknown>;

export const sum = (numbers: readonly number[]): number => numbers.reduce((total, x) => total + x, 0);

/** Microseconds since 1970. */
export const timeOf = (value: unknown): number | undefined => {
  const time = microseconds(value);
  return Number.isNaN(time) ? undefined : time;
};

/** Meters, by the angle between two vectors. */
function meters(a: GeoPoint, b: GeoPoint): number {
  const at = ({ lat, lon }: GeoPoint): [number, number, number] => {
    const [phi, lambda] = [(lat * Math.PI) / 180, (lon * Math.PI) / 180];
    return [Math.cos(phi) * Math.cos(lambda), Math.cos(phi) * Math.sin(lambda), Math.sin(phi)];
  };
  const [p, q] = [at(a), at(b)];
  return 6_371_008.8 * Math.acos(Math.min(1, sum(p.map((x, i) => x * q[i]!))));
}

/** The value of a formula for a point. */
export function evaluated(
  expression: Expression,
  point: { readonly id: PointId; readonly payload: Json | undefined },
  scores: readonly (number | undefined)[],
  defaults: Json,
): number {
  const at = (inner: Expression): number => evaluated(inner, point, scores, defaults);
  const variable = (path: string): unknown => valuesOf(point.payload ?? {}, path)[0] ?? defaults[path];
  if (typeof expression === 'number') return expression;
  if (typeof expression === 'string') {
    const [, index] = /^\$score(?:\[(\d+)\])?$/.exec(expression) ?? [expression, '-'];
    if (index === '-') return variable(expression) as number;
    return scores[Number(index ?? 0)] ?? (defaults[expression] as number | undefined) ?? 0;
  }
  const [[name, value]] = Object.entries(expression) as [[string, never]];
  const inner = value as Json & Expression[];
  switch (name) {
    case 'sum':
      return sum(inner.map(at));
    case 'mult':
      return inner.map(at).reduce((product, x) => product * x, 1) + 0;
    case 'div': {
      const [left, right] = [at(inner['left'] as Expression), at(inner['right'] as Expression)];
      if (left === 0) return 0;
      return right === 0 ? (inner['by_zero_default'] as number) : left / right;
    }
    case 'neg':
      return -at(value);
    case 'abs':
      return Math.abs(at(value));
    case 'sqrt':
      return Math.sqrt(at(value));
    case 'exp':
      return Math.exp(at(value));
    case 'ln':
      return Math.log(at(value));
    case 'log10':
      return Math.log10(at(value));
    case 'pow':
      return at(inner['base'] as Expression) ** at(inner['exponent'] as Expression);
    case 'geo_distance':
      return meters(inner['origin'] as GeoPoint, variable(inner['to'] as string) as GeoPoint);
    case 'datetime':
      return timeOf(value)! / 1e6;
    case 'datetime_key':
      return timeOf(variable(value))! / 1e6;
    case 'lin_decay':
    case 'exp_decay':
    case 'gauss_decay': {
      const {
        x,
        target = 0,
        scale = 1,
        midpoint = 0.5,
      } = inner as unknown as {
        x: Expression;
        target?: Expression;
        scale?: number;
        midpoint?: number;
      };
      const far = Math.abs(at(x) - at(target)) / scale;
      if (name === 'lin_decay') return Math.max(0, 1 - (1 - midpoint) * far);
      return midpoint ** (name === 'exp_decay' ? far : far ** 2);
    }
    default:
      return matchesFilter({ must: [expression as FilterCondition] }, point.payload, point.id) ? 1 : 0;
  }
}
