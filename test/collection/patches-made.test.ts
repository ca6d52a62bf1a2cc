/* Which operations were patches, against a list of all of them. */
import { expect, test } from 'vitest';
import { PatchesMade } from '#silt/collection/patches-made.js';
import fc, { runs } from '../support/properties.js';

const groups = fc.array(fc.record({ operations: fc.integer({ min: 1, max: 5 }), patches: fc.nat(5) }), {
  maxLength: 60,
});

test('behind the end of any group, all patches are counted, and none before it', () => {
  fc.assert(
    fc.property(groups, (all) => {
      const made = new PatchesMade();
      const ends: { readonly seq: number; readonly before: number }[] = [{ seq: 0, before: 0 }];
      for (const { operations, patches } of all) {
        const { seq, before } = ends.at(-1)!;
        const count = Math.min(patches, operations);
        made.note(seq, seq + operations, count);
        ends.push({ seq: seq + operations, before: before + count });
      }
      const total = ends.at(-1)!.before;
      for (const { seq, before } of ends) expect(made.since(seq)).toBe(total - before);
    }),
    { numRuns: runs(200) },
  );
});

test('of many, those near the end are known, and no more are counted than were made', () => {
  const made = new PatchesMade();
  for (let i = 0; i < 20_000; i++) made.note(2 * i, 2 * i + 1, 1); // every other operation is a write
  expect(made.since(40_000)).toBe(0);
  expect(made.since(0)).toBeLessThanOrEqual(20_000);
  expect(made.since(0)).toBeGreaterThan(19_900);
  for (const seq of [1_000, 20_000, 39_000]) {
    const exact = Math.floor((40_000 - seq) / 2);
    expect(made.since(seq)).toBeLessThanOrEqual(exact);
    expect(made.since(seq)).toBeGreaterThan(exact - 64);
  }
});
