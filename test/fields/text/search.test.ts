import { describe, expect, test } from 'vitest';
import type { Live } from '#silt/fields/inverted/live.js';
import { TextIndex } from '#silt/fields/text/text-index.js';
import type { TextQuery, Tokens } from '#silt/fields/text/weighed.js';
import { hasBit } from '#silt/filter/bits.js';
import { bestOf, bitsWhere, liveWhere, searched } from '../../support/inverted.js';
import { BUILDS } from '../../support/kernels.js';
import * as fc from '../../support/properties.js';
import { integer, type Random, randomOf } from '../../support/random.js';

const WORDS = Array.from({ length: 200 }, (_, i) => `word${i}`);

/** The first words are in most texts, as in a language. */
const randomWord = (random: Random): string => WORDS[Math.floor(WORDS.length * random() ** 4)]!;

function randomTokens(random: Random, most: number, gaps = 0): Tokens {
  return Array.from({ length: integer(random, 0, most) }, () =>
    random() < gaps ? null : randomWord(random),
  );
}

function randomQuery(random: Random): TextQuery {
  return {
    words: Array.from({ length: integer(random, 1, 8) }, () => ({
      word: randomWord(random),
      ...(random() < 0.3 && { boost: 4 * random() + 0.1 }),
    })),
  };
}

const K1 = 1.2;
const B = 0.75;

/** Okapi BM25 in float64, from its definition. Undefined: no word of the query. */
function naive(
  { words, all = [], phrases = [] }: TextQuery,
  tokens: Tokens,
  texts: ReadonlyMap<number, Tokens>,
  live: Live,
): number | undefined {
  const there = [...texts]
    .filter(([slot]) => slot < live.rows && hasBit(live.bits, slot))
    .map(([, of]) => of);
  const lengthOf = (of: Tokens): number => of.filter((word) => word !== null).length;
  const average = there.reduce((sum, of) => sum + lengthOf(of), 0) / there.length;
  if (!all.every((group) => group.some((word) => tokens.includes(word)))) return undefined;
  const startsAt = (phrase: Tokens, at: number): boolean =>
    phrase.every((word, i) => at + i < tokens.length && (word === null || word === tokens[at + i]));
  if (!phrases.every((phrase) => tokens.some((_, at) => startsAt(phrase, at)))) return undefined;
  let score: number | undefined;
  for (const word of new Set(words.map((of) => of.word))) {
    const boost = Math.max(...words.filter((of) => of.word === word).map((of) => of.boost ?? 1));
    const tf = tokens.filter((other) => other === word).length;
    if (tf === 0) continue;
    const df = there.filter((of) => of.includes(word)).length;
    const idf = Math.log(1 + (there.length - df + 0.5) / (df + 0.5));
    const part = (tf * (K1 + 1)) / (tf + K1 * (1 - B + (B * lengthOf(tokens)) / average));
    score = (score ?? 0) + boost * idf * part;
  }
  return score;
}

