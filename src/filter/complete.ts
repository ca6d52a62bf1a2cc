/*
 * What a filter must be so that it may delete. A part that is undefined or empty is as good as left out, and the rest
 * matches more than was meant: everything, where nothing is left. It is mostly a variable that was never set. So in a
 * deletion every part is given; `{}` alone says that all points are meant. A list of values may be empty where that
 * matches nothing: `has_id: []` deletes nothing, but within `must_not` it would delete everything.
 */
import { show } from '../base/checks.js';
import { refuse } from './members.js';
import { wordsOf } from './words.js';

const HINT = 'only { filter: {} } deletes all points';

/** @throws ValidationError INVALID_FILTER, naming the part that is missing or empty. `filter` is one that was checked. */
export function checkComplete(filter: object): void {
  if (Object.keys(filter).length > 0) checkPart(filter, { place: 'filter', key: '', negated: false });
}

interface Part {
  readonly place: string;
  /** The member that it is, or is in a list of. */
  readonly key: string;
  /** Whether what matches it is kept rather than deleted. */
  readonly negated: boolean;
}

function checkPart(value: unknown, { place, key, negated }: Part): void {
  // An end of a range that is null is as good as left out; an empty text is in every string, and one without words matches nothing.
  const missing =
    value === null || (key === 'contains' && value === '') || (key === 'text' && isWithoutWords(value));
  if (value === undefined || missing)
    throw refuse(place, `is ${show(value)}; in a deletion every part must be given, and ${HINT}`);
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    if (value.length === 0 && !matchesNothing(key, negated))
      throw refuse(place, `is empty, and would match everything; in a deletion, ${HINT}`);
    for (const [i, part] of value.entries()) checkPart(part, { place: `${place}[${i}]`, key, negated });
    return;
  }
  const members = Object.entries(value);
  if (members.length === 0)
    throw refuse(place, `is empty, and would match everything; in a deletion, ${HINT}`);
  for (const [name, part] of members)
    checkPart(part, { place: `${place}.${name}`, key: name, negated: negated !== (name === 'must_not') });
}

function isWithoutWords(value: unknown): boolean {
  return typeof value === 'string' && wordsOf(value).length === 0;
}

/** Whether an empty list of this member makes a deletion smaller. */
function matchesNothing(key: string, negated: boolean): boolean {
  if (key === 'has_id' || key === 'any') return !negated;
  return key === 'except' && negated;
}
