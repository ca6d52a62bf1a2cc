/* Reading of a query as a caller wrote it: each function returns what it checked, or names the place of what is wrong. */
import { isRecord, show } from '../../../base/checks.js';
import { ValidationError } from '../../../base/errors.js';
import { awaitHint, didYouMean } from '../../../base/hints.js';
import { isNumbers } from '../../../hnsw/vectors.js';

export type Members = Readonly<Record<string, unknown>>;

export function refuse(place: string, why: string): ValidationError {
  return new ValidationError('INVALID_QUERY', `${place} ${why}`);
}

export function refuseValue(place: string, expected: string, value: unknown): ValidationError {
  return refuse(place, `must be ${expected}, got ${show(value)}${awaitHint(value)}`);
}

/** `prefetch[0]` and `query` of it; of the whole, the name alone. */
export function within(place: string, name: string): string {
  return place === '' ? name : `${place}.${name}`;
}

export function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isNumbers(value);
}

/** The members that an object has, each read once; those that are undefined count as left out. */
export function membersOf(value: unknown, place: string, expected = 'an object'): Members {
  if (!isRecord(value)) throw refuseValue(place, expected, value);
  const members: Record<string, unknown> = Object.create(null);
  for (const key of Object.keys(value)) {
    const member = value[key];
    if (member !== undefined) members[key] = member;
  }
  return members;
}

/** Refuses members beside these. */
export function onlyThese(members: Members, place: string, known: readonly string[]): void {
  for (const key of Object.keys(members)) {
    if (known.includes(key)) continue;
    throw refuse(
      place,
      `has an unknown member ${show(key)}: it takes ${known.join(', ')}${didYouMean(key, known)}`,
    );
  }
}

/** Members of an object that may have these and no others. */
export function knownMembers(value: unknown, place: string, known: readonly string[]): Members {
  const members = membersOf(value, place);
  onlyThese(members, place, known);
  return members;
}

/** What `read` makes of each element of an array of so many at most. */
export function mapAt<T>(
  value: unknown,
  place: string,
  most: number,
  read: (one: unknown, place: string) => T,
): T[] {
  if (!Array.isArray(value)) throw refuseValue(place, 'an array', value);
  if (value.length > most) throw refuse(place, `has ${value.length} elements, at most ${most}`);
  const results: T[] = [];
  for (let i = 0; i < value.length; i++) results.push(read(value[i], `${place}[${i}]`));
  return results;
}

export function numberAt(
  value: unknown,
  place: string,
  expected = 'a finite number',
  holds: (x: number) => boolean = () => true,
): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || !holds(value))
    throw refuseValue(place, expected, value);
  return value;
}

export function integerAt(value: unknown, place: string, from: number, to: number): number {
  return numberAt(
    value,
    place,
    `an integer from ${from} to ${to}`,
    (x) => Number.isInteger(x) && x >= from && x <= to,
  );
}

export function oneOf<T extends string>(value: unknown, place: string, choices: readonly T[]): T {
  if (choices.includes(value as T)) return value as T;
  const hint = typeof value === 'string' ? didYouMean(value, choices) : '';
  throw refuse(place, `must be one of ${choices.join(', ')}, got ${show(value)}${hint}`);
}
