// @ts-check
// A text as the mean of its words' vectors: weak beside a sentence embedding, and the same everywhere.

/**
 * @param {import('../data/datasets.mjs').Dataset} words whose rows are vectors of words
 * @returns {(text: string) => Float32Array} of length 1, unless no word is known
 */
export function embedder({ dimension, rows, origin }) {
  if (!origin) throw new Error('the vectors of words have lost their words');
  const places = new Map(origin.words.map((word, i) => [word, i]));
  return (text) => {
    const mean = new Float32Array(dimension);
    for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []) {
      const place = places.get(word);
      if (place === undefined) continue;
      for (let i = 0; i < dimension; i++) mean[i] = Number(mean[i]) + Number(rows[place * dimension + i]);
    }
    const length = Math.hypot(...mean);
    return length === 0 ? mean : mean.map((value) => value / length);
  };
}
