/* What indexes know of a filter: sure rows match, rows that match are possible, whatever part of it they know. */
import { describe, expect, test } from 'vitest';
import type { Filter } from '#silt/api/filter.js';
import { idKeyOf } from '#silt/base/ids.js';
import { countOnes } from '#silt/base/ones.js';
import { hasBit, setBit } from '#silt/filter/bits.js';
import type { Condition, Test } from '#silt/filter/condition.js';
import { compile } from '#silt/filter/evaluate.js';
import { parseFilter } from '#silt/filter/parse.js';
import { parsePath } from '#silt/filter/path.js';
import { type Bounds, boundsOf, type Known } from '#silt/filter/resolve.js';
import type { PointId } from '#silt/index.js';
import { matchesFilter } from '../support/filter-oracle.js';
import { arbitraryFilter, IDS, randomFilter, randomPayload } from '../support/filters.js';
import fc, { runs } from '../support/properties.js';
import { randomOf } from '../support/random.js';

type Payload = Record<string, unknown> | undefined;

const idOf = (slot: number): PointId => IDS[slot] ?? slot + 1_000;
const keyOf = (id: PointId): string => Buffer.from(idKeyOf(id)).toString('latin1');

/**
 * Indexes of the paths for which `upTo` says more than 0, each of so many slots. Of tests that are `loose` they say too
 * much: every third row beside those that match.
 */
function knownOf(
  payloads: readonly Payload[],
  upTo: (path: string, test: Test) => number,
  loose: (path: string, test: Test) => boolean = () => false,
): Known {
  const slots = new Map(payloads.map((_, slot) => [keyOf(idOf(slot)), slot]));
  return {
    rows: payloads.length,
    mark(path, test, words) {
      const known = upTo(path, test);
      const condition = { kind: 'field', path: parsePath(path, 'path'), test } as const;
      const matches = compile(condition);
      const exact = !loose(path, test);
      for (let slot = 0; slot < Math.min(known, payloads.length); slot++)
        if (matches(payloads[slot], '', () => false) || (!exact && slot % 3 === 0)) setBit(words, slot);
      return { upTo: known, stale: new Set(), exact };
    },
    slotOf: (key) => slots.get(key),
    present: () => undefined,
  };
}

const inText = (value: unknown): string =>
  JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? `${inner}n` : inner));

/** Sure within truth within possible; returns how many slots are open. */
function expectBounds(
  { sure, possible }: Bounds,
  payloads: readonly Payload[],
  matches: (slot: number) => boolean,
  what: () => string,
): number {
  const words = Math.ceil(payloads.length / 32);
  expect([sure.length, possible.length]).toEqual([words, words]);
  let open = 0;
  for (let slot = 0; slot < payloads.length; slot++) {
    const truth = matches(slot);
    if (hasBit(sure, slot) && !truth) expect.fail(`slot ${slot} is sure and does not match: ${what()}`);
    if (truth && !hasBit(possible, slot)) expect.fail(`slot ${slot} matches and is not possible: ${what()}`);
    if (hasBit(sure, slot) && !hasBit(possible, slot)) expect.fail(`slot ${slot} is sure, not possible`);
    if (hasBit(sure, slot) !== hasBit(possible, slot)) open++;
  }
  const behind = payloads.length % 32;
  if (behind > 0) expect([sure.at(-1)! >>> behind, possible.at(-1)! >>> behind]).toEqual([0, 0]);
  if (sure === possible) expect(open).toBe(0);
  return open;
}

/** Whether indexes that know all paths can tell everything: not where one object must meet several conditions. */
function isPlain(condition: Condition): boolean {
  switch (condition.kind) {
    case 'nested':
      return condition.of.kind === 'field' && !['count', 'empty', 'null'].includes(condition.of.test.kind);
    case 'all':
    case 'some':
      return condition.of.every(isPlain);
    case 'not':
      return isPlain(condition.of);
    default:
      return true;
  }
}

/** A number of the text alone, so that the same test is known or unknown wherever it stands. */
const hashOf = (text: string): number => [...text].reduce((h, c) => (h * 31 + c.charCodeAt(0)) >>> 0, 7);

const PARTS = ['all', 'none', 'some paths', 'some tests', 'some slots', 'candidates'] as const;
type Part = (typeof PARTS)[number];

function upToOf(part: Part, seed: number, rows: number): (path: string, test: Test) => number {
  return (path, one) => {
    const byPath = hashOf(`${seed} ${path}`);
    const byTest = hashOf(`${seed} ${path} ${inText(one)}`);
    if (part === 'all') return rows + (byPath % 3);
    if (part === 'none') return 0;
    if (part === 'candidates') return rows;
    if (part === 'some paths') return byPath % 2 === 0 ? rows : 0;
    if (part === 'some tests') return byTest % 2 === 0 ? rows : 0;
    return byPath % (rows + 2);
  };
}

function expectResolved(filter: Filter, payloads: readonly Payload[], part: Part, seed: number): void {
  const condition = parseFilter(filter);
  const loose = (path: string, one: Test): boolean =>
    part === 'candidates' && hashOf(`${seed} ${path} ${inText(one)}`) % 2 === 0;
  const bounds = boundsOf(condition, knownOf(payloads, upToOf(part, seed, payloads.length), loose));
  const truth = (slot: number): boolean => matchesFilter(filter, payloads[slot], idOf(slot));
  const what = (): string => inText({ part, seed, filter, payloads });
  const open = expectBounds(bounds, payloads, truth, what);
  if (part !== 'all' || !isPlain(condition)) return;
  if (open > 0) expect.fail(`all is known and ${open} are open: ${what()}`);
  expect(bounds.possible).toBe(bounds.sure);
}

