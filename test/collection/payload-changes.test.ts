/* Which changes of payloads are remembered, and who is told of them, against a list of all of them. */
import { expect, test } from 'vitest';
import { PayloadChanges } from '#silt/collection/payload-changes.js';
import { type Aspect, type Aspects, haveInCommon, PRESENCE } from '#silt/filter/aspects.js';
import fc, { runs } from '../support/properties.js';

/** So many are remembered. */
const KEPT = 65_536;

const some = fc.uniqueArray(fc.constantFrom<Aspect>('a', 'b', 'c', PRESENCE), { maxLength: 3 });
const aspects: fc.Arbitrary<Aspects> = fc
  .option(some, { nil: undefined })
  .map((list) => list && new Set(list));
/** One of many changes; few are of so many slots that others are forgotten. */
const writes = fc.array(
  fc.record({ aspects, count: fc.oneof({ weight: 4, arbitrary: fc.nat(20) }, fc.constant(KEPT / 2)) }),
  { maxLength: 12 },
);

test('who looks at something is told of all that changed there; only of what is long ago, that it is not known', () => {
  fc.assert(
    fc.property(writes, aspects, fc.nat(), (all, looked, from) => {
      const changes = new PayloadChanges();
      const noted: { slot: number; aspects: Aspects }[] = [];
      for (const one of all)
        for (let i = 0; i < one.count; i++) {
          // Each call of a writer has a set of its own.
          const own = one.aspects && new Set(one.aspects);
          noted.push({ slot: noted.length, aspects: own });
          changes.note(noted.length - 1, own);
        }
      const since = noted.length === 0 ? 0 : from % (noted.length + 1);
      const expected = noted.slice(since).filter((one) => haveInCommon(looked, one.aspects));
      const told = changes.since(since, looked);
      expect(changes.count).toBe(noted.length);
      expect(told !== undefined).toBe(changes.remembers(since, looked));
      if (told) expect(told).toEqual(expected.map(({ slot }) => slot));
      else expect(expected.length > 0 && noted.length - since > KEPT / 2).toBe(true);
    }),
    { numRuns: runs(100) },
  );
});

test('of ever other members, it is not known in the end which: who asks begins anew', () => {
  const changes = new PayloadChanges();
  for (let i = 0; i < 3 * KEPT; i++) changes.note(i, new Set([`member ${i}`]));
  expect(changes.since(0, new Set(['member 5']))).toBeUndefined();
  expect(changes.since(changes.count - 10, new Set(['member 5']))).toEqual(
    Array.from({ length: 10 }, (_, i) => changes.count - 10 + i), // they may be of any
  );
});
