/*
 * Payloads as bytes: MessagePack behind a byte that says so; JSON text for the few that MessagePack would change
 * (a key named __proto__, half of a surrogate pair). What JSON has no form for is refused, naming the place.
 */
import { Packr } from 'msgpackr';
import { show } from '../base/checks.js';
import { ValidationError } from '../base/errors.js';
import { isWellFormed } from '../base/ids.js';
import { PAYLOAD_BYTES_MAX, PAYLOAD_DEPTH_MAX } from '../base/limits.js';

/** What a point carries beside its vector: an object of JSON values. */
export type Payload = Record<string, unknown>;

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
  /** It has members that are undefined, which JSON leaves out. */
  gaps: boolean;
}

/** Looks at a value; throws where it is no JSON. */
function inspect(value: unknown, path: string, depth: number, found: Findings): void {
  if (typeof value === 'string') {
    found.altered ||= !isWellFormed(value);
    return;
  }
  if (value === null || typeof value === 'boolean') return;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw refuse(path, `is ${value}: JSON has no form for it`);
    return;
  }
  if (typeof value !== 'object') throw refuse(path, `is ${show(value)}: JSON has no form for it`);
  if (depth > PAYLOAD_DEPTH_MAX)
    throw refuse(path, `is nested more than ${PAYLOAD_DEPTH_MAX} deep, or contains itself`);
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) inspect(value[i], `${path}[${i}]`, depth + 1, found);
    return;
  }
  if (!isPlain(value)) {
    const hint = value instanceof Date ? ': store date.toISOString()' : '';
    throw refuse(path, `is ${show(value)}, no plain object${hint}`);
  }
  for (const key of Object.keys(value)) {
    const inner = (value as Payload)[key];
    if (inner === undefined) {
      found.gaps = true;
      continue;
    }
    found.altered ||= key === '__proto__' || !isWellFormed(key);
    inspect(inner, `${path}.${key}`, depth + 1, found);
  }
}

function withoutUndefined(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutUndefined);
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutUndefined(inner)]));
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
  const found = { altered: false, gaps: false };
  inspect(payload, 'payload', 1, found);
  const clean = found.gaps ? withoutUndefined(payload) : payload;
  const body = !found.altered ? packr.pack(clean) : new TextEncoder().encode(JSON.stringify(clean));
  if (body.length > PAYLOAD_BYTES_MAX)
    throw refuse('payload', `takes ${body.length} bytes, more than ${PAYLOAD_BYTES_MAX}`);
  const bytes = new Uint8Array(1 + body.length);
  bytes[0] = found.altered ? JSON_TEXT : MSGPACK;
  bytes.set(body, 1);
  return bytes;
}

export function decodePayload(bytes: Uint8Array): Payload | undefined {
  if (bytes.length === 0) return undefined;
  const body = bytes.subarray(1);
  if (bytes[0] === JSON_TEXT) return JSON.parse(new TextDecoder().decode(body)) as Payload;
  return packr.unpack(body) as Payload;
}
