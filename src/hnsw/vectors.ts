/* What is wrong with a vector, said so that its author finds the place. */
import { show, showId } from '../base/checks.js';
import { ValidationError } from '../base/errors.js';
import { awaitHint } from '../base/hints.js';
import type { Metric, VectorLike } from '../kernel/metrics.js';

/** What a vector is: that of a point of a batch, by its index and id; or what a caller calls it. */
type Whose = number | string | undefined;

/** How errors name a vector: that of a point, in a field unless that is the unnamed one; or the query. */
export function nameOfVector(whose: Whose, id: unknown, field = ''): string {
  if (typeof whose === 'string') return whose;
  if (whose === undefined) return 'the query';
  return `the vector ${field === '' ? '' : `${show(field)} `}of point ${whose} (id ${showId(id)})`;
}

export function checkIterable(pairs: unknown): void {
  if (typeof pairs === 'object' && pairs !== null && Symbol.iterator in pairs) return;
  throw new ValidationError(
    'INVALID_OPTION',
    `a batch must be an iterable of [id, vector], got ${show(pairs)}`,
  );
}

export function checkPair(pair: unknown, index: number): void {
  if (Array.isArray(pair)) return;
  throw new ValidationError('INVALID_OPTION', `row ${index} must be a pair [id, vector], got ${show(pair)}`);
}

/** What a typed array is, of whichever realm: `instanceof` knows those of its own realm alone. */
const kindOfArray = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
)!.get!;

/** An array, or a typed array of numbers: all but those of bigints. */
export function isNumbers(value: unknown): value is VectorLike {
  if (Array.isArray(value)) return true;
  const kind = kindOfArray.call(value) as string | undefined;
  return kind !== undefined && !kind.startsWith('Big');
}

/** What to do about something that is not a vector. */
export function insteadOfVector(value: unknown): string {
  if (typeof value === 'string')
    return '. Silt does not embed text: pass the embedding that your model computes from it';
  if (typeof value !== 'object' || value === null) return '';
  const inner = ['data', 'embedding', 'values', 'vector', ...Object.keys(value)].find((key) =>
    isNumbers((value as Record<string, unknown>)[key]),
  );
  return inner === undefined ? awaitHint(value) : `. It has ${inner}: pass that, if it is one vector`;
}

/** Said of a component that is not a number. */
function rejectComponent(value: unknown, i: number, name: string): ValidationError {
  const hint = isNumbers(value) ? '. Pass one vector, not a batch of them' : '';
  return new ValidationError(
    'INVALID_VECTOR',
    `${name}: component ${i} is ${show(value)}, expected a number${hint}`,
  );
}

/** Checks what can be checked without reading the components. `index` undefined: it is the query; a string: what it is called. */
export function checkVector(
  vector: unknown,
  dimension: number,
  index?: Whose,
  id?: unknown,
  field?: string,
): asserts vector is VectorLike {
  if (!isNumbers(vector)) {
    throw new ValidationError(
      'INVALID_VECTOR',
      `${nameOfVector(index, id, field)} must be an array or a typed array of numbers, such as a Float32Array; got ${show(vector)}${insteadOfVector(vector)}`,
    );
  }
  if (vector.length !== dimension) {
    const name = nameOfVector(index, id, field);
    if (isNumbers(vector[0])) throw rejectComponent(vector[0], 0, name);
    const count = `${vector.length} component${vector.length === 1 ? '' : 's'}`;
    throw new ValidationError(
      'INVALID_VECTOR',
      `${name} has ${count}, expected ${dimension}: all vectors must come from the same embedding model (dimension: ${dimension} was given at its creation)`,
    );
  }
  if (Array.isArray(vector)) {
    for (let i = 0; i < dimension; i++) {
      if (typeof vector[i] !== 'number') throw rejectComponent(vector[i], i, nameOfVector(index, id, field));
    }
  }
}

/** Checks the components of a query that no arena is there to look at. */
export function checkQuery(query: VectorLike, metric: Metric, whose?: string): void {
  const zero = query.every((x) => Math.fround(x) === 0);
  if (query.some((x) => !Number.isFinite(Math.fround(x))) || (zero && metric === 'cosine'))
    throw rejectVector(query, metric, whose);
}

/** The error for a vector that the kernel found not finite, or zero under cosine. */
export function rejectVector(
  vector: VectorLike,
  metric: Metric,
  index?: Whose,
  id?: unknown,
  field?: string,
): ValidationError {
  const name = nameOfVector(index, id, field);
  const at = vector.findIndex((x) => !Number.isFinite(Math.fround(x)));
  if (at < 0) {
    return new ValidationError(
      'INVALID_VECTOR',
      `${name} has only zeros, and so no direction for the metric ${metric}: leave it out, or use dot or euclidean`,
    );
  }
  return new ValidationError(
    'INVALID_VECTOR',
    `${name}: component ${at} is ${vector[at]}, expected a finite float32 number`,
  );
}
