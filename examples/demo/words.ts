/** The nearest words of a word: the one result that a reader can judge without a measure. */

import type { Collection } from 'silt';
import { count, wrapList } from './format.js';
import { type Glove, vectorOf } from './glove-rows.js';

const NEIGHBOURS = 10;
const LABEL_WIDTH = 12;
const EF = 128;

export interface WordRow {
  word: string;
  /** Undefined when the file does not know the word. */
  row: number | undefined;
}

/** The words of the file are in lower case; a word typed in another case is looked up in lower case. */
export function findWords(words: readonly string[], glove: Pick<Glove, 'words'>): WordRow[] {
  const rows = new Map<string, number | undefined>();
  for (const word of words) rows.set(word, undefined).set(word.toLowerCase(), undefined);
  for (const [row, word] of glove.words.entries()) {
    if (rows.has(word)) rows.set(word, row);
  }
  return words.map((word) => ({ word, row: rows.get(word) ?? rows.get(word.toLowerCase()) }));
}

export async function nearestWords(
  words: Pick<Collection, 'search' | 'get'>,
  glove: Glove,
  { word, row }: WordRow,
): Promise<string[]> {
  const label = `  ${word.padEnd(LABEL_WIDTH)}`;
  if (row === undefined) return [`${label} not among the ${count(glove.words.length)} words of the file`];
  const id = glove.words[row]!;
  const hits = await words.search(vectorOf(glove, row), { k: NEIGHBOURS + 1, ef: EF });
  const nearest = hits
    .filter((hit) => hit.id !== id)
    .slice(0, NEIGHBOURS)
    .map(({ payload, score }) => `${payload?.['word']} ${score.toFixed(2)}`);
  const lines = wrapList(label, nearest);
  if ((await words.get(id)) === undefined)
    lines.push(`${' '.repeat(label.length)} (not written itself: its vector is only the query)`);
  return lines;
}
