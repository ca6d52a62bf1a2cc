/* What a filter looks at: where that is as it was, so is the answer, whatever else of the point is changed. */
import { expect, test } from 'vitest';
import { idKeyOf } from '#silt/base/ids.js';
import { aspectsOf, haveInCommon, memberOf, NO_ASPECT, PRESENCE } from '#silt/filter/aspects.js';
import { compile } from '#silt/filter/evaluate.js';
import { parseFilter } from '#silt/filter/parse.js';
import { parsePath } from '#silt/filter/path.js';
import { arbitraryFilter, arbitraryPayload, IDS } from '../support/filters.js';
import fc, { runs } from '../support/properties.js';

type Json = Record<string, unknown>;

test('a payload that is the same in the members that a filter looks at matches as before', () => {
  let others = 0;
  fc.assert(
    fc.property(
      arbitraryFilter(),
      arbitraryPayload(),
      arbitraryPayload(),
      fc.constantFrom(...IDS),
      (filter, before, changed, id) => {
        const condition = parseFilter(filter);
        const looked = aspectsOf(condition);
        const part = (payload: Json | undefined, isOf: boolean): Json =>
          Object.fromEntries(Object.entries(payload ?? {}).filter(([name]) => looked.has(name) === isOf));
        const after = { ...part(before, true), ...part(changed, false) };
        if (JSON.stringify(after) !== JSON.stringify(before)) others++;
        const matches = compile(condition);
        const key = Buffer.from(idKeyOf(id)).toString('latin1');
        expect(matches(after, key, () => false)).toBe(matches(before, key, () => false));
      },
    ),
    { numRuns: runs(2_000) },
  );
  expect(others).toBeGreaterThan(runs(2_000) / 2);
});

test('members are those that paths begin with; ids are no aspect, vectors are one', () => {
  expect(memberOf(parsePath('"a.b"[].c', 'path'))).toBe('a.b');
  const filter = {
    must: [{ has_id: [1] }, { has_vector: 'v' }, { key: 'a.b', match: { value: 1 } }],
    should: [{ nested: { key: 'list', filter: { must: { key: 'x', match: { value: 1 } } } } }],
    must_not: [{ is_empty: { key: 'gone[0]' } }],
  };
  const looked = aspectsOf(parseFilter(filter, 'filter', [{ name: 'v', number: 3 }] as never));
  expect(looked).toEqual(new Set([PRESENCE, 'a', 'list', 'gone']));
  expect(aspectsOf(parseFilter({}))).toEqual(NO_ASPECT);
});

test('what looks at nothing sees no change; what may be anything is seen by all others', () => {
  expect(haveInCommon(NO_ASPECT, undefined)).toBe(false);
  expect(haveInCommon(undefined, undefined)).toBe(true);
  expect(haveInCommon(new Set(['a']), undefined)).toBe(true);
  expect(haveInCommon(new Set(['a']), new Set(['b', 'a']))).toBe(true);
  expect(haveInCommon(new Set(['a']), new Set(['b', PRESENCE]))).toBe(false);
});
