/*
 * BM25 in a few naive lines: what searches by text are compared with. Words are small letters between spaces. Each word of a
 * query stands for a group of words: itself, those that begin with it, those that a few edits lead to.
 */
export interface Bm25Query {
  readonly text: string;
  readonly match?: 'any' | 'all' | 'phrase';
  readonly prefix?: boolean;
  readonly fuzzy?: 0 | 1 | 2;
}

const wordsOf = (text: string): string[] => text.split(' ').filter((word) => word !== '');

/** Letters added, left out, replaced, or swapped with the next one. */
export function editsOf(a: string, b: string): number {
  const table = Array.from({ length: a.length + 1 }, (_, i) => [i, ...b].map((_letter, j) => i + j));
  for (let i = 1; i <= a.length; i++)
    for (let j = 1; j <= b.length; j++) {
      const replaced = table[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
          ? table[i - 2]![j - 2]! + 1
          : Infinity;
      table[i]![j] = Math.min(replaced, swapped, table[i - 1]![j]! + 1, table[i]![j - 1]! + 1);
    }
  return table[a.length]![b.length]!;
}

/** The words that one of a query stands for, each with its share. */
function groupOf(
  word: string,
  isBeginning: boolean,
  fuzzy: number,
  known: readonly string[],
): Map<string, number> {
  const group = new Map([[word, 1]]);
  const add = (one: string, share: number): void => {
    group.set(one, Math.max(share, group.get(one) ?? 0));
  };
  const limit = word.length < 4 ? 0 : Math.min(fuzzy, word.length < 8 ? 1 : 2);
  for (const one of known) {
    const edits = editsOf(word, one);
    if (edits > 0 && edits <= limit) add(one, 1 - edits / Math.min(word.length, one.length));
    if (isBeginning && one.startsWith(word)) add(one, word.length / one.length);
  }
  return group;
}

/** The score of each text that has what the query asks for. */
export function bm25<Id>(
  texts: ReadonlyMap<Id, string | undefined>,
  { text, match = 'any', prefix = false, fuzzy = 0 }: Bm25Query,
  { k1 = 1.2, b = 0.75 }: { readonly k1?: number; readonly b?: number } = {},
): Map<Id, number> {
  const all = [...texts].flatMap(([id, one]) => {
    const words = wordsOf(one ?? '');
    return words.length === 0 ? [] : [{ id, words }];
  });
  const average = all.reduce((sum, { words }) => sum + words.length, 0) / all.length;
  const known = [...new Set(all.flatMap(({ words }) => words))];
  const query = wordsOf(text);
  const groups = query.map((word, i) => groupOf(word, prefix && i === query.length - 1, fuzzy, known));
  const frequencyOf = (word: string): number => all.filter(({ words }) => words.includes(word)).length;
  const boosts = new Map<string, number>();
  const counted = new Map<string, number>();
  for (const group of groups) {
    const most = Math.max(...[...group.keys()].map(frequencyOf));
    for (const [word, share] of group) {
      boosts.set(word, Math.max(share, boosts.get(word) ?? 0));
      counted.set(word, Math.max(most, counted.get(word) ?? 0));
    }
  }
  const scores = new Map<Id, number>();
  for (const { id, words } of all) {
    if (match !== 'any' && !groups.every((group) => words.some((word) => group.has(word)))) continue;
    if (match === 'phrase' && !` ${words.join(' ')} `.includes(` ${query.join(' ')} `)) continue;
    let score = 0;
    for (const [word, boost] of boosts) {
      const frequency = counted.get(word)!;
      const idf = Math.log(1 + (all.length - frequency + 0.5) / (frequency + 0.5));
      const tf = words.filter((one) => one === word).length;
      score += (boost * idf * tf * (k1 + 1)) / (tf + k1 * (1 - b + (b * words.length) / average));
    }
    if (words.some((word) => boosts.has(word))) scores.set(id, score);
  }
  return scores;
}
