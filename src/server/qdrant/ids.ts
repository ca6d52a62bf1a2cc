/*
 * Converts point ids between Qdrant and Silt: integers from 0 to 2^64 - 1, and UUIDs, which are stored in lower case with hyphens.
 * Other strings are rejected, though Silt itself accepts them.
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
  // Do not call `toString` of an object: it may be anything.
  const shown = typeof id === 'object' && id !== null ? show(id) : String(id).slice(0, 100);
  return formatError(
    `value ${shown} is not a valid point ID, valid values are either an unsigned integer or a UUID`,
  );
}

/** @throws QdrantError 400 */
export function idIn(id: unknown): PointId {
  if (typeof id === 'number') {
    if (Number.isSafeInteger(id) && id >= 0) return id;
    // From 2^53 on, a float64 integer still names exactly one id.
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

/** Integers beyond 2^53 are bigints. The declared type, which is Qdrant's, does not say so. */
export const idOut = (id: PointId): ExtendedPointId => id as ExtendedPointId;

/** A payload value as a point id; undefined if it cannot be one. */
export function asId(value: unknown): PointId | undefined {
  try {
    return idIn(value);
  } catch {
    return undefined;
  }
}

/** The `after` of a scroll that is to begin with `id`; undefined if `id` is the smallest id. */
export function idBefore(id: PointId): PointId | undefined {
  if (typeof id === 'string') {
    // A UUID ends in a hexadecimal digit, so no UUID lies between this text and the id.
    const last = id.charCodeAt(id.length - 1);
    return `${id.slice(0, -1)}${String.fromCharCode(last - 1)}~`;
  }
  const before = BigInt(id) - 1n;
  return before < 0n ? undefined : before;
}
