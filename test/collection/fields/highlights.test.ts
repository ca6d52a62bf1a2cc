/* What was found in long texts is looked for in slices, behind the turn of the search, and speaks of that turn. */
import { describe, expect, test } from 'vitest';
import type { Collection, Hit } from '#silt/index.js';
import { errorOf, withCollection } from '../../support/databases.js';

const COUNT = 40;
const FILLING = 'lorem ipsum dolor sit amet '.repeat(4_000);
const CONFIG = { dimension: 1, metric: 'dot', text: { body: { path: 'body' } } } as const;
const IDS = Array.from({ length: COUNT }, (_, id) => id);

type Way = (texts: Collection, signal?: AbortSignal) => Promise<readonly Hit[]>;

const WAYS: Record<string, Way> = {
  search: (texts, signal) =>
    texts.search({ text: 'heron' }, { using: 'body', k: COUNT, highlight: true, ...(signal && { signal }) }),
  query: (texts, signal) =>
    texts.query({
      query: { text: 'heron', highlight: true },
      using: 'body',
      k: COUNT,
      ...(signal && { signal }),
    }),
  queryGroups: async (texts, signal) => {
    const query = { text: 'heron', highlight: true } as const;
    const o = {
      query,
      using: 'body',
      groupBy: 'kind',
      groupSize: COUNT,
      groups: 2,
      ...(signal && { signal }),
    };
    return (await texts.queryGroups(o)).flatMap(({ hits }) => hits);
  },
};

async function withLongTexts(test: (texts: Collection) => Promise<void>): Promise<void> {
  await withCollection('memory', CONFIG, async (created) => {
    const texts = created as unknown as Collection;
    const payloadOf = (id: number): object => ({ body: `${FILLING} heron ${id}`, kind: id % 2 });
    await texts.upsert(IDS.map((id) => ({ id, vector: [1], payload: payloadOf(id) as never })));
    await texts.search({ text: 'heron' }, { using: 'body' }); // takes the texts in
    await test(texts);
  });
}

/** Immediates that had their turn until something was done. */
async function turnsDuring(work: Promise<unknown>): Promise<number> {
  let turns = 0;
  let isOver = false;
  const again = (): void => {
    turns++;
    if (!isOver) setImmediate(again);
  };
  setImmediate(again);
  await work.finally(() => {
    isOver = true;
  });
  return turns;
}

test('explain counts what is shown of texts', () =>
  withLongTexts(async (texts) => {
    const query = { text: 'heron', highlight: true } as const;
    const began = performance.now();
    const { ms, hits } = await texts.explain({ query, using: 'body', k: COUNT });
    const all = performance.now() - began;
    expect(hits.every(({ highlights }) => highlights?.length === 1)).toBe(true);
    // To look through 4 MB takes nearly all of it, however fast the machine is.
    expect([ms.hydrate > all / 2, ms.total >= ms.hydrate]).toEqual([true, true]);
  }));

describe.each(Object.entries(WAYS))('%s', (_, ask) => {
  test('lets others have their turn, and all hits show what was found', () =>
    withLongTexts(async (texts) => {
      const asked = ask(texts);
      expect(await turnsDuring(asked)).toBeGreaterThan(3);
      const hits = await asked;
      expect(hits).toHaveLength(COUNT);
      for (const { id, highlights } of hits) {
        expect(highlights).toHaveLength(1);
        expect(highlights![0]).toMatch(new RegExp(`amet {2}<mark>heron</mark> ${String(id)}$`));
      }
    }));

  test('shows what was there when it was found, also where it is gone meanwhile', () =>
    withLongTexts(async (texts) => {
      const asked = ask(texts);
      const changed = texts.setPayload(IDS, { body: 'a crane' });
      const hits = await asked;
      await changed;
      for (const { payload, highlights } of hits) {
        expect(payload?.['body']).toContain('heron');
        expect(highlights![0]).toContain('<mark>heron</mark>');
      }
      expect(await ask(texts)).toEqual([]);
    }));

  test('ends where it is aborted meanwhile', () =>
    withLongTexts(async (texts) => {
      const aborting = new AbortController();
      const asked = errorOf(() => ask(texts, aborting.signal));
      const turns = turnsDuring(asked);
      for (let turn = 0; turn < 3; turn++) await new Promise((done) => setImmediate(done));
      aborting.abort(new Error('enough'));
      expect((await asked).message).toBe('enough');
      expect(await turns).toBeLessThan(10);
    }));
});
