/* Values by row number. */
import { expect, test } from 'vitest';
import { RowTable } from '#silt/store/row-table.js';
import fc, { runs } from '../support/properties.js';

const row = fc.integer({ min: 0, max: 2_000 });
const change = fc.record({ row, value: fc.option(fc.string()) });

test('values are found by row number and listed in ascending order, as in a sorted Map', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 300 }), row, (changes, after) => {
      const table = new RowTable<string>();
      const map = new Map<number, string>();
      for (const { row: at, value } of changes) {
        if (value === null) {
          table.delete(at);
          map.delete(at);
        } else {
          table.set(at, value);
          map.set(at, value);
        }
      }
      for (let at = 0; at <= 2_001; at++) expect(table.get(at)).toBe(map.get(at));
      const listed = [...map].filter(([at]) => at > after).sort(([a], [b]) => a - b);
      expect([...table.behind(after)]).toEqual(listed);
    }),
    { numRuns: runs(100) },
  );
});

test('rows that come or go while others are listed are listed as they are then', () => {
  const table = new RowTable<number>();
  for (let at = 1; at <= 600; at++) table.set(at, at);
  const listed: number[] = [];
  for (const [at] of table.behind(0)) {
    listed.push(at);
    if (at !== 3) continue;
    for (let gone = 4; gone <= 599; gone++) table.delete(gone);
    table.set(1_000, 1_000);
  }
  expect(listed).toEqual([1, 2, 3, 600, 1_000]);
});
