/*
 * What a filter must be so that it may delete. A part that is undefined or empty is as good as left out, and the rest
 * matches more than was meant: everything, where nothing is left. It is mostly a variable that was never set. So in a
 * deletion every part is given; `{}` alone says that all points are meant. A list of values may be empty where that
 * matches nothing: `has_id: []` deletes nothing, but within `must_not` it would delete everything.
 */
import { show } from '../base/checks.js';
import { refuse } from './members.js';
import { wordsOf } from './words.js';

/** Ways to match by the letters of a text, and by its words. */
const LETTERS = ['contains', 'prefix'];
const WORDS = ['text', 'text_any', 'phrase'];

/** @throws ValidationError INVALID_FILTER, naming the part that is missing or empty. `filter` is one that was checked. */
export function checkComplete(filter: object, what = 'deletion', call = 'delete'): void {
  const hint =
    what === 'deletion'
      ? 'only { filter: {} } deletes all points'
      : what === 'condition'
        ? 'only {} is met by every point'
        : `only { filter: {} } is for all points in ${call}`;
  if (Object.keys(filter).length > 0)
    checkPart(filter, { place: what === 'condition' ? what : 'filter', key: '', negated: false, what, hint });
}

interface Part {
  /** What the filter is for, and how all points are meant there. */
  readonly what: string;
  readonly hint: string;
  readonly place: string;
  /** The member that it is, or is in a list of. */
  readonly key: string;
  /** Whether what matches it is kept rather than deleted. */
  readonly negated: boolean;
}

function checkPart(value: unknown, part: Part): void {
  const { place, key, negated, what, hint } = part;
  // An end of a range that is null is as good as left out; an empty text is in every string, and one without words matches nothing.
  const missing =
    value === null ||
    (LETTERS.includes(key) && value === '') ||
    (WORDS.includes(key) && isWithoutWords(value));
  if (value === undefined || missing)
    throw refuse(place, `is ${show(value)}; in a ${what} every part must be given, and ${hint}`);
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    if (value.length === 0 && !mayBeEmpty(key, negated))
      throw refuse(place, `is empty, and would match everything; in a ${what}, ${hint}`);
    for (const [i, one] of value.entries()) checkPart(one, { ...part, place: `${place}[${i}]` });
    return;
  }
  const members = Object.entries(value);
  if (members.length === 0)
    throw refuse(place, `is empty, and would match everything; in a ${what}, ${hint}`);
  for (const [name, one] of members)
    checkPart(one, {
      ...part,
      place: `${place}.${name}`,
      key: name,
      negated: negated !== (name === 'must_not'),
    });
}

function isWithoutWords(value: unknown): boolean {
  return typeof value === 'string' && wordsOf(value).length === 0;
}

/** Whether an empty list of this member is complete: a polygon without holes is, and a list that makes a deletion smaller. */
function mayBeEmpty(key: string, negated: boolean): boolean {
  if (key === 'interiors') return true;
  if (key === 'has_id' || key === 'any') return !negated;
  return key === 'except' && negated;
}
