/* Converts vectors between Qdrant and Silt. */
import type { NamedVectors, SparseVector as SiltSparse, VectorInput, VectorValue } from '../../api/points.js';
import type {
  SparseVector,
  VectorOutput,
  VectorStruct,
  VectorStructOutput,
  WithVector,
} from './api/values.js';
import { formatError, QdrantError, unsupported, wrongInput } from './errors.js';
import { floatsOut, normalisedOut } from './floats.js';
import type { CollectionView, VectorView } from './view.js';

const noInference = (): QdrantError =>
  unsupported('vectors made of texts and images by a model. Give the vectors themselves');

function isInference(value: object): boolean {
  return 'model' in value && ('text' in value || 'image' in value || 'object' in value);
}

export const isSparse = (value: unknown): value is SparseVector =>
  typeof value === 'object' && value !== null && 'indices' in value && 'values' in value;

/** @throws QdrantError 400 for a wrong number of components */
function checkSize(view: VectorView, size: number): void {
  if (size !== view.size) throw wrongInput(`Vector dimension error: expected dim: ${view.size}, got ${size}`);
}

function sparseIn({ indices, values }: SparseVector): SiltSparse {
  if (indices.length !== values.length)
    throw new QdrantError(422, 'Validation error in JSON body: [values: must be the same length as indices]');
  if (new Set(indices).size !== indices.length)
    throw new QdrantError(422, 'Validation error in JSON body: [indices: must be unique]');
  return { indices, values };
}

/** Converts one vector of a point or a query for its field. */
export function vectorIn(view: VectorView, value: unknown): VectorInput {
  if (typeof value !== 'object' || value === null)
    throw formatError('data did not match any variant of untagged enum Vector');
  if (isInference(value)) throw noInference();
  if (view.kind === 'sparse') {
    if (!isSparse(value)) throw wrongInput(`Conversion between sparse and regular vectors failed`);
    return sparseIn(value);
  }
  if (isSparse(value)) throw wrongInput('Conversion between sparse and regular vectors failed');
  const numbers = value as readonly number[] | readonly (readonly number[])[];
  if (Array.isArray(numbers[0])) {
    if (view.kind !== 'multi') throw wrongInput('Conversion between multi and regular vectors failed');
    for (const one of numbers as readonly (readonly number[])[]) checkSize(view, one.length);
    return numbers as readonly number[][];
  }
  checkSize(view, numbers.length);
  return view.kind === 'multi' ? [numbers as number[]] : (numbers as number[]);
}

/** Thrown for a point without the vector that Silt requires. The caller adds a field that makes it optional: see OPTIONAL. */
export class NeedsOptional extends Error {}

/** The vectors of a point to write: an array for the unnamed one, otherwise an object by field name. */
export function vectorsIn(
  view: CollectionView,
  vector: VectorStruct,
): readonly number[] | Record<string, VectorInput> {
  if (view.plain && Array.isArray(vector) && !Array.isArray(vector[0])) {
    checkSize(view.plain, vector.length);
    return vector as number[];
  }
  if (Array.isArray(vector)) {
    if (vector.length === 0 && !view.vectors.has('')) return {};
    const unnamed = view.vector('');
    return { [unnamed.field]: vectorIn(unnamed, vector) };
  }
  if (isInference(vector)) throw noInference();
  const named = Object.entries(vector).filter(([, value]) => value !== undefined);
  if (view.plain) {
    if (named.length === 0) throw new NeedsOptional();
    for (const [name] of named) view.vector(name);
    return vectorIn(view.plain, vector['' as keyof typeof vector]) as number[];
  }
  return Object.fromEntries(
    named.map(([name, value]) => {
      const of = view.vector(name);
      return [of.field, vectorIn(of, value)];
    }),
  );
}

export function vectorOut(view: VectorView, value: VectorValue): VectorOutput {
  const floats = view.metric === 'cosine' ? normalisedOut : floatsOut;
  if (value instanceof Float32Array) return floats(value);
  if (Array.isArray(value)) return value.map((one: Float32Array) => floats(one));
  const { indices, values } = value as { indices: Uint32Array; values: Float32Array };
  return { indices: Array.from(indices), values: floatsOut(values) };
}

/** Converts `with_vector` for Silt. */
export function withVectorIn(
  view: CollectionView,
  wanted: WithVector | null | undefined,
): boolean | string[] {
  if (!wanted || (Array.isArray(wanted) && wanted.length === 0)) return false;
  if (wanted === true) return true;
  const fields = wanted.map((name) => view.vector(name).field);
  return view.plain ? true : fields;
}

/** The vectors of a result. */
export function vectorsOut(
  view: CollectionView,
  vector: Float32Array | NamedVectors | undefined,
  wanted: WithVector | null | undefined,
): VectorStructOutput | undefined {
  if (view.plain) {
    if (!vector) return undefined;
    const out = vectorOut(view.plain, vector as Float32Array) as number[];
    return Array.isArray(wanted) ? { '': out } : out;
  }
  const named = Object.entries(vector ?? {}) as [string, VectorValue][];
  const out: [name: string, VectorOutput][] = [];
  for (const of of view.vectors.values()) {
    if (Array.isArray(wanted) && !wanted.includes(of.name)) continue;
    const found = named.find(([field]) => field === of.field);
    if (found) out.push([of.name, vectorOut(of, found[1])]);
  }
  // Decided per point, as in Qdrant: a point with the unnamed vector only has an array.
  if (!Array.isArray(wanted) && out.length === 1 && out[0]![0] === '')
    return out[0]![1] as number[] | number[][];
  return Object.fromEntries(out);
}
