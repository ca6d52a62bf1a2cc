import { expect, test } from 'vitest';
import { pointsOf } from '#silt/examples/demo/plan.js';
import { EFS, measureRecall, type RecallRow } from '#silt/examples/demo/recall.js';
import type { Collection } from '#silt/index.js';
import { gloveOf, withWords } from './small.js';

const glove = gloveOf(350);
const queries = Uint32Array.from({ length: 50 }, (_, i) => 300 + i);

async function recallOf(words: Pick<Collection, 'search'>): Promise<RecallRow[]> {
  const rows: RecallRow[] = [];
  const { signal } = new AbortController();
  await measureRecall(words, glove, queries, { signal, onRow: (row) => void rows.push(row) });
  return rows;
}

test('recall is the share of the exact answers that were found, at every ef', () =>
  withWords(async (words) => {
    await words.upsert([...pointsOf(glove, Array(300).keys())]);
    expect((await recallOf(words)).map(({ ef, recall }) => [ef, recall])).toEqual(EFS.map((ef) => [ef, 1]));

    const half: Pick<Collection, 'search'> = {
      search: async (query, o) => (await words.search(query, o)).slice(0, o?.exact ? 10 : 5),
    };
    const rows = await recallOf(half);
    expect(rows.map(({ recall }) => recall)).toEqual(EFS.map(() => 0.5));
    expect(rows.every(({ count, perSecond }) => count === 100 && perSecond > 0)).toBe(true);
  }));

test('an interruption leaves the rest out', () =>
  withWords(async (words) => {
    await words.upsert([...pointsOf(glove, [1, 2])]);
    const rows: RecallRow[] = [];
    const interruption = new AbortController();
    await measureRecall(words, glove, queries, {
      signal: interruption.signal,
      onRow(row) {
        rows.push(row);
        interruption.abort();
      },
    });
    expect(rows).toHaveLength(1);
  }));
