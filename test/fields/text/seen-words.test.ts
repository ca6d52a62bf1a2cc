/* What is found is what was added, whatever the letters are; a word that is not found was forgotten, or never there. */
import { expect, test } from 'vitest';
import { SeenWords, UNKNOWN } from '#silt/fields/text/seen-words.js';
import { integer, type Random, randomOf } from '../../support/random.js';

/** Words of one letter and of forty, of ASCII and beyond, in a text around them. */
function wordOf(random: Random): string {
  const length = random() < 0.1 ? integer(random, 36, 45) : integer(random, 1, 8);
  const first = random() < 0.7 ? 97 : integer(random, 0x80, 0xfff0);
  return Array.from({ length }, () => String.fromCharCode(first + integer(random, 0, 4))).join('');
}

test('words are found with the numbers they were added with, or not at all; most of those that were added are found', () => {
  const random = randomOf(Number(process.env['SILT_SEED'] ?? 1));
  const seen = new SeenWords();
  const added = new Map<string, number>();
  let [known, found] = [0, 0];
  for (let i = 0; i < 100_000; i++) {
    const word = wordOf(random);
    const text = `${wordOf(random)}${word}${wordOf(random)}`;
    const start = text.indexOf(word);
    const number = seen.find(text, start, start + word.length);
    const before = added.get(word);
    if (before !== undefined) known++;
    if (number !== UNKNOWN) {
      found++;
      expect(number).toBe(before);
      continue;
    }
    const own = before ?? (random() < 0.01 ? -1 : integer(random, 0, 2 ** 31));
    added.set(word, own);
    seen.add(text, start, start + word.length, own);
  }
  expect(added.size).toBeGreaterThan(5_000);
  expect(found).toBeGreaterThan(0.9 * known);
});

test('of more words than it keeps, it forgets all, and goes on', () => {
  const seen = new SeenWords();
  const word = (i: number): string => `w${i.toString(36)}`;
  const find = (i: number): number => seen.find(word(i), 0, word(i).length);
  for (let i = 0; i < 270_000; i++) seen.add(word(i), 0, word(i).length, i);
  expect(find(0)).toBe(UNKNOWN);
  expect(find(269_999)).toBe(269_999);
  expect(seen.bytes).toBeLessThan(12e6);
});
