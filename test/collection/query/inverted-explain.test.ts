/* Searches by words, sparse vectors and several vectors say how they were answered; steps by words show what they found. */
import { expect, test } from 'vitest';
import { open } from '#silt/index.js';
import { errorOf } from '../../support/databases.js';

const FIELDS = {
  vectors: {
    meaning: { dimension: 2, metric: 'dot' },
    tokens: { dimension: 2, metric: 'dot', multi: true },
  },
  sparse: { learned: { modifier: 'idf' }, plain: {} },
  text: { words: { path: 'said' } },
} as const;

async function filled() {
  const db = await open();
  const points = await db.createCollection('points', FIELDS);
  const said = ['red fox', 'red red hen', 'blue whale', 'foxes', 'grey hen'];
  await points.upsert(
    said.map((text, id) => ({
      id,
      payload: { said: text, even: id % 2 === 0 },
      vector: {
        meaning: [id, 1],
        tokens: [
          [id, 0],
          [0, 1],
        ],
        learned: { indices: [1, 10 + id], values: [1, 2] },
        plain: { indices: [id], values: [1] },
      },
    })),
  );
  return { db, points };
}

const idf = (documents: number, all = 5): number => Math.log(1 + (all - documents + 0.5) / (documents + 0.5));

test('explain of a search by words names them, with what they count, and gives its hits', async () => {
  const { db, points } = await filled();
  const report = await points.explain({ text: 'red hen unknown' });
  expect(report.hits).toEqual(await points.search({ text: 'red hen unknown' }));
  const { terms, windows, postings, candidates, takenIn } = report.inverted!;
  expect(terms.map(({ term, documents, windowsLeft }) => [term, documents, windowsLeft])).toEqual([
    ['red', 2, 0],
    ['hen', 2, 0],
    ['unknown', 0, 0],
  ]);
  for (const term of terms) expect(term.idf).toBeCloseTo(idf(term.documents), 6);
  expect({ windows, postings, candidates }).toEqual({ windows: 1, postings: 4, candidates: 3 });
  expect(takenIn).toBeLessThanOrEqual(5);
  expect(report.plan).toMatch(
    /^text, any of its words in the field "words": exact by the inverted index, among 5 points: red \(2 documents, idf 0.875\), hen \(2 documents, idf 0.875\), unknown \(0 documents, idf 2.48\); 4 postings of 1 window added, 3 candidates/,
  );
  expect(report.ms.total).toBeGreaterThanOrEqual(report.ms.hydrate);

  await points.delete(1);
  const near = await points.explain(
    { text: 'fox', prefix: true },
    { filter: { must: [{ key: 'even', match: { value: true } }] } },
  );
  expect(near.inverted!.terms.map(({ term, documents }) => [term, documents])).toEqual([
    ['fox', 1],
    ['foxes', 1],
  ]);
  expect(near.plan).toMatch(/3 points match, by reading payloads/);
  expect(near.filter!.matches).toEqual({ min: 3, expected: 3, max: 3 });
  expect(near.hits.map(({ id }) => id)).toEqual([0]);
  const none = await points.explain({ text: 'red dodo', match: 'all' });
  expect(none.plan).toMatch(/no text has "dodo"/);
  expect(none.inverted).toMatchObject({ windows: 0, postings: 0 });
  expect((await points.explain({ text: '' })).plan).toMatch(/nothing to search for/);
  await db.close();
});

test('explain counts points that the index had not taken in, once', async () => {
  const { db, points } = await filled();
  await points.search({ text: 'red' });
  expect((await points.explain({ text: 'red' })).inverted!.takenIn).toBe(0);
  const writing = points.upsert({ id: 9, payload: { said: 'red ant' } });
  const { seq } = await writing;
  const { inverted, plan } = await points.explain({ text: 'ant' }, { minSeq: seq });
  expect(inverted!.takenIn).toBeLessThanOrEqual(1);
  expect(plan.includes('1 point taken in before')).toBe(inverted!.takenIn === 1);
  await db.close();
});

