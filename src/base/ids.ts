/*
 * Ids of points: integers from 0 to 2^64 - 1 (7 and 7n are one id) or strings. As keys of the store they are a
 * byte that tells the kind, then eight bytes big-endian or UTF-8: keys in order of bytes are ids in order.
 */
import { showId } from './checks.js';
import { ValidationError } from './errors.js';
import { ID_BYTES_MAX } from './limits.js';

/** What names a point. */
export type PointId = string | number | bigint;

const INTEGER = 1;
const TEXT = 2;

const encoder = new TextEncoder();
// A string may begin with U+FEFF, which is part of it.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

function rejected(id: unknown): ValidationError {
  return new ValidationError(
    'INVALID_ID',
    `an id must be an integer from 0 to 2^64 - 1 (a number only up to 2^53 - 1) or a well-formed string of 1 to ${ID_BYTES_MAX} bytes; got ${showId(id)}`,
  );
}

/** Half of a surrogate pair: UTF-8 has no form for it, so that two different strings would become one. */
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

export function isWellFormed(text: string): boolean {
  return !LONE_SURROGATE.test(text);
}

/** Most bytes that the key of `id` may take. */
export function idKeyRoom(id: unknown): number {
  return typeof id === 'string' ? 1 + 3 * id.length : 9;
}

/** Writes a string that is ASCII, which most ids are; false where it is not. */
export function writeAscii(text: string, into: Uint8Array, at: number): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) return false;
    into[at + i] = code;
  }
  return true;
}

/**
 * Writes the key of an id at `at`; returns where it ends.
 *
 * @throws ValidationError if it is not an id
 */
export function writeIdKey(id: unknown, into: Uint8Array, at: number): number {
  if (typeof id === 'string') {
    if (id.length === 0 || id.length > ID_BYTES_MAX) throw rejected(id);
    into[at] = TEXT;
    if (writeAscii(id, into, at + 1)) return at + 1 + id.length;
    if (!isWellFormed(id)) throw rejected(id);
    const { written } = encoder.encodeInto(id, into.subarray(at + 1));
    if (written > ID_BYTES_MAX) throw rejected(id);
    return at + 1 + written;
  }
  let high: number;
  let low: number;
  if (typeof id === 'number' && Number.isSafeInteger(id) && id >= 0) {
    high = Math.floor(id / 0x1_0000_0000);
    low = id >>> 0;
  } else if (typeof id === 'bigint' && id >= 0n && id < 1n << 64n) {
    high = Number(id >> 32n);
    low = Number(id & 0xffff_ffffn);
  } else throw rejected(id);
  into[at] = INTEGER;
  for (let i = 0; i < 4; i++) {
    into[at + 1 + i] = high >>> (24 - 8 * i);
    into[at + 5 + i] = low >>> (24 - 8 * i);
  }
  return at + 9;
}

/** The key of an id, on its own. */
export function idKeyOf(id: unknown): Uint8Array {
  const key = new Uint8Array(idKeyRoom(id));
  return key.subarray(0, writeIdKey(id, key, 0));
}

/** Strings up to this length are put together here: a decoder takes twice as long. */
const SHORT = 64;

function textOf(bytes: Uint8Array, from: number, to: number): string {
  const length = to - from;
  if (length > SHORT) return decoder.decode(bytes.subarray(from, to));
  const codes = new Array<number>(length);
  for (let i = 0; i < length; i++) {
    const byte = bytes[from + i]!;
    if (byte > 0x7f) return decoder.decode(bytes.subarray(from, to));
    codes[i] = byte;
  }
  return String.fromCharCode.apply(null, codes);
}

/** The id of a key, from `from` to `to`: a number where that is exact, else a bigint. */
export function idOfKey(key: Uint8Array, from = 0, to: number = key.length): PointId {
  if (key[from] === TEXT) return textOf(key, from + 1, to);
  const high = get32(key, from + 1);
  const low = get32(key, from + 5);
  return high < 0x20_0000 ? high * 0x1_0000_0000 + low : (BigInt(high) << 32n) | BigInt(low);
}

/** Big-endian. Without a DataView, which takes longer to make than all else here. */
function get32(key: Uint8Array, at: number): number {
  return ((key[at]! << 24) | (key[at + 1]! << 16) | (key[at + 2]! << 8) | key[at + 3]!) >>> 0;
}

/** A key as a string of one character a byte, which sets and maps can find. */
export function textOfKey(key: Uint8Array): string {
  return Reflect.apply(String.fromCharCode, null, key); // spread out, the bytes take six times as long
}

const TEXT_MARK = String.fromCharCode(TEXT);

/** The same of an id that is at hand, without its key where the id is ASCII, which most are. */
export function keyTextOf(id: PointId): string {
  if (typeof id !== 'string' || !isAscii(id)) return textOfKey(idKeyOf(id));
  return TEXT_MARK + id;
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

export function keyOfText(text: string): Uint8Array {
  const key = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) key[i] = text.charCodeAt(i);
  return key;
}

/** The position of the first key behind `from`, of keys as strings, in order. */
export function firstBehind(keys: readonly string[], from: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keys[middle]! <= from) low = middle + 1;
    else high = middle;
  }
  return low;
}
