/* Checks of arguments: each returns the value, or throws a ValidationError that names it. */
import { ValidationError } from './errors.js';
import { awaitHint, didYouMean } from './hints.js';

/** Shows any value in an error message, shortly. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'number' || value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value !== 'object') return `a ${typeof value}`;
  // Of the prototype: a `constructor` of the value's own may be anything.
  const name: unknown = Object.getPrototypeOf(value)?.constructor?.name;
  if (typeof name !== 'string' || name === '' || name === 'Object') return 'an object';
  return `${/^[aeio]/i.test(name) ? 'an' : 'a'} ${name}`;
}

/** An id as messages name it. An integer is its digits: the same id comes as a number, as a bigint, or in a text. */
export function showId(id: unknown): string {
  return typeof id === 'bigint' ? String(id) : show(id);
}

/**
 * Whether a value is an object that has its contents as members, or inherits them, as an AbortController has its signal. Of a Map,
 * a Date or a promise they lie elsewhere: taken for an object, it would be an empty one.
 */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  if (Object.getPrototypeOf(value) === Object.prototype)
    return typeof (value as { then?: unknown }).then !== 'function';
  const isBuiltIn = /^\[object (Date|RegExp|Error|Weak\w+)\]$/.test(Object.prototype.toString.call(value));
  return !isBuiltIn && !(Symbol.iterator in value) && awaitHint(value) === '';
}

export function integerIn(name: string, value: unknown, from: number, to: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < from || value > to) {
    throw new ValidationError(
      'INVALID_OPTION',
      `${name} must be an integer from ${from} to ${to}, got ${show(value)}`,
    );
  }
  return value;
}

/** @throws ValidationError LIMIT_EXCEEDED; `instead`: what to do */
export function atMost(what: string, count: number, most: number, instead: string): void {
  if (count > most)
    throw new ValidationError('LIMIT_EXCEEDED', `${what}: ${count}, at most ${most} at once. ${instead}`);
}

export function oneOf<T extends string>(name: string, value: unknown, choices: readonly T[]): T {
  if (!choices.includes(value as T)) {
    throw new ValidationError(
      'INVALID_OPTION',
      `${name} must be one of ${choices.join(', ')}, got ${show(value)}${typeof value === 'string' ? didYouMean(value, choices) : ''}`,
    );
  }
  return value as T;
}

/** A stable id: an integer from 0 to 2^64 - 1. */
export type Id = number | bigint;

/** An id as it is kept and given back: a number where that is exact, a bigint beyond 2^53. So 7 and 7n are one id. */
export function plainId(id: Id): Id {
  return typeof id === 'bigint' && id <= Number.MAX_SAFE_INTEGER ? Number(id) : id;
}

/** The same, of what may be none. */
export function normalId(id: unknown): Id {
  if (typeof id === 'number' && Number.isSafeInteger(id) && id >= 0) return id;
  if (typeof id === 'bigint' && id >= 0n && id < 1n << 64n) return plainId(id);
  throw new ValidationError(
    'INVALID_ID',
    `an id must be an integer from 0 to 2^64 - 1, a number only up to 2^53 - 1; got ${showId(id)}`,
  );
}
