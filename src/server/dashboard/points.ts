/* Points as the page shows them. */
import { ValidationError } from '../../base/errors.js';
import type { PointId } from '../../base/ids.js';
import { parse } from '../http/json.js';
import type { HitView, IdText, PointView, VectorView } from './wire.js';

const idText = (id: PointId): IdText => (typeof id === 'string' ? JSON.stringify(id) : String(id));

/** @throws ValidationError */
export function idOf(text: unknown): PointId {
  let id: unknown;
  try {
    id = parse(String(text));
  } catch {
    // Said below.
  }
  if (typeof id === 'string' || typeof id === 'number' || typeof id === 'bigint') return id;
  throw new ValidationError('INVALID_ID', `an id is an integer, or a string in double quotes, got ${text}`);
}

interface Sparse {
  readonly indices: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

const isSparse = (value: object): value is Sparse => 'indices' in value && 'values' in value;

/** Float32 as the shortest decimal that is the same float32: .1 instead of .10000000149011612. */
function shortened(values: ArrayLike<number>): number[] {
  return Array.from(values, (value) => {
    for (let digits = 6; digits <= 9; digits++) {
      const short = Number(value.toPrecision(digits));
      if (Math.fround(short) === value) return short;
    }
    return value;
  });
}

function vectorView(value: object): VectorView {
  if (value instanceof Float32Array) return shortened(value);
  if (Array.isArray(value)) return value.map((one: Float32Array) => shortened(one));
  const { indices, values } = value as Sparse;
  return { indices: Array.from(indices), values: shortened(values) };
}

/** A collection with the unnamed field alone gives its vector as it is, others give them by name. */
function vectorsView(vector: object): Record<string, VectorView> {
  if (vector instanceof Float32Array || Array.isArray(vector) || isSparse(vector))
    return { '': vectorView(vector) };
  return Object.fromEntries(Object.entries(vector).map(([name, value]) => [name, vectorView(value)]));
}

interface Found {
  readonly id: PointId;
  readonly payload?: object | undefined;
  readonly vector?: object | undefined;
  readonly unreadable?: string | undefined;
}

export function pointView({ id, payload, vector, unreadable }: Found): PointView {
  return {
    id: idText(id),
    payload: (payload as PointView['payload']) ?? null,
    ...(vector && { vectors: vectorsView(vector) }),
    ...(unreadable !== undefined && { unreadable }),
  };
}

interface FoundHit extends Found {
  readonly score: number;
  readonly highlights?: unknown;
  readonly orderValue?: number | undefined;
}

export function hitView(hit: FoundHit): HitView {
  const { score, highlights, orderValue } = hit;
  return {
    ...pointView(hit),
    score,
    ...(highlights !== undefined && { highlights }),
    ...(orderValue !== undefined && { orderValue }),
  };
}