test('explain of sparse and of several vectors, by value and by a stored point', async () => {
  const { db, points } = await filled();
  const query = { indices: [12, 1], values: [3, 0.5] };
  const learned = await points.explain(query, { using: 'learned' });
  expect(learned.hits).toEqual(await points.search(query, { using: 'learned' }));
  expect(learned.inverted!.terms.map(({ term, documents }) => [term, documents])).toEqual([
    [1, 5],
    [12, 1],
  ]);
  const plain = await points.explain({ indices: [3], values: [2] }, { using: 'plain' });
  expect(plain.inverted!.terms).toEqual([{ term: 3, documents: 1, idf: null, weight: 2, windowsLeft: 0 }]);
  expect(plain.plan).toMatch(/3 \(1 document, weight 2.00\)/);
  const beside = await points.explain({ id: 2 }, { using: 'learned', k: 2 });
  expect(beside.hits).toEqual(await points.search({ id: 2 }, { using: 'learned', k: 2 }));

  const tokens = [
    [1, 0],
    [0, 2],
  ];
  const multi = await points.explain(tokens, { using: 'tokens', k: 2, offset: 1 });
  expect(multi.hits).toEqual(await points.search(tokens, { using: 'tokens', k: 2, offset: 1 }));
  expect(multi.plan).toBe('MaxSim of 2 vectors in the field "tokens": exact comparison of 5 points');
  expect(multi.counters.rowsScanned).toBe(5);
  expect(multi.inverted).toBeUndefined();
  expect((await errorOf(() => points.explain({ id: 77 }, { using: 'tokens' }))).message).toMatch(
    /no point with the id 77/,
  );
  expect(
    (await points.searchBatch([tokens, { id: 1 }], { using: 'tokens', k: 2 })).map((hits) => hits.length),
  ).toEqual([2, 2]);
  await db.close();
});

test('explain of a tree tells of each step by words or sparse vectors, and what it found below', async () => {
  const { db, points } = await filled();
  const { root, plan } = await points.explain({
    query: { text: 'red hen' },
    using: 'words',
    prefetch: [
      { query: { indices: [1], values: [1] }, using: 'learned', k: 2 },
      { query: { nearest: [[1, 0]] }, using: 'tokens', k: 2 },
    ],
  });
  expect(root.inverted!.terms.map(({ term }) => term)).toEqual(['red', 'hen']);
  expect(root.counters.compared).toBe(4);
  expect(root.prefetch[0]!.inverted!.terms).toMatchObject([{ term: 1, documents: 5 }]);
  expect(root.prefetch[1]!.inverted).toBeUndefined();
  expect(plan.split('\n')).toHaveLength(3);
  expect(plan).toMatch(/among the 4 points found below: red \(2 documents/);
  await db.close();
});

test('steps by words show what they found, wherever they stand in a tree', async () => {
  const { db, points } = await filled();
  const words = { text: 'hen', highlight: { pre: '[', post: ']' } };
  const [first] = await points.query({ query: words });
  expect(first).toMatchObject({ id: 4, highlights: ['grey [hen]'] });
  const fused = await points.query({
    query: { fusion: 'rrf' },
    prefetch: [
      { query: words, k: 2 },
      { query: { text: 'red', highlight: true }, k: 1 },
      { query: [1, 0], using: 'meaning', k: 1 },
    ],
    withPayload: false,
  });
  const shown = Object.fromEntries(fused.map(({ id, highlights }) => [String(id), highlights]));
  expect(shown).toEqual({ 1: ['red red [hen]', '<mark>red</mark> <mark>red</mark> hen'], 4: ['grey [hen]'] });
  expect(await points.query({ query: { text: 'hen', highlight: false } })).toEqual(
    await points.search({ text: 'hen' }),
  );
  const wrong = await errorOf(() => points.query({ query: { text: 'hen', highlight: { pre: 7 } } } as never));
  expect(wrong.message).toMatch(/query\.highlight\.pre must be a string/);
  expect((await points.explain({ text: 'hen' }, { highlight: true })).hits[0]!.highlights).toHaveLength(1);
  await db.close();
});
