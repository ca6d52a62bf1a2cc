/*
 * What a caller gives as a filter, read once: from here on it is a copy, of plain data, which no getter, proxy or later
 * change can make another filter. A member that is hidden from whoever lists members is refused: passed over, it would
 * leave a filter that matches more than was meant, and deletes it.
 */
import { show } from '../base/checks.js';
import { FILTER_DEPTH_MAX } from '../base/limits.js';
import { isPlain, refuse } from './members.js';

/** Objects and arrays within one another: the most that filters of the greatest depth need, and some more. */
const LEVELS_MAX = 4 * FILTER_DEPTH_MAX + 16;

/** What a filter may hold; where no member is listed, none of these must answer either. */
const MEMBERS = ['must', 'should', 'must_not', 'min_should'];

/**
 * A copy of a filter. Other things than plain objects and arrays are left as they are: no filter holds them.
 *
 * @throws ValidationError INVALID_FILTER, naming the member that is hidden
 */
export function plainFilter(value: unknown, place: string): unknown {
  const copy = copyOf(value, place, new Map(), 0);
  if (copy === value || Array.isArray(copy) || Object.keys(copy as object).length > 0) return copy;
  const hidden = MEMBERS.find((name) => (value as Record<string, unknown>)[name] !== undefined);
  if (hidden !== undefined) throw refuse(place, `has a member ${show(hidden)} that is not its own`);
  return copy;
}

/** `copies`: of objects that were met before, so that each is read once, however often it comes. */
function copyOf(value: unknown, place: string, copies: Map<object, unknown>, level: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const known = copies.get(value);
  if (known !== undefined) return known;
  if (level > LEVELS_MAX) return null; // more filters deep than any may be: that is refused before it is met
  if (Array.isArray(value)) {
    const copy: unknown[] = [];
    copies.set(value, copy);
    const { length } = value;
    for (let i = 0; i < length; i++) copy.push(copyOf(value[i], `${place}[${i}]`, copies, level + 1));
    return copy;
  }
  if (!isPlain(value)) return value;
  const copy: Record<string, unknown> = {};
  copies.set(value, copy);
  for (const key of Reflect.ownKeys(value)) {
    const member = memberOf(value, key, place);
    const inner =
      typeof member === 'object' ? copyOf(member, `${place}.${String(key)}`, copies, level + 1) : member;
    if (key !== '__proto__') copy[key as string] = inner;
    else Object.defineProperty(copy, key, { value: inner, enumerable: true });
  }
  return copy;
}

function memberOf(value: object, key: string | symbol, place: string): unknown {
  const member = Object.getOwnPropertyDescriptor(value, key);
  if (typeof key === 'symbol') throw refuse(place, `has a member whose key is ${String(key)}, not a string`);
  if (member && !('value' in member))
    throw refuse(place, `has a getter or setter ${show(key)}: give a plain value`);
  if (!member?.enumerable) throw refuse(place, `has a member ${show(key)} that is not enumerable`);
  return member.value;
}
