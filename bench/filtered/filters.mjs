// @ts-check
// A filter as no engine writes it, and the same in Silt's grammar and in SQL, which zvec and LanceDB both read.
import { categoryName } from './columns.mjs';

/** @typedef {{ field: 'random' | 'rank', from: number, to: number }} Within `to` does not belong to it */
/** @typedef {{ field: 'cluster' | 'category', any: number[] }} Among */
/** @typedef {(Within | Among)[]} Filter all of them hold */

/** @typedef {'random' | 'rank' | 'cluster' | 'category'} Field */

/** What payload indexes are made for. @type {Record<Field, 'float' | 'integer' | 'keyword'>} */
export const FIELDS = { random: 'float', rank: 'integer', cluster: 'integer', category: 'keyword' };

/**
 * @param {Filter} filter
 * @param {import('./columns.mjs').Columns} columns
 * @returns {(row: number) => boolean}
 */
export function matcher(filter, columns) {
  const tests = filter.map((part) => {
    const column = columns[part.field];
    if ('any' in part) {
      const wanted = new Uint8Array(Math.max(...part.any) + 1);
      for (const value of part.any) wanted[value] = 1;
      return (/** @type {number} */ row) => wanted[Number(column[row])] === 1;
    }
    const { from, to } = part;
    return (/** @type {number} */ row) => Number(column[row]) >= from && Number(column[row]) < to;
  });
  const [first, second] = tests;
  if (first === undefined) return () => true;
  return second === undefined ? first : (row) => first(row) && tests.every((test) => test(row));
}

/** @param {Filter} filter */
export function asGrammar(filter) {
  const must = filter.map((part) =>
    'any' in part
      ? { key: part.field, match: { any: part.any.map((value) => literal(part.field, value)) } }
      : { key: part.field, range: { gte: part.from, lt: part.to } },
  );
  return { must };
}

/** @param {Filter} filter */
export function asSql(filter) {
  return filter
    .map((part) => {
      if (!('any' in part)) return `${part.field} >= ${part.from} AND ${part.field} < ${part.to}`;
      const values = part.any.map((value) => literal(part.field, value));
      return `${part.field} IN (${values.map((value) => (typeof value === 'string' ? `'${value}'` : value)).join(', ')})`;
    })
    .join(' AND ');
}

/** @param {Field} field @param {number} value */
function literal(field, value) {
  return field === 'category' ? categoryName(value) : value;
}
