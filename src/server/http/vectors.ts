/*
 * Vectors in responses: their components are floats, also those that are integers. Qdrant writes 1.0, and its client for Python
 * takes no vector with a 1.
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

/** Where results have points: these members and lists, and nothing of payloads. */
const POINTS = ['points', 'groups', 'hits', 'lookup'];

/** In the points of a result, which nobody else has. */
export function markVectors(result: unknown): void {
  if (Array.isArray(result)) {
    for (const one of result) markVectors(one);
    return;
  }
  if (!isObject(result)) return;
  if ('vector' in result) result['vector'] = vectorOf(result['vector']);
  for (const name of POINTS) if (isObject(result[name])) markVectors(result[name]);
}
