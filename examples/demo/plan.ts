/** What a run of the demo writes and what it asks for, from its options alone: two processes come to the same plan. */

import type { Point } from 'silt';
import { type Glove, vectorOf } from './glove-rows.js';
import type { DemoOptions } from './options.js';
import { type Split, splitRows } from './sample.js';
import { findWords, type WordRow } from './words.js';

/** Never written; all are timed as queries. */
const HELD_OUT = 1000;

export interface Plan extends Split {
  /** The words whose nearest ones are shown. */
  words: WordRow[];
}

export function planFor(options: Pick<DemoOptions, 'rows' | 'words'>, glove: Glove): Plan {
  const words = findWords(options.words, glove);
  const keep = new Set(words.flatMap(({ row }) => row ?? []));
  return { words, ...splitRows(glove.words.length, options.rows, HELD_OUT, keep) };
}

/** A word is its own id. The file is in order of frequency: rank 1 is the most frequent word. */
export function pointOf(glove: Glove, row: number): Point {
  const word = glove.words[row]!;
  return { id: word, vector: vectorOf(glove, row), payload: { word, rank: row + 1 } };
}

export function* pointsOf(glove: Glove, rows: Iterable<number>): Generator<Point> {
  for (const row of rows) yield pointOf(glove, row);
}
