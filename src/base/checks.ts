/* Checks of arguments: each returns the value, or throws a ValidationError that names it. */
import { ValidationError } from './errors.js';
import { didYouMean } from './hints.js';

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

/** The value of an option, or its default where it is not given. Null is a value, and of no option a good one. */
export function valueOr(value: unknown, otherwise: unknown): unknown {
  return value === undefined ? otherwise : value;
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
      `${name} must be one of ${choices.join(', ')}, got ${show(value)}`,
    );
  }
  return value as T;
}

/**
 * The options of a call: an object with these members and no others. Returns those that are given, each read once, be it
 * inherited or a getter's.
 *
 * @param what the call, as errors name it
 */
export function optionsOf<T extends object>(what: string, o: T, known: readonly string[]): T {
  if (typeof o !== 'object' || o === null || Array.isArray(o))
    throw new ValidationError('INVALID_OPTION', `${what} options must be an object, got ${show(o)}`);
  for (const key of Object.keys(o)) {
    if (known.includes(key) || (o as Record<string, unknown>)[key] === undefined) continue;
    throw new ValidationError(
      'INVALID_OPTION',
      `${what} has no option ${JSON.stringify(key)}; it has ${known.join(', ')}${didYouMean(key, known)}`,
    );
  }
  const given: Record<string, unknown> = {};
  for (const key of known) {
    const value = (o as Record<string, unknown>)[key];
    if (value !== undefined) given[key] = value;
  }
  return given as T;
}

/** A number above 0, 1 at most. */
export function shareOf(name: string, value: unknown): number {
  if (typeof value !== 'number' || !(value > 0 && value <= 1))
    throw new ValidationError(
      'INVALID_OPTION',
      `${name} must be a number above 0, at most 1; got ${show(value)}`,
    );
  return value;
}

/** A signal, of whichever realm. */
export function signalOf(signal: unknown): AbortSignal | undefined {
  if (signal === undefined) return undefined;
  const { aborted, addEventListener, removeEventListener, throwIfAborted } = (signal ??
    {}) as Partial<AbortSignal>;
  const calls = [addEventListener, removeEventListener, throwIfAborted];
  if (typeof aborted !== 'boolean' || !calls.every((call) => typeof call === 'function'))
    throw new ValidationError('INVALID_OPTION', `signal must be an AbortSignal, got ${show(signal)}`);
  return signal as AbortSignal;
}

/** A function, or undefined where it is left out. */
export function functionOf<F>(name: string, value: F | undefined): F | undefined {
  if (value !== undefined && typeof value !== 'function')
    throw new ValidationError('INVALID_OPTION', `${name} must be a function, got ${show(value)}`);
  return value;
}

export function flagOf(name: string, value: unknown, other: boolean): boolean {
  if (value === undefined) return other;
  if (typeof value !== 'boolean')
    throw new ValidationError('INVALID_OPTION', `${name} must be true or false, got ${show(value)}`);
  return value;
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
    `an id must be an integer from 0 to 2^64 - 1, a number only up to 2^53 - 1; got ${show(id)}`,
  );
}
