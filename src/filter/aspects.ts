/*
 * What of points is looked at, by a filter, an order or an index, and what of them a write changes: members of their payloads, by
 * name, and which vectors they have. What looks at other aspects than those that were changed is as it was: so a change of one
 * member of a million payloads leaves what is known of the others.
 */
import type { Condition } from './condition.js';
import type { Path } from './path.js';

/** Which vectors a point has. */
export const PRESENCE: unique symbol = Symbol('which vectors a point has');

export type Aspect = string | typeof PRESENCE;

/** Undefined: whatever a point has. */
export type Aspects = ReadonlySet<Aspect> | undefined;

export const NO_ASPECT: ReadonlySet<Aspect> = new Set<Aspect>();
export const ONLY_PRESENCE: ReadonlySet<Aspect> = new Set<Aspect>([PRESENCE]);

/** The member of the payload that a path leads into. */
export function memberOf({ steps: [first] }: Path): string {
  if (typeof first === 'object' && 'key' in first) return first.key;
  throw new TypeError('a path begins with a key'); // as it is parsed
}

/** What a condition looks at. */
export function aspectsOf(condition: Condition): ReadonlySet<Aspect> {
  const found = new Set<Aspect>();
  const add = (one: Condition): void => {
    if (one.kind === 'all' || one.kind === 'some') one.of.forEach(add);
    else if (one.kind === 'not') add(one.of);
    else if (one.kind === 'vector') found.add(PRESENCE);
    else if (one.kind !== 'id') found.add(memberOf(one.path)); // what is nested is within that
  };
  add(condition);
  return found;
}

/** Whether what looks at `some` may see a change of `others`. */
export function haveInCommon(some: Aspects, others: Aspects): boolean {
  if (some === undefined) return true;
  if (others === undefined) return some.size > 0;
  for (const one of some) if (others.has(one)) return true;
  return false;
}
