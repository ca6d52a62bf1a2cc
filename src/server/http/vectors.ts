/*
 * Vectors in responses: components that are integers are written as floats. Qdrant writes 1.0, and its Python client rejects a
 * vector with a 1.
 */
import { asFloat } from './json.js';

type Members = Record<string, unknown>;

const isObject = (value: unknown): value is Members => typeof value === 'object' && value !== null;

function marked(list: readonly unknown[]): unknown[] {
  if (Array.isArray(list[0])) return list.map((one) => marked(one as unknown[]));
  const numbers = list as readonly number[];
  return numbers.some(Number.isInteger) ? numbers.map(asFloat) : (list as unknown[]);
}

function vectorOf(vector: unknown): unknown {
  if (Array.isArray(vector)) return marked(vector);
  if (!isObject(vector)) return vector;
  const { values } = vector;
  if (Array.isArray(values) && Array.isArray(vector['indices'])) return { ...vector, values: marked(values) };
  return Object.fromEntries(Object.entries(vector).map(([name, one]) => [name, vectorOf(one)]));
}

/** Members of a result that lead to points. Payloads are not searched. */
const POINTS = ['points', 'groups', 'hits', 'lookup'];

/** Marks the vectors of a result in place. */
export function markVectors(result: unknown): void {
  if (Array.isArray(result)) {
    for (const one of result) markVectors(one);
    return;
  }
  if (!isObject(result)) return;
  if ('vector' in result) result['vector'] = vectorOf(result['vector']);
  for (const name of POINTS) if (isObject(result[name])) markVectors(result[name]);
}
