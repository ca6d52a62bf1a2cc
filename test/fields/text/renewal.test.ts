/* An index of texts that changed often is rebuilt beside the one that answers, a little at a time. */
import { expect, test } from 'vitest';
import { Slots } from '#silt/collection/slots.js';
import type { TextSpec } from '#silt/fields/field.js';
import { analyzerOf } from '#silt/fields/text/analysis/analyzer.js';
import { TextField } from '#silt/fields/text/text-field.js';
import { BUILDS } from '../../support/kernels.js';
import { integer, randomOf } from '../../support/random.js';

const SPEC: TextSpec = {
  kind: 'text',
  number: 1,
  name: 'body',
  path: 'body',
  language: 'none',
  k1: 1.2,
  b: 0.75,
  positions: true,
};
const SLOTS = 1_500;

test('a worn index answers as a new one while that is made, in slices as short as they are asked for', async () => {
  await analyzerOf(SPEC.language);
  const random = randomOf(1);
  const slots = new Slots();
  const bodies: string[] = [];
  let reads = 0;
  const stored = {
    value: () => undefined,
    whyOf: () => undefined,
    mendings: 0,
    point: (row: number) => {
      reads++;
      return { payload: { body: bodies[row - 1]! } };
    },
  };
  const bodyOf = (): string => `w${integer(random, 0, 50)} w${integer(random, 0, 50)} u${random()}`;
  for (let row = 1; row <= SLOTS; row++) {
    slots.add(row);
    bodies.push(bodyOf());
  }
  const field = new TextField(SPEC, BUILDS[0]!);
  const takeIn = (): void => field.takeIn(slots, stored, () => false);
  const rewrite = (slot: number): void => {
    bodies[slot] = bodyOf();
    field.change(slot);
  };
  /** Finds the same, with the same scores, as an index of nothing but the texts of now. */
  const expectAsNew = (): void => {
    const fresh = new TextField(SPEC, BUILDS[0]!);
    fresh.takeIn(slots, stored, () => false);
    for (let i = 0; i < 50; i += 7) {
      const ask = { text: `w${i} w${i + 1}`, match: 'any', prefix: false, fuzzy: 0 } as const;
      const [found, expected] = [field, fresh].map((one) => {
        const plan = one.plan(ask, 100, slots, slots.liveBits)!;
        const best = one.searching(plan).next().value!;
        return one.current(plan, best, slots.liveBits);
      });
      expect(found).toEqual(expected);
    }
  };

  takeIn();
  for (let round = 0; !field.renewing(slots); round++) {
    expect(round).toBeLessThan(10);
    for (let slot = 0; slot < SLOTS; slot++) rewrite(slot);
    takeIn();
  }
  const plan = field.plan({ text: 'w1', match: 'any', prefix: false, fuzzy: 0 }, 5, slots, slots.liveBits)!;
  const begun = field.searching(plan).next().value!;
  expect(field.current(plan, begun, slots.liveBits)).toHaveLength(5);
  const worn = field.bytes;
  let slices = 0;
  for (; field.renewing(slots); slices++) {
    if (slices % 20 === 0) {
      rewrite(integer(random, 0, SLOTS));
      slots.mask(integer(random, 0, SLOTS));
      takeIn();
      expectAsNew();
    }
    const before = reads;
    field.renew(slots, stored, () => reads - before >= 10);
    expect(reads - before).toBeLessThanOrEqual(11);
  }
  expect(slices).toBeGreaterThan(SLOTS / 20);
  expect(field.bytes).toBeLessThan(worn / 2);
  expectAsNew();
  expect(field.current(plan, begun, slots.liveBits), 'of another index').toBeUndefined();
});
