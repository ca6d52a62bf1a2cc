/* Arguments as they are typed, checked before anything is opened. */
import { readFileSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import type { PointId } from '../../base/ids.js';
import { parse } from '../../server/http/json.js';
import { filterIn } from './filter.js';

export function integerIn(from: number, to: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= from && value <= to) return value;
    throw new InvalidArgumentError(`It is an integer from ${from} to ${to}.`);
  };
}

export function numberIn(from: number, to: number): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (value >= from && value <= to) return value;
    throw new InvalidArgumentError(`It is a number from ${from} to ${to}.`);
  };
}

/** JSON, or the name of a file of it behind `@`; `@-` is the standard input. */
export function jsonIn(text: string): unknown {
  let read = text;
  if (text.startsWith('@'))
    try {
      read = readFileSync(text === '@-' ? 0 : text.slice(1), 'utf8');
    } catch (error) {
      throw new InvalidArgumentError(`The file cannot be read: ${(error as Error).message}.`);
    }
  try {
    return parse(read);
  } catch (error) {
    throw new InvalidArgumentError(
      `It is JSON, or @ and the name of a file of JSON: ${(error as Error).message}.`,
    );
  }
}

/** A filter: JSON as above, or short, as `silt browse` takes it. */
export function filterArgument(text: string): unknown {
  if (/^\s*[{@]/.test(text)) return jsonIn(text);
  try {
    const { filter } = filterIn(text);
    if (filter !== undefined) return filter;
  } catch (error) {
    throw new InvalidArgumentError(
      `It is JSON, or short, such as 'lang=en year>=1990': ${(error as Error).message}.`,
    );
  }
  throw new InvalidArgumentError("It is empty; '{}' means all points.");
}

/** An id: digits are an integer; anything else a string, as is what stands in double quotes: '"7"'. */
export function idIn(text: string): PointId {
  if (/^\d{1,20}$/.test(text)) {
    const exact = BigInt(text);
    return exact <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(exact) : exact;
  }
  return /^".*"$/s.test(text) ? String(jsonIn(text)) : text;
}

export function idsIn(text: string, before: readonly PointId[] = []): PointId[] {
  return [...before, idIn(text)];
}
