/*
 * Ids, from Qdrant's to Silt's and back: integers from 0 to 2^64 - 1, and UUIDs, which are kept in lower case with hyphens.
 * Nothing else is an id here, though Silt takes any string.
 */
import { show } from '../../base/checks.js';
import type { PointId } from '../../base/ids.js';
import type { ExtendedPointId } from './api/values.js';
import { formatError, type QdrantError } from './errors.js';

const CANONICAL = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const HYPHENS = /^(?:urn:uuid:)?([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})$/i;
const BRACES = /^\{([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\}$/i;
const SIMPLE = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/i;

function invalid(id: unknown): QdrantError {
  // The `toString` of an object may be anything.
  const shown = typeof id === 'object' && id !== null ? show(id) : String(id).slice(0, 100);
  return formatError(
    `value ${shown} is not a valid point ID, valid values are either an unsigned integer or a UUID`,
  );
}

/** @throws QdrantError 400 */
export function idIn(id: unknown): PointId {
  if (typeof id === 'number') {
    if (Number.isSafeInteger(id) && id >= 0) return id;
    // 2^53 and beyond: a float64 that is an integer names one id, though others are near.
    if (Number.isInteger(id) && id > 0 && id < 2 ** 64) return BigInt(id);
    throw invalid(id);
  }
  if (typeof id === 'bigint') {
    if (id >= 0n && id < 1n << 64n) return id;
    throw invalid(id);
  }
  if (typeof id !== 'string') throw invalid(id);
  if (CANONICAL.test(id)) return id;
  const parts = HYPHENS.exec(id) ?? SIMPLE.exec(id) ?? BRACES.exec(id);
  if (!parts) throw invalid(id);
  return parts.slice(1).join('-').toLowerCase();
}

export const idsIn = (ids: readonly unknown[]): PointId[] => ids.map(idIn);

/** Integers beyond 2^53 are bigints, which the declared type does not say: that is Qdrant's own. */
export const idOut = (id: PointId): ExtendedPointId => id as ExtendedPointId;

/** Whether a value of a payload can be an id of a point. */
export function asId(value: unknown): PointId | undefined {
  try {
    return idIn(value);
  } catch {
    return undefined;
  }
}

/** The id after which a scroll must begin so that `id` is its first: undefined where that is the first of all. */
export function idBefore(id: PointId): PointId | undefined {
  if (typeof id === 'string') {
    // A UUID ends in a hexadecimal digit: nothing that is one lies between this and the id.
    const last = id.charCodeAt(id.length - 1);
    return `${id.slice(0, -1)}${String.fromCharCode(last - 1)}~`;
  }
  const before = BigInt(id) - 1n;
  return before < 0n ? undefined : before;
}
