/* Formulas, from Qdrant's to Silt's: the same, but for the conditions in them and for members that are null. */
import type { Expression as SiltExpression } from '../../api/query.js';
import { EXPRESSION_DEPTH_MAX } from '../../base/limits.js';
import { placeOf } from '../../filter/geo.js';
import type { Condition } from './api/filter.js';
import type { Expression } from './api/query.js';
import type { Payload } from './api/values.js';
import { formatError } from './errors.js';
import { conditionIn } from './filter.js';
import type { CollectionView } from './view.js';

const OF_ONE = ['neg', 'abs', 'sqrt', 'exp', 'ln', 'log10'];
const OF_MANY = ['sum', 'mult'];
/** Those that have members of their own: which of them are expressions. */
const OF_MEMBERS: Readonly<Record<string, readonly string[]>> = {
  div: ['left', 'right'],
  pow: ['base', 'exponent'],
  lin_decay: ['x', 'target'],
  exp_decay: ['x', 'target'],
  gauss_decay: ['x', 'target'],
};
const AS_THEY_ARE = ['geo_distance', 'datetime', 'datetime_key'];

export function formulaIn(view: CollectionView, expression: Expression, depth = 1): SiltExpression {
  if (depth > EXPRESSION_DEPTH_MAX)
    throw formatError(`a formula may be nested ${EXPRESSION_DEPTH_MAX} levels deep`);
  if (typeof expression !== 'object') return expression;
  if (expression === null || Array.isArray(expression))
    throw formatError('data did not match any variant of untagged enum Expression');
  const [operator] = Object.keys(expression);
  const value: unknown = (expression as unknown as Record<string, unknown>)[operator ?? ''];
  const inner = (one: unknown): SiltExpression => formulaIn(view, one as Expression, depth + 1);
  const made = (argument: unknown): SiltExpression =>
    ({ [operator!]: argument }) as unknown as SiltExpression;
  if (operator === undefined) return conditionIn(view, {});
  if (OF_ONE.includes(operator)) return made(inner(value));
  if (OF_MANY.includes(operator) && Array.isArray(value)) return made(value.map(inner));
  if (AS_THEY_ARE.includes(operator)) return expression as SiltExpression;
  const expressions = Object.hasOwn(OF_MEMBERS, operator) ? OF_MEMBERS[operator] : undefined;
  if (expressions && typeof value === 'object' && value !== null)
    return made(
      Object.fromEntries(
        Object.entries(value)
          .filter(([, member]) => member !== null && member !== undefined)
          .map(([name, member]) => [name, expressions.includes(name) ? inner(member) : member]),
      ),
    );
  return conditionIn(view, expression as Condition);
}

/**
 * Values of variables where a point has none. Qdrant takes any JSON, and rejects a value only when a point needs it. So all but
 * numbers, texts and places are left out here, and missing where a point needs them. An array of one value is that value.
 */
export function defaultsIn(defaults: Payload): Readonly<Record<string, unknown>> {
  const out = new Map<string, unknown>();
  for (const [name, given] of Object.entries(defaults)) {
    const value: unknown = Array.isArray(given) && given.length === 1 ? given[0] : given;
    const place = placeOf(value);
    if (typeof value === 'number') out.set(name, value);
    else if (name.startsWith('$score')) continue;
    else if (typeof value === 'string') out.set(name, value);
    else if (place) out.set(name, { lat: place.lat, lon: place.lon });
  }
  return Object.fromEntries(out);
}
