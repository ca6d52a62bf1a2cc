// @ts-check
// Sparse vectors like those that SPLADE makes of passages: some 120 words of 30,522 with a weight. A document is about a few
// subjects, whose words come together; common words are everywhere, and weigh little. Made up, the same in every process.
import { normal, random } from '../base/random.mjs';

const MADE = 30_000;
const WORDS = 30_522;
const SUBJECTS = 3_000;
/** Words of a subject. */
const WIDTH = 150;
const [IN_DOCUMENT, IN_QUERY] = [120, 30];
/** Of the words of a document, those that are of no subject. */
const COMMON = 0.3;
/** How fast the frequencies of words fall. */
const EXPONENT = 0.9;

/** @typedef {{ indices: Uint32Array, values: Float32Array }} Sparse indices ascending */

/** @param {{ rows: number | null, queries: number, seed: number }} wanted */
export function vectorsOf({ rows, queries, seed }) {
  const uniform = random(seed);
  const bell = normal(uniform);
  const word = drawn(WORDS, EXPONENT, uniform);
  const subjects = Array.from({ length: SUBJECTS }, () => Array.from({ length: WIDTH }, word));
  /** @param {number} most @param {number} count @param {number[]} about */
  const vector = (most, count, about) => {
    /** @type {Map<number, number>} */
    const weights = new Map();
    const size = Math.max(1, Math.round(count * (1 + 0.3 * bell())));
    while (weights.size < size) {
      const isCommon = uniform() < COMMON;
      const subject = subjects[about[Math.floor(uniform() * about.length)] ?? 0] ?? [];
      // The first words of a subject are the most likely ones, and weigh most.
      const place = Math.floor(uniform() ** 2 * WIDTH);
      const index = isCommon ? word() : Number(subject[place]);
      const weight = isCommon ? 0.3 * uniform() : most * Math.exp(-place / 40) * (0.5 + uniform());
      weights.set(index, Math.fround(Math.max(weights.get(index) ?? 0, weight, 0.01)));
    }
    const entries = [...weights].sort(([a], [b]) => a - b);
    return {
      indices: Uint32Array.from(entries, ([index]) => index),
      values: Float32Array.from(entries, ([, value]) => value),
    };
  };
  const subjectsOf = () =>
    Array.from({ length: 1 + Math.floor(3 * uniform()) }, () => Math.floor(SUBJECTS * uniform()));
  const about = Array.from({ length: count({ rows }) }, subjectsOf);
  const documents = about.map((some) => vector(2, IN_DOCUMENT, some));
  const asked = Array.from({ length: queries }, () => {
    const some = about[Math.floor(uniform() * about.length)] ?? [0];
    return vector(2, IN_QUERY, some.slice(0, 1));
  });
  return { documents, queries: asked };
}

/** @param {{ rows: number | null }} wanted */
export function count({ rows }) {
  return rows ?? MADE;
}

/**
 * Numbers below a count, the first of them most often (Zipf).
 * @param {number} below @param {number} exponent @param {() => number} uniform
 */
function drawn(below, exponent, uniform) {
  const upTo = new Float64Array(below);
  let sum = 0;
  for (let i = 0; i < below; i++) upTo[i] = sum += 1 / (i + 1) ** exponent;
  return () => {
    const at = uniform() * sum;
    let [low, high] = [0, below - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (Number(upTo[middle]) < at) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}
