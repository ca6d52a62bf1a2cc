// @ts-check
// What a cell's answers are worth: rows that match and no others, as many as there are, and the nearest ones.
import { median, percentile } from '../base/numbers.mjs';
import { rightOnes } from '../curves/recall.mjs';
import { matcher } from './filters.mjs';

/**
 * @typedef {object} Answers of one cell, per query
 * @property {number[][]} rows
 * @property {number[]} micros
 * @property {number[]} plainMicros of queries without a filter, in between
 */

/**
 * @typedef {object} Judged
 * @property {string} kind
 * @property {number} share
 * @property {number} queries
 * @property {number} matching rows, on average
 * @property {number} recall
 * @property {number} least rows of an answer
 * @property {number} short answers with fewer than k rows, though more match
 * @property {number} wrong rows that do not match, are gone, or came twice
 * @property {number} p50 µs
 * @property {number} p99 µs
 * @property {number} plainP50 µs, without a filter
 * @property {number} ratio p50 to plainP50
 * @property {string} [plan] of the first query
 */

/**
 * @param {import('./cells.mjs').Cell} cell
 * @param {number[]} slots in the exact answers, one per query
 * @param {number[]} queries their numbers
 * @param {Answers} answers
 * @param {import('./truth.mjs').FilteredTruth} truth
 * @param {import('./columns.mjs').Columns} columns
 * @param {number} k
 * @param {Uint8Array | null} deleted
 * @returns {Judged}
 */
export function judge(cell, slots, queries, answers, truth, columns, k, deleted = null) {
  let right = 0;
  let wanted = 0;
  let matching = 0;
  let short = 0;
  let wrong = 0;
  answers.rows.forEach((rows, i) => {
    const slot = Number(slots[i]);
    const there = Number(truth.matching[slot]);
    const matches = matcher(cell.filter(Number(queries[i])), columns);
    const sound = new Set(rows.filter((row) => row >= 0 && deleted?.[row] !== 1 && matches(row)));
    matching += there;
    wanted += Math.min(k, there);
    right += Math.min(there, rightOnes(truth, slot, [...sound], k));
    if (sound.size < Math.min(k, there)) short++;
    wrong += rows.length - sound.size;
  });
  const p50 = median(answers.micros);
  const plainP50 = median(answers.plainMicros);
  return {
    kind: cell.kind,
    share: cell.share,
    queries: queries.length,
    matching: matching / queries.length,
    recall: wanted === 0 ? 1 : right / wanted,
    least: Math.min(...answers.rows.map((rows) => rows.length)),
    ...{ short, wrong, p50, p99: percentile(answers.micros, 0.99), plainP50, ratio: p50 / plainP50 },
  };
}
