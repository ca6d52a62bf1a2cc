/* Random filters on random payloads: the compiled filter says what the oracle says. */
import { expect, test } from 'vitest';
import type { Filter } from '#silt/api/filter.js';
import { idKeyOf } from '#silt/base/ids.js';
import { compile } from '#silt/filter/evaluate.js';
import { parseFilter } from '#silt/filter/parse.js';
import type { PointId } from '#silt/index.js';
import { decodePayload, encodePayload } from '#silt/store/payload.js';
import { matchesFilter } from '../support/filter-oracle.js';
import { arbitraryFilter, arbitraryPayload, IDS, randomFilter, randomPayload } from '../support/filters.js';
import fc, { runs } from '../support/properties.js';
import { randomOf } from '../support/random.js';

type Payload = Record<string, unknown> | undefined;

const keyOf = (id: PointId): string => Buffer.from(idKeyOf(id)).toString('latin1');

const inText = (value: unknown): string =>
  JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? `${inner}n` : inner));

function matches(filter: Filter, payload: Payload, id: PointId): boolean {
  return compile(parseFilter(filter))(payload, keyOf(id), () => false);
}

test('what matches is what the oracle says', () => {
  fc.assert(
    fc.property(
      arbitraryFilter(),
      fc.array(arbitraryPayload(), { minLength: 1, maxLength: 5 }),
      fc.constantFrom(...IDS),
      (filter, payloads, id) => {
        for (const payload of payloads) {
          const expected = matchesFilter(filter, payload, id);
          expect(matches(filter, payload, id), inText({ filter, payload })).toBe(expected);
        }
      },
    ),
    { numRuns: runs(2_000) },
  );
});

/** The tests in a filter, wherever they stand, by name. */
function testsOf(filter: Filter): Set<string> {
  const names =
    inText(filter).match(
      /"(value|any|except|text|text_any|phrase|contains|prefix|[gl]te?|\w+_\w+|nested)":/g,
    ) ?? [];
  return new Set(names.map((name) => name.slice(1, -2)));
}

test('seeded filters and payloads: as the oracle says, and all kinds of conditions both match and miss', () => {
  const seen = new Map<string, { hits: number; misses: number }>();
  let hits = 0;
  const FILTERS = 4_000;
  const PAYLOADS = 5;
  for (let seed = 0; seed < FILTERS; seed++) {
    const random = randomOf(seed);
    const filter = randomFilter(random);
    const compiled = compile(parseFilter(filter));
    for (let i = 0; i < PAYLOADS; i++) {
      // As the store gives it back.
      const payload = decodePayload(encodePayload(randomPayload(random)));
      const id = IDS[i % IDS.length]!;
      const expected = matchesFilter(filter, payload, id);
      if (compiled(payload, keyOf(id), () => false) !== expected)
        expect.fail(`seed ${seed}: ${inText({ filter, payload, expected })}`);
      hits += Number(expected);
      for (const name of testsOf(filter)) {
        const count = seen.get(name) ?? { hits: 0, misses: 0 };
        if (expected) count.hits++;
        else count.misses++;
        seen.set(name, count);
      }
    }
  }
  expect(hits / (FILTERS * PAYLOADS)).toBeGreaterThan(0.3);
  expect(hits / (FILTERS * PAYLOADS)).toBeLessThan(0.7);
  for (const name of [
    'value',
    'any',
    'except',
    'text',
    'text_any',
    'phrase',
    'contains',
    'prefix',
    'gt',
    'gte',
    'lt',
    'lte',
    'values_count',
    'is_empty',
  ])
    expect(Math.min(seen.get(name)!.hits, seen.get(name)!.misses), name).toBeGreaterThan(100);
  for (const name of [
    'is_null',
    'has_id',
    'nested',
    'min_should',
    'must_not',
    'geo_radius',
    'geo_bounding_box',
    'geo_polygon',
  ])
    expect(Math.min(seen.get(name)!.hits, seen.get(name)!.misses), name).toBeGreaterThan(100);
});
