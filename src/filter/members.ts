/* Reading of what a caller wrote: each function returns what it checked, or names the place of what is wrong. */
import { show } from '../base/checks.js';
import { ValidationError } from '../base/errors.js';
import { awaitHint } from '../base/hints.js';
import { meant } from './meant.js';

/** The members of an object that are its own and not undefined. */
export type Members = Readonly<Record<string, unknown>>;

export function refuse(place: string, why: string): ValidationError {
  return new ValidationError('INVALID_FILTER', `${place} ${why}`);
}

/** Said of a value that is not what it must be. */
export function refuseValue(place: string, expected: string, value: unknown): ValidationError {
  return refuse(place, `must be ${expected}, got ${show(value)}${awaitHint(value)}`);
}

/**
 * Of a Map or a Date, and of what is inherited, every member is hidden: taken for an empty filter, it would match
 * everything. The prototype of plain objects is that of any realm.
 */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) return true;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, 'isPrototypeOf');
}

export function membersOf(value: unknown, place: string): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !isPlain(value))
    throw refuseValue(place, 'an object', value);
  const members: Record<string, unknown> = Object.create(null);
  for (const key of Object.keys(value)) {
    const member = (value as Members)[key];
    if (member !== undefined) members[key] = member;
  }
  return members;
}

/** Members of an object that may have these and no others. */
export function knownMembers(value: unknown, place: string, known: readonly string[]): Members {
  const members = membersOf(value, place);
  for (const key of Object.keys(members)) {
    if (!known.includes(key))
      throw refuse(
        place,
        `has an unknown member ${show(key)}: it takes ${known.join(', ')}${meant(key, members[key], known)}`,
      );
  }
  return members;
}

/** The one member of `choices` that is there. */
export function onlyOne(members: Members, place: string, choices: readonly string[]): string {
  const given = choices.filter((name) => name in members);
  if (given.length !== 1) {
    const count = given.length === 0 ? 'has none (undefined counts as absent)' : `has ${given.join(' and ')}`;
    throw refuse(place, `must have exactly one of ${choices.join(', ')}; it ${count}`);
  }
  return given[0]!;
}

/** What `read` makes of each element of an array. A hole is an element that is undefined. */
export function mapAt<T>(value: unknown, place: string, read: (one: unknown, place: string) => T): T[] {
  if (!Array.isArray(value)) throw refuseValue(place, 'an array', value);
  const results: T[] = [];
  // By number: an array of a class of its own may iterate as it likes.
  for (let i = 0; i < value.length; i++) results.push(read(value[i], `${place}[${i}]`));
  return results;
}

export function booleanAt(value: unknown, place: string): boolean {
  if (typeof value !== 'boolean') throw refuseValue(place, 'true or false', value);
  return value;
}

/** A number from `least` to `most`, both finite or not. */
export function numberAt(value: unknown, place: string, least: number, most: number, what: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < least || value > most)
    throw refuseValue(place, what, value);
  return value;
}
