/* Compressed sets of slots: read into dense ones whatever their containers are, and refused when malformed. */
import roaring from 'roaring-wasm';
import { describe, expect, test } from 'vitest';
import { countOnes } from '#silt/base/ones.js';
import { Bitmap } from '#silt/filter/bitmap.js';
import { bitsOf, hasBit, newBits, setBit } from '#silt/filter/bits.js';
import { markContainers } from '#silt/filter/containers.js';
import { SnapshotError } from '#silt/index.js';
import { integer, randomOf } from '../support/random.js';

const CONTAINER = 65_536;
const random = randomOf(5);

/** Slots of one container, which roaring keeps in the form they are named for; runs once it is asked to. */
const FORMS: Readonly<Record<string, readonly number[]>> = {
  'an array of one': [77],
  'an array of the ends': [0, 65_535],
  'the largest array': Array.from({ length: 4_096 }, (_, i) => i * 16 + (i % 3)),
  'the smallest bitmap': Array.from({ length: 4_097 }, (_, i) => i * 15 + (i % 3)),
  'a bitmap of half': Array.from({ length: CONTAINER }, (_, i) => i).filter(() => random() < 0.5),
  'a full container': Array.from({ length: CONTAINER }, (_, i) => i),
  runs: [1, 2, 3, 100, 101, 65_000, 65_001, 65_534, 65_535],
  'many runs': Array.from({ length: CONTAINER }, (_, i) => i).filter((i) => i % 40 < 33),
};

function portable(slots: readonly number[], runs: boolean): Uint8Array {
  const bitmap = new roaring.RoaringBitmap32(slots);
  if (runs) bitmap.runOptimize();
  const bytes = bitmap.serialize('portable');
  bitmap.dispose();
  return bytes;
}

function marked(bytes: Uint8Array, upTo: number): number[] {
  const words = newBits(upTo);
  markContainers(bytes, words, upTo);
  return [...bitsOf(words)];
}

describe.each([false, true])('runs: %s', (runs) => {
  test.each(Object.entries(FORMS))('%s, in any place among others', (_, slots) => {
    for (const at of [0, 1, 3]) {
      // Containers in front, of odd lengths: what comes behind lies across words, and across bytes of the head.
      const before = Array.from({ length: at }, (_, i) => i * CONTAINER + 9);
      const all = [...before, ...slots.map((slot) => at * CONTAINER + slot), (at + 1) * CONTAINER];
      const bytes = portable(all, runs);
      expect(marked(bytes, (at + 1) * CONTAINER + 1)).toEqual(all);
      for (const upTo of [1, 31, 4_097, 40_000, CONTAINER - 1].map((end) => at * CONTAINER + end))
        expect(marked(bytes, upTo)).toEqual(all.filter((slot) => slot < upTo));
    }
  });

  test('containers of all forms, few and many', () => {
    for (const count of [1, 2, 3, 4, 5, 8, 9, 17]) {
      const forms = Array.from({ length: count }, () => Object.values(FORMS)[integer(random, 0, 8)]!);
      const all = forms.flatMap((slots, i) => slots.map((slot) => i * CONTAINER + slot));
      const upTo = count * CONTAINER;
      const words = newBits(upTo);
      for (const slot of all) setBit(words, slot);
      const found = newBits(upTo);
      markContainers(portable(all, runs), found, upTo);
      expect(found).toEqual(words);
    }
  });
});

test('bytes that begin anywhere in memory', () => {
  const all = Object.values(FORMS).flatMap((slots, i) => slots.map((slot) => i * CONTAINER + slot));
  const bytes = portable(all, true);
  for (const offset of [0, 1, 2, 3]) {
    const moved = new Uint8Array(bytes.length + offset).subarray(offset);
    moved.set(bytes);
    expect(marked(moved, 8 * CONTAINER)).toEqual(all);
  }
});

test('slots beyond 2^31', () => {
  const slots = [0, 2 ** 31 - 1, 2 ** 31, 2 ** 31 + 65_535, 2 ** 31 + 65_536];
  const bitmap = new Bitmap();
  for (const slot of slots) bitmap.add(slot);
  const words = newBits(2 ** 31 + 65_537);
  bitmap.markInto(words, 2 ** 31 + 65_536);
  expect(countOnes(words)).toBe(4);
  for (const slot of slots.slice(0, 4)) expect(hasBit(words, slot)).toBe(true);
  expect(Bitmap.load(bitmap.dump(), 2 ** 32).toArray()).toEqual(slots);
  expect(Bitmap.load(bitmap.dump(), 2 ** 31).toArray()).toEqual(slots.slice(0, 2));
});

test('what is loaded may be added to, and ends where the rows do', () => {
  for (const slots of Object.values(FORMS)) {
    for (const rows of [0, 1, 78, 40_000, CONTAINER]) {
      const bitmap = Bitmap.load(portable(slots, true), rows);
      const kept = slots.filter((slot) => slot < rows);
      expect(bitmap.size).toBe(kept.length);
      bitmap.add(rows);
      expect(bitmap.toArray()).toEqual([...kept, rows]);
      bitmap.dispose();
    }
  }
});

/** What loading says: undefined if nothing. */
function refusal(bytes: Uint8Array): unknown {
  try {
    Bitmap.load(bytes, 2 ** 32).dispose();
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('malformed', () => {
  const mixed = [...FORMS['runs']!, ...FORMS['the largest array']!.map((slot) => slot + CONTAINER), 5e5, 6e5];

  test.each([false, true])('cut short anywhere (runs: %s)', (runs) => {
    const bytes = portable(mixed, runs);
    expect(refusal(bytes)).toBeUndefined();
    for (let cut = 0; cut < bytes.length; cut++)
      expect(refusal(bytes.subarray(0, cut)), `at ${cut}`).toBeInstanceOf(SnapshotError);
    expect(refusal(Uint8Array.of(...bytes, 0))).toBeInstanceOf(SnapshotError);
  });

  test.each([false, true])('any byte altered: refused, or another well-formed set (runs: %s)', (runs) => {
    const bytes = portable(mixed, runs);
    for (let at = 0; at < bytes.length; at++) {
      for (const flip of [1, 0x80, 0xff]) {
        const altered = bytes.slice();
        altered[at]! ^= flip;
        const error = refusal(altered);
        if (error !== undefined) expect(error, `byte ${at}`).toBeInstanceOf(SnapshotError);
      }
    }
  });

  test('slots out of order, twice, and runs that overlap or leave the container', () => {
    const array = portable([1, 2, 3], false);
    expect(refusal(array.with(16, 9))).toBeInstanceOf(SnapshotError);
    expect(refusal(array.with(18, 1))).toBeInstanceOf(SnapshotError);
    const runs = portable(FORMS['runs']!, true);
    const last = runs.length - 2;
    expect(runs[last]).toBe(1);
    expect(refusal(runs.with(last, 2))).toBeInstanceOf(SnapshotError);
    const containers = portable([1, CONTAINER + 1], false);
    expect(refusal(containers.with(12, 0))).toBeInstanceOf(SnapshotError);
  });
});
