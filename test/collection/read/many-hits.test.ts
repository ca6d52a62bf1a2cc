/* Many hits are read in several turns: they are of one moment, also where single vectors change meanwhile. */
import { expect, test } from 'vitest';
import type { Collection, Hit } from '#silt/index.js';
import { withCollection } from '../../support/databases.js';

const COUNT = 3_000;
const CONFIG = {
  vectors: { a: { dimension: 1, metric: 'dot' }, b: { dimension: 1, metric: 'dot' } },
  sparse: { w: {} },
  text: { words: { path: 'said', language: 'none' } },
  indexing: { threads: 1, paused: true },
} as const;
const IDS = Array.from({ length: COUNT }, (_, id) => id);

const ASKS: readonly [name: string, ask: (points: Collection) => Promise<Hit[]>][] = [
  ['search', (points) => points.search([1], { using: 'a', k: COUNT, withVector: true })],
  ['query', (points) => points.query({ query: [1], using: 'a', k: COUNT, withVector: true })],
  [
    'sparse search',
    (points) => points.search({ indices: [1], values: [1] }, { using: 'w', k: COUNT, withVector: true }),
  ],
];

/** The number by which it was found. */
function numberIn(hit: Hit, name: string): number | undefined {
  const vector = (hit as { vector?: Record<string, unknown> }).vector ?? {};
  if (name !== 'sparse search') return (vector['a'] as Float32Array | undefined)?.[0];
  return (vector['w'] as { values: ArrayLike<number> } | undefined)?.values[0];
}

test.each(ASKS)('%s: scores are those of the vectors that are given', (name, ask) =>
  withCollection('memory', CONFIG, async (created) => {
    const points = created as unknown as Collection;
    const at = (value: number): object => ({ a: [value], b: [1], w: { indices: [1], values: [value] } });
    await points.upsert(IDS.map((id) => ({ id, vector: at(1 + id) as never, payload: { said: 'word' } })));
    const changes: (() => Promise<unknown>)[] = [
      () => points.updateVectors(IDS.slice(-5).map((id) => ({ id, vector: at(0.5) as never }))),
      () => points.deleteVectors(IDS.slice(0, 5), ['a', 'w']),
      () => points.updateVectors(IDS.slice(0, 10).map((id) => ({ id, vector: at(7) as never }))),
      () => points.delete(IDS.slice(20, 25)),
      () => points.updateVectors(IDS.slice(100, 900).map((id) => ({ id, vector: at(8) as never }))),
    ];
    for (const change of changes) {
      const found = ask(points);
      const written = change();
      const hits = await found;
      await written;
      for (const hit of hits) expect(hit.score, `${name} ${String(hit.id)}`).toBe(numberIn(hit, name));
      expect(new Set(hits.map(({ id }) => id)).size).toBe(hits.length);
    }
  }),
);

test('what words were found in many texts is shown, also where the index is made anew meanwhile', () =>
  withCollection('memory', CONFIG, async (created) => {
    const points = created as unknown as Collection;
    await points.upsert(IDS.map((id) => ({ id, vector: {}, payload: { said: `word ${id}` } })));
    const options = { using: 'words', k: COUNT, highlight: true } as const;
    await points.search({ text: 'word' }, options);
    for (let round = 0; round < 12; round++) {
      // Places of texts that were changed are left behind: beyond twice as many as points, the index is made anew.
      await points.setPayload(IDS.slice(0, 1_000), { said: `word again ${round}` });
      const hits = await points.search({ text: 'word' }, options);
      expect(hits).toHaveLength(COUNT);
      expect(hits.filter(({ highlights }) => highlights?.length !== 1)).toEqual([]);
    }
  }));
