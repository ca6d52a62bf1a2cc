/*
 * The vectors of points to be written, gathered one after another. Where each point has one vector, and nothing else, they go into
 * one array of components; where there are other fields, each field has its own bytes, and a point may be without.
 */
import { isRecord, show, showId } from '../../base/checks.js';
import { ValidationError } from '../../base/errors.js';
import { awaitHint, didYouMean, fieldsThere } from '../../base/hints.js';
import type { PointId } from '../../base/ids.js';
import { type DenseSpec, type FieldSpec, isPlain, type ValueSpec, valueSpecs } from '../../fields/field.js';
import { encodeValue } from '../../fields/values.js';
import { checkVector, isNumbers, rejectVector } from '../../hnsw/vectors.js';
import type { Draft } from '../live-index.js';
import type { DraftMemory } from './draft-memory.js';
import { PackedBytes } from './packed.js';

/** Components for which there is room at first, where it is not known how many points will come. */
const ROOM = 8_192;
const NOTHING = new Uint8Array(0);

export interface DraftVectors {
  /** Bytes of those that were kept. */
  readonly bytes: number;
  /**
   * Checks and copies what a point has. It does not count before it is kept.
   *
   * @throws ValidationError INVALID_VECTOR
   */
  take(vector: unknown, number: number, id: PointId): void;
  /** What was taken last counts. */
  keep(): void;
  finish(): Pick<Draft, 'vectors' | 'fields'>;
}

export function newDraftVectors(
  fields: readonly FieldSpec[],
  memory: DraftMemory,
  expected: number | undefined,
): DraftVectors {
  return isPlain(fields)
    ? new OneVector(fields[0] as DenseSpec, memory, expected)
    : new NamedValues(valueSpecs(fields));
}

/** Sum of squares; four at once, since each addition waits for the one before. */
function squaresOf(v: Float32Array, start: number, end: number): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let i = start;
  for (; i + 3 < end; i += 4) {
    a += v[i]! * v[i]!;
    b += v[i + 1]! * v[i + 1]!;
    c += v[i + 2]! * v[i + 2]!;
    d += v[i + 3]! * v[i + 3]!;
  }
  for (; i < end; i++) a += v[i]! * v[i]!;
  return a + b + (c + d);
}

class OneVector implements DraftVectors {
  readonly #spec: DenseSpec;
  readonly #memory: DraftMemory;
  #components: Float32Array;
  #used = 0;

  constructor(spec: DenseSpec, memory: DraftMemory, expected: number | undefined) {
    this.#spec = spec;
    this.#memory = memory;
    this.#components = memory.take(expected === undefined ? ROOM : expected * spec.dimension);
  }

  get bytes(): number {
    return 4 * this.#used;
  }

  /** Copies it to the next place, and looks at what came out: float32 may hold less than was given. */
  take(vector: unknown, number: number, id: PointId): void {
    const { dimension, metric } = this.#spec;
    checkVector(vector, dimension, number, id);
    const at = this.#used;
    if (at + dimension > this.#components.length) {
      const larger = this.#memory.take(Math.max(2 * this.#components.length, at + dimension));
      larger.set(this.#components.subarray(0, at));
      this.#components = larger;
    }
    const into = this.#components;
    into.set(vector, at);
    const squares = squaresOf(into, at, at + dimension);
    if (!(squares < Infinity) || (squares === 0 && metric === 'cosine'))
      throw rejectVector(vector, metric, number, id);
  }

  keep(): void {
    this.#used += this.#spec.dimension;
  }

  finish(): Pick<Draft, 'vectors'> {
    if (this.#used === this.#components.length) return { vectors: this.#components };
    const vectors = this.#memory.take(this.#used);
    vectors.set(this.#components.subarray(0, this.#used));
    return { vectors };
  }
}

class NamedValues implements DraftVectors {
  readonly #specs: readonly ValueSpec[];
  readonly #columns: readonly PackedBytes[];
  #taken: readonly Uint8Array[] = [];

  constructor(specs: readonly ValueSpec[]) {
    this.#specs = specs;
    this.#columns = specs.map(() => new PackedBytes());
  }

  get bytes(): number {
    return this.#columns.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  take(vector: unknown, number: number, id: PointId): void {
    const values = valuesIn(vector, this.#specs, number, id);
    this.#taken = this.#specs.map((spec) => {
      // What it inherits is not of the point: a field may be called `constructor`.
      const value = Object.hasOwn(values, spec.name) ? values[spec.name] : undefined;
      return value === undefined
        ? NOTHING
        : encodeValue(spec, value, { index: number, id, field: spec.name });
    });
  }

  keep(): void {
    for (const [i, bytes] of this.#taken.entries()) this.#columns[i]!.add(bytes);
  }

  finish(): Pick<Draft, 'vectors' | 'fields'> {
    const fields = this.#specs.map(({ number }, i) => ({ field: number, ...this.#columns[i]!.packed() }));
    return { vectors: new Float32Array(0), fields };
  }
}

/**
 * What a point has, by the names of fields; each member is read once.
 *
 * @throws ValidationError INVALID_VECTOR for what is of no field
 */
export function valuesIn(
  vector: unknown,
  specs: readonly ValueSpec[],
  number: number,
  id: PointId,
): Readonly<Record<string, unknown>> {
  if (vector === undefined) return {};
  const names = specs.map(({ name }) => name);
  const of = `the vector of point ${number} (id ${showId(id)})`;
  if (isNumbers(vector)) {
    if (names.includes('')) return { '': vector };
    if (names.length === 0)
      throw new ValidationError(
        'INVALID_VECTOR',
        `${of} is of no field: this collection has none with vectors. createField(name, { vector: { dimension, metric } }) adds one`,
      );
    throw new ValidationError(
      'INVALID_VECTOR',
      `${of} is given without a name, and this collection has no unnamed field: write { name: vector }; ${fieldsThere(names)}`,
    );
  }
  if (!isRecord(vector))
    throw new ValidationError(
      'INVALID_VECTOR',
      `${of} must be an object of vectors by the names of fields (${fieldsThere(names)}), got ${show(vector)}${awaitHint(vector)}`,
    );
  const unknown = Object.keys(vector).find((name) => !names.includes(name));
  if (unknown === undefined) return vector;
  throw new ValidationError(
    'INVALID_VECTOR',
    `${of} names ${show(unknown)}, which is not a field with vectors: ${fieldsThere(names)}${didYouMean(unknown, names)}`,
  );
}