test('random filters, random knowledge', () => {
  fc.assert(
    fc.property(
      arbitraryFilter(),
      fc.nat(80),
      fc.nat(1_000),
      fc.constantFrom(...PARTS),
      (filter, rows, seed, part) => {
        const random = randomOf(seed);
        const payloads = Array.from({ length: rows }, () => randomPayload(random));
        expectResolved(filter, payloads, part, seed);
      },
    ),
    { numRuns: runs(1_500) },
  );
});

test('seeded', () => {
  for (let seed = 0; seed < 2_000; seed++) {
    const random = randomOf(seed);
    const filter = randomFilter(random);
    const payloads = Array.from({ length: 45 }, () => randomPayload(random));
    expectResolved(filter, payloads, PARTS[seed % PARTS.length]!, seed);
  }
});

describe('nested', () => {
  const payloads = Array.from({ length: 300 }, (_, i) => {
    const random = randomOf(i);
    return randomPayload(random);
  });
  const all = knownOf(payloads, () => payloads.length);
  const of = (filter: Filter): { bounds: Bounds; matching: number; open: number } => {
    const matches = (slot: number): boolean => matchesFilter(filter, payloads[slot], idOf(slot));
    const bounds = boundsOf(parseFilter(filter), all);
    const open = expectBounds(bounds, payloads, matches, () => inText(filter));
    return { bounds, open, matching: payloads.filter((_, slot) => matches(slot)).length };
  };
  const red = { key: 's', match: { value: 'red' } };
  const two = { key: 'n', range: { gte: 2 } };

  test('one condition on one object is known', () => {
    const { open, matching } = of({ must: { nested: { key: 'list', filter: { must: red } } } });
    expect(open).toBe(0);
    expect(matching).toBeGreaterThan(5);
  });

  test('several on one object leave the rows open that have an object for each', () => {
    const { bounds, open, matching } = of({
      must: { nested: { key: 'list', filter: { must: [red, two] } } },
    });
    expect(matching).toBeGreaterThan(0);
    expect(countOnes(bounds.sure)).toBe(0);
    expect(open).toBeGreaterThanOrEqual(matching);
    expect(open).toBeLessThan(payloads.length / 3);
  });

  test('not of it', () => {
    const { open } = of({ must_not: { nested: { key: 'list', filter: { must: [red, two] } } } });
    expect(open).toBeGreaterThan(0);
    expect(open).toBeLessThan(payloads.length / 3);
  });

  test('nested within nested, alternatives, absence: open, never wrong', () => {
    const inner = { nested: { key: 'list', filter: { must: red } } };
    of({ must: { nested: { key: 'list', filter: { must: inner } } } });
    of({ must: { nested: { key: 'list', filter: { must: [inner, two] } } } });
    of({ must: { nested: { key: 'list', filter: { should: [red, two] } } } });
    of({ must: { nested: { key: 'list', filter: { must_not: red } } } });
    of({ must: { nested: { key: 'list', filter: {} } } });
    of({ must: { nested: { key: 'list', filter: { must: { key: 's', is_empty: true } } } } });
    of({ must: { nested: { key: 'list', filter: { must: { key: 'tags', values_count: { lt: 2 } } } } } });
    of({ must_not: { nested: { key: 'list', filter: { must: { key: 'n', is_null: false } } } } });
  });
});

describe('at least so many', () => {
  const rows = 100;
  const payloads = Array.from({ length: rows }, (_, i) => ({ a: i % 2, b: i % 3, c: i % 5, d: i % 7 }));
  const keys = ['a', 'b', 'c', 'd'];
  const filterOf = (count: number): Filter => ({
    min_should: {
      min_count: count,
      conditions: keys.map((key) => ({ key, match: { value: 0 } })),
    },
  });

  test.each([1, 2, 3, 4, 5])('%d of 4, whichever are known', (count) => {
    const filter = filterOf(count);
    for (let known = 0; known < 16; known++) {
      const bounds = boundsOf(
        parseFilter(filter),
        knownOf(payloads, (path) => ((known >> keys.indexOf(path)) & 1 ? rows : 0)),
      );
      const zeros = (slot: number): number => keys.filter((key) => payloads[slot]![key as 'a'] === 0).length;
      expectBounds(
        bounds,
        payloads,
        (slot) => zeros(slot) >= count,
        () => `${count} of 4, known ${known}`,
      );
      // And no more is open than must be.
      const isKnown = (key: string): boolean => ((known >> keys.indexOf(key)) & 1) === 1;
      const unknown = keys.filter((key) => !isKnown(key)).length;
      for (let slot = 0; slot < rows; slot++) {
        const sureZeros = keys.filter((key) => isKnown(key) && payloads[slot]![key as 'a'] === 0).length;
        expect(hasBit(bounds.sure, slot)).toBe(sureZeros >= count);
        expect(hasBit(bounds.possible, slot)).toBe(sureZeros + unknown >= count);
      }
    }
  });
});

test('the compiled filter and the oracle agree on these payloads', () => {
  const filter: Filter = { must: { key: 's', match: { value: 'red' } } };
  const compiled = compile(parseFilter(filter));
  expect(compiled({ s: 'red' }, keyOf(1), () => false)).toBe(matchesFilter(filter, { s: 'red' }, 1));
});
