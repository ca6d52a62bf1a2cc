/* The log of the last commits: what is written is read, and a record that is damaged or another's is not believed. */
import { expect, test } from 'vitest';
import { LOG_COMMITS } from '#silt/base/limits.js';
import { logKey, logRecord, positionIn, readLog } from '#silt/store/lmdb/log.js';
import fc from '../support/properties.js';

const number = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const entry = fc.record({
  collection: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
  effect: fc.constantFrom('gone', 'payloads', 'values'),
  first: number,
  count: fc.nat(),
  previous: fc.uniqueArray(fc.oneof(fc.constant(0), number)).map((rows) => Float64Array.from(rows)),
});
const tails = fc.record({ entries: fc.array(entry, { maxLength: 5 }), records: fc.boolean() });

test('a commit is read as it was written: rows that it replaced, deleted, patched or changed, ascending', () => {
  fc.assert(
    fc.property(number, tails, (position, tail) => {
      const entries = tail.entries.map((one) => ({
        ...one,
        previous: one.previous.filter((row) => row > 0).sort(),
      }));
      expect(readLog(logRecord(position, tail), position)).toEqual({ ...tail, entries });
    }),
  );
});

test('a record of another commit, a damaged one, and none are not believed', () => {
  fc.assert(
    fc.property(
      number,
      tails,
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (position, tail, place, change) => {
        const record = logRecord(position, tail).slice();
        expect(readLog(record, position - 1)).toBeUndefined();
        record[place % record.length]! ^= change;
        expect(readLog(record, position)).toBeUndefined();
      },
    ),
  );
  expect(readLog(undefined, 1)).toBeUndefined();
  expect(positionIn(undefined)).toBe(0);
});

test('the log has a bounded number of records', () => {
  const keys = new Set(Array.from({ length: 3 * LOG_COMMITS }, (_, i) => logKey(i + 1).toString()));
  expect(keys.size).toBe(LOG_COMMITS);
});
