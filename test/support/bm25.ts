/* BM25 in a few naive lines: what searches by text are compared with. Words are small letters between spaces. */
export interface Bm25Query {
  readonly text: string;
  readonly match?: 'any' | 'all' | 'phrase';
}

const wordsOf = (text: string): string[] => text.split(' ').filter((word) => word !== '');

/** The score of each text that has what the query asks for. */
export function bm25<Id>(
  texts: ReadonlyMap<Id, string | undefined>,
  { text, match = 'any' }: Bm25Query,
  { k1 = 1.2, b = 0.75 }: { readonly k1?: number; readonly b?: number } = {},
): Map<Id, number> {
  const all = [...texts].flatMap(([id, one]) => {
    const words = wordsOf(one ?? '');
    return words.length === 0 ? [] : [{ id, words }];
  });
  const average = all.reduce((sum, { words }) => sum + words.length, 0) / all.length;
  const query = [...new Set(wordsOf(text))];
  const scores = new Map<Id, number>();
  for (const { id, words } of all) {
    if (match !== 'any' && !query.every((word) => words.includes(word))) continue;
    if (match === 'phrase' && !` ${words.join(' ')} `.includes(` ${wordsOf(text).join(' ')} `)) continue;
    let score = 0;
    for (const word of query) {
      const frequency = all.filter((other) => other.words.includes(word)).length;
      const idf = Math.log(1 + (all.length - frequency + 0.5) / (frequency + 0.5));
      const tf = words.filter((one) => one === word).length;
      score += (idf * tf * (k1 + 1)) / (tf + k1 * (1 - b + (b * words.length) / average));
    }
    if (query.some((word) => words.includes(word))) scores.set(id, score);
  }
  return scores;
}
