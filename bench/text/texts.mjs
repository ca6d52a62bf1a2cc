// @ts-check
// What is searched: texts of made-up words whose frequencies follow Zipf's law, as many as wanted and the same everywhere;
// or the lines of a file, such as the verses of a bible. Words are in lower case with single spaces between them, so that
// every engine makes the same words of them.
import { readFileSync } from 'node:fs';
import { random } from '../base/random.mjs';
import { DataMissing } from '../data/missing.mjs';

const MADE = 200_000;
const VOCABULARY = 200_000;
const EXPONENT = 1.05;
const [SHORTEST, LONGEST] = [10, 90];

/**
 * @typedef {object} Texts
 * @property {string[]} documents
 * @property {string[]} queries two to eight words of one document
 */

/** @typedef {{ texts: string | null, rows: number | null, queries: number, seed: number }} Wanted */

/** @param {Wanted} wanted @returns {Texts} */
export function textsOf({ texts, rows, queries, seed }) {
  const uniform = random(seed);
  const documents = texts === null ? made(rows ?? MADE, uniform) : linesOf(texts).slice(0, rows ?? undefined);
  return { documents, queries: Array.from({ length: queries }, () => queryOf(documents, uniform)) };
}

/** What they are, and how many. @param {Wanted} wanted */
export function describeTexts({ texts, rows }) {
  if (texts === null) return { name: 'Zipf', count: rows ?? MADE };
  return { name: 'lines of a file', count: linesOf(texts).slice(0, rows ?? undefined).length };
}

/** @param {string} file */
function linesOf(file) {
  try {
    const lines = readFileSync(file, 'utf8').split('\n');
    return lines
      .map((line) => (line.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? []).join(' '))
      .filter((line) => line !== '');
  } catch (error) {
    throw new DataMissing(`the texts are not there (${error instanceof Error ? error.message : error})`);
  }
}

/** @param {number} count @param {() => number} uniform */
function made(count, uniform) {
  const upTo = new Float64Array(VOCABULARY);
  let sum = 0;
  for (let i = 0; i < VOCABULARY; i++) upTo[i] = sum += 1 / (i + 1) ** EXPONENT;
  const word = () => {
    const at = uniform() * sum;
    let [low, high] = [0, VOCABULARY - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (Number(upTo[middle]) < at) low = middle + 1;
      else high = middle;
    }
    return `w${low.toString(36)}`;
  };
  return Array.from({ length: count }, () => {
    const length = SHORTEST + Math.floor(uniform() * (LONGEST - SHORTEST));
    return Array.from({ length }, word).join(' ');
  });
}

/** @param {string[]} documents @param {() => number} uniform */
function queryOf(documents, uniform) {
  const words = String(documents[Math.floor(uniform() * documents.length)]).split(' ');
  const count = Math.min(words.length, 2 + Math.floor(uniform() * 7));
  return Array.from({ length: count }, () => words[Math.floor(uniform() * words.length)]).join(' ');
}
