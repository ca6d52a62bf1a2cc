/* What a search is given, by its shape alone: it is looked at first, so that a slip there is not told as one of an option. */
import { show } from '../../base/checks.js';
import { ValidationError } from '../../base/errors.js';
import { didYouMean, fieldsThere } from '../../base/hints.js';
import type { FieldSpec } from '../../fields/field.js';
import { insteadOfVector, isNumbers } from '../../hnsw/vectors.js';

const HEADS = ['id', 'text', 'indices'];

/**
 * @param place what the query is called in an error
 * @throws ValidationError INVALID_VECTOR for what is neither a vector nor one of the objects that stand for one
 */
export function checkShape(query: unknown, place = 'the query'): void {
  if (isNumbers(query)) return;
  const members = typeof query === 'object' && query !== null ? Object.keys(query) : [];
  if (members.length > 0 && HEADS.some((head) => head in (query as object))) return;
  throw new ValidationError(
    'INVALID_VECTOR',
    `${place} must be an array or a typed array of numbers, { id }, { text } or { indices, values }; got ${show(query)}${hintOf(query, members)}`,
  );
}

function hintOf(query: unknown, [first]: readonly string[]): string {
  if (typeof query === 'number' || typeof query === 'bigint')
    return `. To search by a stored point, pass { id: ${show(query)} }`;
  if (typeof query === 'string')
    return `${insteadOfVector(query)}; to search by words, pass { text: ${show(query)} }`;
  const hint = insteadOfVector(query);
  return hint !== '' || first === undefined
    ? hint
    : ` with the member ${show(first)}${didYouMean(first, HEADS)}`;
}

/** A search names none of the fields of its kind, and there are several, or another one. */
export function otherField(
  kind: string,
  using: string | undefined,
  names: readonly string[],
): ValidationError {
  const what =
    using === undefined
      ? `using must name the ${kind === 'dense' ? '' : `${kind} `}field to be searched`
      : `there is no ${kind} field ${show(using)}`;
  const hint = using === undefined ? '' : didYouMean(using, names);
  return new ValidationError('INVALID_OPTION', `${what}: ${fieldsThere(names)}${hint}`);
}

/** How a field is added. */
const ADDING: Readonly<Record<string, string>> = {
  text: ". createField('body', { text: { path: 'body' } }) adds one",
  sparse: ". createField('terms', { sparse: {} }) adds one",
};

/** A collection has no field of the kind that is searched. */
export function noField(kind: string, fields: readonly FieldSpec[]): ValidationError {
  const others = fields
    .slice(0, 5)
    .map(({ kind: of, name }) => (name === '' ? `an unnamed ${of} field` : `the ${of} field ${show(name)}`));
  const has = others.length === 0 ? 'no field at all' : others.join(', ');
  return new ValidationError(
    'INVALID_OPTION',
    `this collection has no ${kind} field to be searched; it has ${has}${ADDING[kind] ?? ''}`,
  );
}
