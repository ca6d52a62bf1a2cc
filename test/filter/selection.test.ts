/* A selection agrees with the truth whatever was known when, row by row, and reads no payload twice. */
import { describe, expect, test } from 'vitest';
import { hasBit, newBits, setBit } from '#silt/filter/bits.js';
import type { Bounds } from '#silt/filter/resolve.js';
import { Selection } from '#silt/filter/selection.js';
import fc, { runs } from '../support/properties.js';
import { integer, randomOf } from '../support/random.js';

/** Bounds of the first `truth.length` rows, open where `open` says; one array for both where nothing is. */
function boundsOf(truth: readonly boolean[], open: (slot: number) => boolean): Bounds {
  const sure = newBits(truth.length);
  const possible = newBits(truth.length);
  let isOpen = false;
  for (const [slot, matches] of truth.entries()) {
    if (open(slot)) {
      isOpen = true;
      setBit(possible, slot);
    } else if (matches) {
      setBit(sure, slot);
      setBit(possible, slot);
    }
  }
  return isOpen ? { sure, possible } : { sure, possible: sure };
}

/** A selection of rows that match as `truth` says, and the slots that were read. */
function selectionOf(truth: readonly boolean[]): { selection: Selection; read: number[] } {
  const read: number[] = [];
  const selection = new Selection((slot) => {
    read.push(slot);
    return truth[slot]!;
  });
  return { selection, read };
}

const truthOf = (seed: number, rows: number): boolean[] => {
  const random = randomOf(seed);
  return Array.from({ length: rows }, () => random() < 0.5);
};

test('of no rows', () => {
  const { selection, read } = selectionOf([]);
  expect(selection.open).toBe(false);
  expect([...selection.undecided()]).toEqual([]);
  expect(selection.decided).toBe(true);
  selection.extend({ sure: newBits(0), possible: newBits(0) }, 0);
  selection.decideAll();
  expect(selection.open).toBe(false);
  expect(read).toEqual([]);
});

test('admits reads what is open, once, and nothing else', () => {
  const truth = truthOf(1, 70);
  const { selection, read } = selectionOf(truth);
  selection.extend(
    boundsOf(truth, (slot) => slot % 3 === 0),
    70,
  );
  for (let round = 0; round < 2; round++)
    for (const [slot, matches] of truth.entries()) {
      if (round === 0) expect(selection.isOpen(slot)).toBe(slot % 3 === 0);
      expect(selection.admits(slot)).toBe(matches);
      expect(selection.isOpen(slot)).toBe(false);
    }
  expect(read).toEqual(truth.flatMap((_, slot) => (slot % 3 === 0 ? [slot] : [])));
  expect(selection.read).toBe(read.length);
});

describe('rows that come later', () => {
  test('at every offset within a word', () => {
    for (let before = 0; before <= 66; before++) {
      for (const more of [1, 31, 32, 33, 64]) {
        const truth = truthOf(before * 100 + more, before + more);
        const { selection, read } = selectionOf(truth);
        const open = (slot: number): boolean => slot % 2 === 0;
        selection.extend(boundsOf(truth.slice(0, before), open), before);
        // Some are decided one by one, and some by going through them; the rest stays open.
        let left = before >> 2;
        for (const slot of selection.undecided()) {
          if (left-- === 0) break;
          selection.admits(slot);
        }
        for (let slot = 0; slot < before; slot += 7) selection.admits(slot);
        selection.extend(boundsOf(truth, open), before + more);
        expect(selection.rows).toBe(before + more);
        selection.decideAll();
        expect(selection.open).toBe(false);
        expect(truth.map((_, slot) => hasBit(selection.sure, slot))).toEqual(truth);
        expect(new Set(read).size, `${before} rows and ${more} more: read twice`).toBe(read.length);
        expect(read.every(open)).toBe(true);
        const behind = truth.length % 32;
        if (behind > 0) expect(selection.sure.at(-1)! >>> behind).toBe(0);
      }
    }
  });

  test('what was decided holds where an index is gone for the older rows', () => {
    const truth = truthOf(3, 50);
    const { selection, read } = selectionOf(truth);
    selection.extend(
      boundsOf(truth.slice(0, 45), () => false),
      45,
    );
    selection.extend(
      boundsOf(truth, () => true),
      50,
    );
    expect(truth.flatMap((_, slot) => (selection.isOpen(slot) ? [slot] : []))).toEqual([45, 46, 47, 48, 49]);
    selection.decideAll();
    expect(read).toEqual([45, 46, 47, 48, 49]);
    expect(truth.map((_, slot) => hasBit(selection.sure, slot))).toEqual(truth);
  });

  test('where all is known of the new bounds, nothing is read', () => {
    const truth = truthOf(4, 50);
    const { selection, read } = selectionOf(truth);
    selection.extend(
      boundsOf(truth.slice(0, 40), () => true),
      40,
    );
    selection.extend(
      boundsOf(truth, () => false),
      50,
    );
    expect(selection.open).toBe(false);
    expect(truth.map((_, slot) => hasBit(selection.sure, slot))).toEqual(truth);
    expect(read).toEqual([]);
  });
});

