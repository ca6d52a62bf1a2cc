/*
 * Values as tools take and give them. The SDK reads and writes JSON by JSON.parse and JSON.stringify, which have no integers beyond
 * 2^53: these stand as `{ "uint64": "9223372036854775808" }`, so that an id that was answered can be asked for.
 */
import * as z from 'zod';
import type { PointId } from '../../base/ids.js';
import { plain } from '../frame/values.js';

/** Of one message. A thousand points of 768 numbers take 15 MB. */
export const MESSAGE_BYTES: number = 16 * 1024 ** 2;

const UINT64 = /^\d{1,20}$/;

type GivenId = number | string | { uint64: string };

export const ID: z.ZodType<GivenId, GivenId> = z
  .union([z.int().min(0), z.string(), z.object({ uint64: z.string().regex(UINT64) })])
  .describe('An id: an integer, a string, or { "uint64": "digits" } for an integer beyond 2^53');

/** An id as it is answered. */
export const STORED_ID: z.ZodType<GivenId, GivenId> = z.union([
  z.int(),
  z.string(),
  z.object({ uint64: z.string() }),
]);

export function idOf(given: GivenId): PointId {
  return typeof given === 'object' ? BigInt(given.uint64) : given;
}

/** The same value as plain JSON. */
export function shown(value: unknown): unknown {
  const text = JSON.stringify(plain(value), (_, one) =>
    typeof one === 'bigint' ? { uint64: String(one) } : one,
  );
  return JSON.parse(text);
}
