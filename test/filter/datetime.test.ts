/* Times: every form that is taken, every one that is not, to the microsecond. */
import { expect, test } from 'vitest';
import { microsecondsOf } from '#silt/filter/datetime.js';
import fc from '../support/properties.js';

const MARCH = Date.UTC(2020, 2, 1) * 1000;
const HOUR = 3_600_000_000;

test.each<[text: string, microseconds: number]>([
  ['2020-03-01T00:00:00Z', MARCH],
  ['2020-03-01t00:00:00z', MARCH],
  ['2020-03-01', MARCH],
  ['2020-03-01T00:00', MARCH],
  ['2020-03-01 00:00', MARCH],
  ['2020-03-01T00:00:00', MARCH],
  ['2020-03-01 00:00:00', MARCH],
  ['2020-03-01 00:00:00 UTC', MARCH],
  ['2020-03-01 00:00:00 +00:00', MARCH],
  ['2020-03-01T00:00:00-00:00', MARCH],
  ['2020-03-01T00:00:00-09:00', MARCH + 9 * HOUR],
  ['2020-03-01 00:00:00-0930', MARCH + 9.5 * HOUR],
  ['2020-03-01T05:30:00+05:30', MARCH],
  ['2020-03-01 00:00:00-09', MARCH + 9 * HOUR],
  ['2020-02-29T23:59:59.999999Z', MARCH - 1],
  ['2020-03-01T00:00:00.12', MARCH + 120_000],
  ['2020-03-01T00:00:00.123456789Z', MARCH + 123_456],
  ['2020-03-01T00:00:00.1234567890123Z', MARCH + 123_456],
  ['1970-01-01', 0],
  ['1969-12-31T23:59:59.9999999Z', -1],
  ['0001-01-01T00:00:00Z', -62_135_596_800_000_000],
  ['0000-02-29', -62_162_121_600_000_000],
  ['9999-12-31T23:59:59Z', 253_402_300_799_000_000],
  ['2016-12-31T23:59:60Z', Date.UTC(2017, 0, 1) * 1000],
  ['2016-12-31T23:59:60.5Z', Date.UTC(2017, 0, 1) * 1000 + 500_000],
])('%s', (text, microseconds) => expect(microsecondsOf(text)).toBe(microseconds));

test.each([
  '',
  '2020',
  '2020-03',
  '2020-13-01',
  '2020-00-01',
  '2020-03-00',
  '2020-02-30',
  '2019-02-29',
  '1900-02-29',
  '2020-04-31',
  '2020-03-01T24:00:00Z',
  '2020-03-01T00:60:00Z',
  '2020-03-01T00:00:61Z',
  '2020-03-01T00:00:00+24:00',
  '2020-03-01T00:00:00+01:60',
  '2020-03-01T00:00:00.Z',
  '2020-03-01T00:00:00,5Z',
  '2020-03-01T00:00Z',
  '2020-03-01T00',
  '2020-03-01Z',
  '2020-3-1',
  ' 2020-03-01',
  '2020-03-01\n',
  '20200301T000000Z',
  '12020-03-01',
  '-2020-03-01',
  '2020-03-01T00:00:00 CET',
  'yesterday',
  '1583020800',
])('%j is no time', (text) => expect(microsecondsOf(text)).toBeUndefined());

test('what Date writes is read', () => {
  const dates = fc.date({
    noInvalidDate: true,
    min: new Date('0000-01-01T00:00:00Z'),
    max: new Date('9999-12-31T23:59:59.999Z'),
  });
  fc.assert(
    fc.property(dates, (date) => {
      expect(microsecondsOf(date.toISOString())).toBe(date.getTime() * 1000);
    }),
  );
});