test('undecided goes on where it was left, also where rows are decided or come in between', () => {
  const truth = truthOf(5, 200);
  const { selection } = selectionOf(truth);
  selection.extend(
    boundsOf(truth.slice(0, 100), () => true),
    100,
  );
  const met = new Set<number>();
  for (const slot of selection.undecided()) {
    met.add(slot);
    selection.admits(slot);
    if (slot === 40) break;
  }
  expect(met.size).toBe(41);
  expect(selection.decided).toBe(false);
  selection.admits(50);
  selection.extend(
    boundsOf(truth, () => true),
    200,
  );
  for (const slot of selection.undecided()) {
    expect(met.has(slot), `slot ${slot} comes again`).toBe(false);
    expect(slot).not.toBe(50);
    met.add(slot);
    selection.admits(slot);
  }
  expect(met.size).toBe(199);
  expect(selection.decided).toBe(true);
  expect([...selection.undecided()]).toEqual([]);
});

test('any history', () => {
  const step = fc.oneof(
    fc.record({ add: fc.nat(70), openness: fc.constantFrom(0, 0.3, 1) }),
    fc.record({ admit: fc.nat(300) }),
    fc.record({ look: fc.nat(20) }),
    fc.record({ sample: fc.nat(300) }),
    fc.constant({ all: true }),
  );
  fc.assert(
    fc.property(fc.integer(), fc.array(step, { maxLength: 15 }), (seed, steps) => {
      const random = randomOf(seed);
      const truth: boolean[] = [];
      const { selection, read } = selectionOf(truth);
      for (const one of steps) {
        if ('add' in one) {
          for (let i = 0; i < one.add; i++) truth.push(random() < 0.5);
          const openFrom = truth.map(() => random() < one.openness);
          selection.extend(
            boundsOf(truth, (slot) => openFrom[slot]!),
            truth.length,
          );
        } else if ('admit' in one && truth.length > 0) {
          const slot = one.admit % truth.length;
          expect(selection.admits(slot)).toBe(truth[slot]);
        } else if ('sample' in one && truth.length > 0) selection.sample(one.sample % truth.length);
        else if ('look' in one) {
          let left = one.look;
          for (const slot of selection.undecided()) {
            selection.admits(slot);
            if (left-- === 0) break;
          }
        } else if ('all' in one) selection.decideAll();
        for (const [slot, matches] of truth.entries()) {
          if (hasBit(selection.sure, slot)) expect(matches).toBe(true);
          if (matches) expect(hasBit(selection.possible, slot)).toBe(true);
        }
        expect(selection.read).toBe(read.length);
      }
      selection.decideAll();
      expect(truth.map((_, slot) => hasBit(selection.sure, slot))).toEqual(truth);
    }),
    { numRuns: runs(500) },
  );
});

describe('how many match', () => {
  test('without a sample: anything between', () => {
    const { selection } = selectionOf([]);
    expect(selection.cardinality(10, 100)).toEqual({ min: 10, expected: 60, max: 110 });
    expect(selection.cardinality(10, 0)).toEqual({ min: 10, expected: 10, max: 10 });
  });

  test('a sample is of the rows that there are, not of a few among them', () => {
    const truth = Array.from({ length: 1_400 }, (_, slot) => slot >= 1_000);
    const { selection } = selectionOf(truth);
    const grow = (rows: number): void =>
      selection.extend(
        boundsOf(truth.slice(0, rows), () => true),
        rows,
      );
    grow(1_000);
    for (let slot = 0; slot < 100; slot++) selection.sample(10 * slot);
    expect(selection.cardinality(0, 900).max).toBeLessThan(100);
    grow(1_050);
    grow(1_100);
    expect(selection.sampled).toBe(100);
    grow(1_200);
    expect(selection.sampled).toBe(0);
    expect(selection.cardinality(0, 1_100)).toEqual({ min: 0, expected: 550, max: 1_100 });
    selection.sample(1_150);
    grow(1_340);
    expect(selection.sampled).toBe(1);
  });

  test('a sample of random rows bounds it, in 99 of 100 cases', () => {
    const rows = 4_000;
    let within = 0;
    const ROUNDS = 300;
    for (let round = 0; round < ROUNDS; round++) {
      const random = randomOf(round);
      const share = [0, 0.001, 0.02, 0.3, 0.5, 0.9, 1][round % 7]!;
      const truth = Array.from({ length: rows }, () => random() < share);
      const { selection } = selectionOf(truth);
      selection.extend(
        boundsOf(truth, () => true),
        rows,
      );
      while (selection.sampled < 128) {
        const slot = integer(random, 0, rows);
        if (selection.isOpen(slot)) selection.sample(slot);
      }
      expect(selection.sampled).toBe(128);
      let sure = 0;
      for (let slot = 0; slot < rows; slot++) if (hasBit(selection.sure, slot)) sure++;
      const { min, expected, max } = selection.cardinality(sure, rows - 128);
      const matching = truth.filter(Boolean).length;
      expect(min).toBeLessThanOrEqual(expected);
      expect(expected).toBeLessThanOrEqual(max);
      if (min <= matching && matching <= max) within++;
    }
    expect(within / ROUNDS).toBeGreaterThan(0.96);
  });
});
