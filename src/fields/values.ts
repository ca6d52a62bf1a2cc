/*
 * Values of fields: as callers give them, checked, and as bytes (docs/FORMAT.md says which). What is wrong is said with the
 * point and the field that it is about.
 */
import type { SparseVector, VectorValue } from '../api/points.js';
import { show } from '../base/checks.js';
import { ValidationError } from '../base/errors.js';
import { MULTI_VECTORS_MAX, SPARSE_VALUES_MAX } from '../base/limits.js';
import { numeral } from '../base/numeral.js';
import { checkVector, isNumbers, nameOfVector, rejectVector } from '../hnsw/vectors.js';
import type { VectorLike } from '../kernel/metrics.js';
import { RowFault } from '../store/row.js';
import type { DenseSpec, MultiSpec, ValueSpec } from './field.js';

/** Whose value it is. Without an index, it is that of a query. */
export interface Place {
  readonly index?: number | undefined;
  readonly id?: unknown;
  /** What a query calls it. */
  readonly name?: string | undefined;
  /** Of the field; '' for the unnamed one. */
  readonly field: string;
}

const NOTHING = new Uint8Array(0);

/** Why a value of a field cannot be written. */
function refused(place: Place, what: string): ValidationError {
  return new ValidationError(
    'INVALID_VECTOR',
    `${nameOfVector(place.name ?? place.index, place.id, place.field)} ${what}`,
  );
}

/**
 * The bytes of a value; none where it is empty, as a sparse vector may be.
 *
 * @throws ValidationError INVALID_VECTOR
 */
export function encodeValue(spec: ValueSpec, value: unknown, place: Place): Uint8Array {
  if (spec.kind === 'sparse') return encodeSparse(value, place);
  const components = spec.kind === 'multi' ? checkMulti(spec, value, place) : checkDense(spec, value, place);
  return new Uint8Array(components.buffer, components.byteOffset, components.byteLength);
}

/** A copy as float32. @throws ValidationError INVALID_VECTOR */
function checkDense(
  { dimension, metric }: Pick<DenseSpec, 'dimension' | 'metric'>,
  value: unknown,
  { name, index, id, field }: Place,
): Float32Array {
  checkVector(value, dimension, name ?? index, id, field);
  const components = new Float32Array(dimension);
  components.set(value as ArrayLike<number>); // by index, as it was checked: its iterator may give something else
  let squares = 0;
  for (const x of components) squares += x * x;
  if (!(squares < Infinity) || (squares === 0 && metric === 'cosine'))
    throw rejectVector(value as VectorLike, metric, name ?? index, id, field);
  return components;
}

/** The components of all vectors, one after another. */
export function checkMulti(spec: MultiSpec, value: unknown, place: Place): Float32Array {
  const given = value as readonly unknown[];
  if (!Array.isArray(value) || value.length === 0 || value.length > MULTI_VECTORS_MAX || !isNumbers(given[0]))
    throw refused(
      place,
      `must be an array of 1 to ${numeral(MULTI_VECTORS_MAX)} vectors, got ${show(value)}`,
    );
  const { length } = value;
  const all = new Float32Array(length * spec.dimension);
  for (let i = 0; i < length; i++) all.set(checkDense(spec, given[i], place), i * spec.dimension);
  return all;
}

/** Dot products of what is below are finite float32 numbers, those weighed by frequency as well. */
const SPARSE_SQUARES_MAX = 1e36;

interface SparseArrays {
  readonly indices: Uint32Array;
  readonly values: Float32Array;
}

/**
 * Indices in ascending order, with their values: copies, side by side in memory of their own.
 *
 * @throws ValidationError INVALID_VECTOR
 */