describe.each(BUILDS)('$build', (code) => {
  function filled(random: Random, count: number, gap: number, most: number) {
    const index = new TextIndex(code, { positions: true });
    const texts = new Map<number, Tokens>();
    let slot = 0;
    for (let i = 0; i < count; i++) {
      slot += 1 + (gap > 0 ? integer(random, 0, gap) : 0);
      const tokens = randomTokens(random, random() < 0.05 ? 8 * most : most, 0.1);
      index.add(slot, tokens);
      texts.set(slot, tokens);
    }
    return { index, texts, rows: slot + 1 };
  }

  /** The hits must be those of `score` on every text, bit for bit, and its scores nearly those of the definition. */
  function check(
    index: TextIndex,
    texts: ReadonlyMap<number, Tokens>,
    query: TextQuery,
    live: Live,
    { k, bits = live.bits }: { k: number; bits?: Uint32Array },
  ): number {
    const weighed = index.weigh(query, live);
    const scores = new Map<number, number>();
    for (const [slot, tokens] of texts) {
      const score = index.score(weighed, tokens);
      if (score !== undefined) scores.set(slot, score);
    }
    const slots = { rows: live.rows, bits };
    const hits = searched(index, weighed, { k, ...slots });
    expect(hits).toEqual(bestOf(scores, k, slots));
    for (const [slot, tokens] of [...texts].slice(0, 20)) {
      const expected = naive(query, tokens, texts, live);
      if (expected === undefined) expect(scores.get(slot)).toBeUndefined();
      else expect(Math.abs(scores.get(slot)! - expected)).toBeLessThan(1e-5 * Math.max(1, expected));
    }
    return hits.length;
  }

  test('the hits are those of BM25 over all texts: any words, boosts, filters, deleted texts, any k', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 31 }),
        fc.constantFrom(0, 3, 400),
        fc.constantFrom(1, 10, 100, 500),
        fc.constantFrom(1, 0.9, 0.3, 0.01),
        (seed, gap, k, share) => {
          const random = randomOf(seed);
          const { index, texts, rows } = filled(random, 200, gap, 20);
          for (let i = 0; i < 2; i++) {
            const live = liveWhere(i === 0 ? rows : integer(random, 1, rows), () => random() < 0.9);
            const bits = bitsWhere(rows, (slot) => hasBit(live.bits, slot) && random() < share);
            check(index, texts, randomQuery(random), live, { k, bits });
          }
        },
      ),
      { numRuns: fc.runs(40) },
    );
  });

  test('bounds stay right while the average length changes: short texts first, then long ones, then short ones live', () => {
    const random = randomOf(5);
    const index = new TextIndex(code);
    const texts = new Map<number, Tokens>();
    const rows = 4_000;
    for (let slot = 0; slot < rows; slot++) {
      texts.set(slot, randomTokens(random, slot < 2_000 ? 4 : 80));
      index.add(slot, texts.get(slot)!);
      if (slot % 1_000 !== 999) continue;
      const live = liveWhere(slot + 1, () => true);
      for (let i = 0; i < 3; i++) check(index, texts, randomQuery(random), live, { k: 5 });
    }
    for (const lives of [(slot: number) => slot < 2_000, (slot: number) => slot >= 2_000])
      check(index, texts, randomQuery(random), liveWhere(rows, lives), { k: 5 });
  });

  test('lists of frequent words that cannot change the answer are left out, and the answer is the same', () => {
    const random = randomOf(9);
    const index = new TextIndex(code);
    const texts = new Map<number, Tokens>();
    const rows = 20_000;
    for (let slot = 0; slot < rows; slot++) {
      const rare = random() < 0.02 ? [`rare${integer(random, 0, 5)}`] : [];
      texts.set(slot, ['the', ...(random() < 0.5 ? ['of', 'of'] : []), ...randomTokens(random, 6), ...rare]);
      index.add(slot, texts.get(slot)!);
    }
    const live = liveWhere(rows, (slot) => slot % 7 !== 3);
    const words = ['the', 'rare1', 'of', 'rare3', 'word0'].map((word) => ({ word }));
    for (const k of [1, 100]) expect(check(index, texts, { words }, live, { k })).toBe(k);
  });

  test('all words, a word of each group, and phrases with any word in between', () => {
    const random = randomOf(21);
    const { index, texts, rows } = filled(random, 3_000, 2, 30);
    const live = liveWhere(rows, () => random() < 0.9);
    const [a, b, c] = WORDS as [string, string, string];
    const words = [a, b, c].map((word) => ({ word }));
    let found = 0;
    for (const asked of [
      { all: [[a], [b], [c]] },
      {
        all: [
          [a, b],
          ['nobody', WORDS[9]!],
        ],
      },
      { phrases: [[a, b]] },
      { phrases: [[a, null, b]] },
      { phrases: [[a, b, a]], all: [[c]] },
      {
        phrases: [
          [a, a],
          [b, c],
        ],
      },
    ])
      found += check(index, texts, { words, ...asked }, live, { k: 1_000 });
    expect(found).toBeGreaterThan(1_000);
    for (const asked of [{ all: [['nobody']] }, { phrases: [[a, 'nobody']] }])
      expect(check(index, texts, { words, ...asked }, live, { k: 10 })).toBe(0);
  });

  test('texts that were forgotten are as if never added, and others come in their slots', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 }), fc.constantFrom(0, 200), (seed, gap) => {
        const random = randomOf(seed);
        const { index, texts, rows } = filled(random, 200, gap, 20);
        const from = integer(random, 0, rows);
        index.forget(from);
        for (const slot of texts.keys()) if (slot >= from) texts.delete(slot);
        for (let slot = from; slot < rows; slot += 1 + integer(random, 0, 2 * gap + 2)) {
          texts.set(slot, randomTokens(random, 20));
          index.add(slot, texts.get(slot)!);
        }
        const [a, b] = WORDS as [string, string];
        const live = liveWhere(rows, () => true);
        check(index, texts, randomQuery(random), live, { k: 50 });
        check(index, texts, { words: [{ word: a }, { word: b }], phrases: [[a, b]] }, live, { k: 50 });
      }),
      { numRuns: fc.runs(40) },
    );
  });

  test('frequencies are of live texts, and follow every deletion', () => {
    const random = randomOf(31);
    const { index, texts, rows } = filled(random, 1_000, 1, 20);
    for (const share of [1, 0.5, 0.9, 0]) {
      const live = liveWhere(rows, () => random() < share);
      for (const word of ['word0', 'word7', 'word150', 'nobody']) {
        const having = [...texts].filter(([slot, of]) => hasBit(live.bits, slot) && of.includes(word));
        expect(index.documentFrequency(word, live)).toBe(having.length);
      }
    }
  });

  test('a word in a text ten thousand times, a text of a million words, and one without any', () => {
    const index = new TextIndex(code, { positions: true });
    const long = Array.from({ length: 1_000_000 }, (_, i) => `w${i % 3_000}`);
    const texts = new Map<number, Tokens>([
      [0, []],
      [1, Array.from({ length: 70_000 }, () => 'again')],
      [2, long],
      [3, ['again', 'w5']],
    ]);
    for (const [slot, tokens] of texts) index.add(slot, tokens);
    const live = liveWhere(4, () => true);
    const words = ['again', 'w5'].map((word) => ({ word }));
    const weighed = index.weigh({ words, phrases: [['w4', 'w5']] }, live);
    expect(searched(index, weighed, { k: 9, rows: 4 }).map(({ slot }) => slot)).toEqual([2]);
    const hits = searched(index, index.weigh({ words }, live), { k: 9, rows: 4 });
    expect(hits.map(({ slot }) => slot).sort()).toEqual([1, 2, 3]);
    for (const { slot, score } of hits)
      expect(index.score(index.weigh({ words }, live), texts.get(slot)!)).toBe(score);
  });
});
