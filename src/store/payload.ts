/*
 * Payloads as bytes: MessagePack behind a byte that says so; JSON text for the few that MessagePack would change
 * (a key named __proto__, half of a surrogate pair). What JSON cannot represent is rejected, naming the place.
 */

import { Packr } from 'msgpackr';
import type { Payload } from '../api/points.js';
import { show } from '../base/checks.js';
import { ValidationError } from '../base/errors.js';
import { awaitHint } from '../base/hints.js';
import { isWellFormed } from '../base/ids.js';
import { PAYLOAD_BYTES_MAX, PAYLOAD_DEPTH_MAX } from '../base/limits.js';

/** What a point carries beside its vector: an object of JSON values. */
export type { Payload };

const MSGPACK = 0;
const JSON_TEXT = 1;

const packr = new Packr({ useRecords: false, mapsAsObjects: true, variableMapSize: true });

function refuse(path: string, why: string): ValidationError {
  return new ValidationError('INVALID_PAYLOAD', `${path} ${why}`);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}

/** What a walk over a value found. */
interface Findings {
  /** MessagePack would change it. */
  altered: boolean;
}

/** What to store in place of a value that JSON cannot represent. */
function hintOf(value: unknown): string {
  const forgotten = awaitHint(value);
  if (forgotten !== '') return forgotten;
  if (typeof value === 'bigint') return ': store it as a string or a number';
  if (value instanceof Date) return ': store date.toISOString()';
  if (value instanceof Map) return ': store Object.fromEntries(map)';
  if (value instanceof Set) return ': store [...set]';
  if (value instanceof URL) return ': store String(url)';
  if (ArrayBuffer.isView(value)) return ': store an array, or a string such as base64';
  return typeof value === 'object' ? ': store { ...object }, or the members that you need' : '';
}

/**
 * A copy of a value, each member of which was read once; throws where it is no JSON. Members that are undefined are left
 * out, as JSON does.
 */
function copied(value: unknown, path: string, depth: number, found: Findings): unknown {
  if (typeof value === 'string') {
    found.altered ||= !isWellFormed(value);
    return value;
  }
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'number') {
    if (!Number.isFinite(value))
      throw refuse(path, `is ${value}, which JSON cannot represent: leave it out, or store null`);
    return value;
  }
  if (typeof value !== 'object')
    throw refuse(path, `is ${show(value)}, which JSON cannot represent${hintOf(value)}`);
  if (depth > PAYLOAD_DEPTH_MAX) {
    const place = path.length > 60 ? `${path.slice(0, 60)}…` : path;
    throw refuse(place, `is nested more than ${PAYLOAD_DEPTH_MAX} levels deep, or contains itself`);
  }
  if (Array.isArray(value)) {
    const copy: unknown[] = [];
    const { length } = value;
    for (let i = 0; i < length; i++) {
      const inner: unknown = value[i];
      if (typeof inner === 'string') found.altered ||= !isWellFormed(inner);
      copy.push(typeof inner === 'string' ? inner : copied(inner, `${path}[${i}]`, depth + 1, found));
    }
    return copy;
  }
  if (!isPlain(value)) {
    throw refuse(path, `is ${show(value)}, expected a plain object${hintOf(value)}`);
  }
  return copyOfObject(value as Payload, path, depth, found);
}

function copyOfObject(value: Payload, path: string, depth: number, found: Findings): Payload {
  const copy: Payload = { ...value };
  let gaps = false;
  for (const key of Object.keys(copy)) {
    const inner = copy[key];
    if (inner === undefined) {
      gaps = true;
      continue;
    }
    found.altered ||= key === '__proto__' || !isWellFormed(key);
    // What most members are is looked at here: the places of all of them need not be put together.
    if (typeof inner === 'string') found.altered ||= !isWellFormed(inner);
    else if (typeof inner === 'object' || !Number.isFinite(inner))
      copy[key] = copied(inner, `${path}.${key}`, depth + 1, found);
  }
  return gaps ? Object.fromEntries(Object.entries(copy).filter(([, inner]) => inner !== undefined)) : copy;
}

const NONE = new Uint8Array(0);

/**
 * The bytes of a payload; none for undefined.
 *
 * @throws ValidationError INVALID_PAYLOAD
 */
export function encodePayload(payload: unknown): Uint8Array {
  if (payload === undefined) return NONE;
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload))
    throw refuse('payload', `must be an object, got ${show(payload)}`);
  const found = { altered: false };
  const clean = copied(payload, 'payload', 1, found);
  const body = !found.altered ? packr.pack(clean) : new TextEncoder().encode(JSON.stringify(clean));
  if (body.length > PAYLOAD_BYTES_MAX)
    throw refuse(
      'payload',
      `takes ${body.length} bytes, at most ${PAYLOAD_BYTES_MAX} are possible: store large data elsewhere, and its address here`,
    );
  const bytes = new Uint8Array(1 + body.length);
  bytes[0] = found.altered ? JSON_TEXT : MSGPACK;
  bytes.set(body, 1);
  return bytes;
}

/** Payloads below this size are decoded from a copy: making views, which the decoder keeps things on, takes longer. */
const SMALL_BYTES = 140;
const small = new Uint8Array(SMALL_BYTES);

function unpacked(bytes: Uint8Array, from: number, to: number): Payload {
  const length = to - from;
  if (length >= SMALL_BYTES) return packr.unpack(bytes.subarray(from, to)) as Payload;
  for (let i = 0; i < length; i++) small[i] = bytes[from + i]!;
  return packr.unpack(small, length) as Payload;
}

/** Of the bytes from `from` to `to`. */
export function decodePayload(bytes: Uint8Array, from = 0, to: number = bytes.length): Payload | undefined {
  if (from === to) return undefined;
  if (bytes[from] === JSON_TEXT)
    return JSON.parse(new TextDecoder().decode(bytes.subarray(from + 1, to))) as Payload;
  return unpacked(bytes, from + 1, to);
}
