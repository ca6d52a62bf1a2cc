/*
 * Long lists of numbers are looked at in a loop, and set aside while the rest is checked by its schema: compiled schemas call a function for
 * each number, which takes ten times as long. Where that does not pass, all of it is checked, so that errors are the same.
 */
import type { Schema } from './schema.js';

type Members = Readonly<Record<string, unknown>>;

const SHORT: readonly number[] = [0];

function isNumbers(value: unknown): boolean {
  if (!Array.isArray(value)) return false;
  for (let i = 0; i < value.length; i++) if (!Number.isFinite(value[i])) return false;
  return true;
}

/** The same without the numbers in a member. */
function without(value: unknown, member: string): unknown {
  const numbers = (value as Members | null)?.[member];
  return isNumbers(numbers) ? { ...(value as Members), [member]: SHORT } : value;
}

/** Of a member that is a list of numbers; `each`: of the elements of a list, whose name that is. */
export function listsAside<T>(schema: Schema<T>, member: string, each?: string): Schema<T> {
  return {
    json: schema.json,
    check(value, place, at) {
      const all = each === undefined ? undefined : (value as Members | null)?.[each];
      const light = Array.isArray(all)
        ? { ...(value as Members), [each!]: all.map((one) => without(one, member)) }
        : without(value, member);
      if (schema.allows(light)) return value as T;
      return schema.check(value, place, at);
    },
    allows: (value) => schema.allows(value),
  };
}