export function checkSparse(value: unknown, place: Place): SparseArrays {
  const { indices, values } = (value ?? {}) as Partial<SparseVector>;
  if (typeof value !== 'object' || !isNumbers(indices) || !isNumbers(values))
    throw refused(place, `must be a sparse vector { indices, values }, got ${show(value)}`);
  const { length } = indices;
  if (values.length !== length)
    throw refused(place, `has ${length} indices and ${values.length} values, expected as many of both`);
  if (length > SPARSE_VALUES_MAX)
    throw refused(place, `has ${length} values, expected at most ${numeral(SPARSE_VALUES_MAX)}`);
  const copy = sparseIn(new ArrayBuffer(8 * length), length);
  let squares = 0;
  let isAscending = true;
  let isSound = true;
  for (let i = 0, before = -1; i < length; i++) {
    const index = indices[i]!;
    const x = values[i]!;
    // What is not sound is looked for again below: few are not, and this is done for every value that is written.
    isSound &&= index >>> 0 === index && typeof x === 'number';
    isAscending &&= index > before;
    before = index;
    copy.indices[i] = index;
    copy.values[i] = x;
    const float = copy.values[i]!;
    squares += float * float; // one that float32 does not hold makes it infinite, or no number
  }
  if (!isSound || !(squares <= SPARSE_SQUARES_MAX)) throw unsound(indices, values, squares, place);
  return isAscending ? copy : ascending(copy, place);
}

/** What is wrong with a sparse vector. */
function unsound(
  indices: ArrayLike<number>,
  values: ArrayLike<number>,
  squares: number,
  place: Place,
): ValidationError {
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i]!;
    const x = values[i]!;
    if (index >>> 0 !== index)
      return refused(place, `has the index ${show(index)}, expected an integer from 0 to 4,294,967,295`);
    if (typeof x !== 'number' || !Number.isFinite(Math.fround(x)))
      return refused(place, `has ${show(x)} at index ${index}, expected a finite float32 number`);
  }
  return refused(
    place,
    `has values whose squares add up to ${squares.toPrecision(3)}, expected at most 1e36: scale them down`,
  );
}

function ascending({ indices, values }: SparseArrays, place: Place): SparseArrays {
  const order = Array.from(indices, (_, i) => i).sort((a, b) => indices[a]! - indices[b]!);
  const sorted = sparseIn(new ArrayBuffer(8 * indices.length), indices.length);
  for (const [i, from] of order.entries()) {
    sorted.indices[i] = indices[from]!;
    sorted.values[i] = values[from]!;
  }
  const twice = sorted.indices.find((index, i) => i > 0 && sorted.indices[i - 1] === index);
  if (twice !== undefined)
    throw refused(place, `has the index ${twice} twice: add up the values of an index`);
  return sorted;
}

function encodeSparse(value: unknown, place: Place): Uint8Array {
  const { indices } = checkSparse(value, place);
  return indices.length === 0 ? NOTHING : new Uint8Array(indices.buffer);
}

/** @throws RowFault where bytes hold no value of a field */
export function expectWhole(spec: ValueSpec, { length }: Uint8Array): void {
  const size = sizeIn(spec);
  if (spec.kind === 'dense' ? length !== size : length % size !== 0)
    throw new RowFault(`its value in the field ${show(spec.name)} has ${length} bytes`);
}

/** Bytes of one vector; of one value of a sparse one. */
function sizeIn(spec: ValueSpec): number {
  return spec.kind === 'sparse' ? 8 : 4 * spec.dimension;
}

/**
 * The value that bytes hold, in memory of its own. They may lie anywhere.
 *
 * @throws RowFault where they hold none of this field
 */
export function decodeValue(spec: ValueSpec, bytes: Uint8Array): VectorValue {
  expectWhole(spec, bytes);
  const { buffer } = bytes.slice();
  const size = sizeIn(spec);
  if (spec.kind === 'dense') return new Float32Array(buffer);
  const count = bytes.length / size;
  if (spec.kind === 'sparse') return sparseIn(buffer, count);
  return Array.from({ length: count }, (_, i) => new Float32Array(buffer, i * size, spec.dimension));
}

/** Of bytes of a sparse vector with so many values: views. */
function sparseIn(buffer: ArrayBufferLike, count: number, from = 0): SparseArrays {
  return {
    indices: new Uint32Array(buffer, from, count),
    values: new Float32Array(buffer, from + 4 * count, count),
  };
}
