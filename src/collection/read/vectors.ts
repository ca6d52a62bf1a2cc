/* Vectors of points as they are read: the one of each, or by the names of fields. */
import type { NamedVectors, VectorChoice, VectorValue } from '../../api/points.js';
import { show } from '../../base/checks.js';
import { ValidationError } from '../../base/errors.js';
import { didYouMean, fieldsThere } from '../../base/hints.js';
import { isPlain, type ValueSpec } from '../../fields/field.js';
import type { LiveIndex } from '../live-index.js';
import type { StoredRows } from '../stored-rows.js';

/** Which vectors are read: the one that each point has, none, or those of some fields. */
export type Vectors = boolean | readonly ValueSpec[];

/** What `withVector` asks for. @throws ValidationError for a name that is of no field with vectors */
export function vectorsFor({ values, fields }: StoredRows, given: VectorChoice): Vectors {
  const plain = isPlain(fields);
  if (given === false || (given === true && plain)) return given;
  if (given === true) return values;
  const specs = [...given].map((name) => values.find((spec) => spec.name === name) ?? unknown(name, values));
  return plain ? specs.length > 0 : specs;
}

function unknown(name: unknown, values: readonly ValueSpec[]): never {
  const names = values.map((spec) => spec.name);
  throw new ValidationError(
    'INVALID_OPTION',
    `withVector names ${show(name)}, which is not a field with vectors; ${fieldsThere(names)}${didYouMean(String(name), names)}`,
  );
}

/** Undefined where the point has none, or it cannot be read: that is noted. */
export function vectorOf(
  live: LiveIndex,
  row: number,
  vectors: true | readonly ValueSpec[],
): Float32Array | NamedVectors | undefined {
  if (vectors === true) return live.graphs[0]!.vectorOf(row); // the unnamed field is not dropped
  const found: [string, VectorValue][] = [];
  for (const spec of vectors) {
    if (!live.stored.isOf(spec)) continue; // dropped since it was asked for
    const value = live.stored.value(row, spec);
    if (value !== undefined) found.push([spec.name, value]);
  }
  return found.length === 0 ? undefined : Object.fromEntries(found);
}
