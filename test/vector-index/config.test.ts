import { expect, test } from 'vitest';
import { AsyncIndexBuilder, HnswIndex, ValidationError } from '#silt/index.js';
import { codeOf } from '../support/index.js';
import fc, { runs } from '../support/properties.js';

const { parseConfig } = AsyncIndexBuilder;
const DEFAULTS = { merge_threshold: 10_000, segment_count: null };
const index = new HnswIndex({ dimension: 2, metric: 'l2', threads: 2 });

test('what is not given has its default', () => {
  expect(parseConfig({})).toEqual(DEFAULTS);
  expect(parseConfig({ merge_threshold: 5 })).toEqual({ merge_threshold: 5, segment_count: null });
  expect(parseConfig({ segment_count: 3 })).toEqual({ merge_threshold: 10_000, segment_count: 3 });
  expect(parseConfig({ segment_count: null })).toEqual(DEFAULTS);
  expect(new AsyncIndexBuilder(index).toJSON()).toEqual(DEFAULTS);
});

test('unknown fields are accepted and dropped, sync_mode among them', () => {
  const old = { merge_threshold: 7, segment_count: 2, sync_mode: 'async', version: 1 };
  expect(parseConfig(old)).toEqual({ merge_threshold: 7, segment_count: 2 });
  expect(new AsyncIndexBuilder(index, old).toJSON()).toEqual({ merge_threshold: 7, segment_count: 2 });
});

test.each([0, -1, 1.5, 'x', '5', true, [], {}, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 3n])(
  '%s is no count',
  (value) => {
    for (const field of ['merge_threshold', 'segment_count']) {
      expect(() => parseConfig({ [field]: value })).toThrow(ValidationError);
      expect(() => parseConfig({ [field]: value })).toThrow(field);
      expect(codeOf(() => new AsyncIndexBuilder(index, { [field]: value }))).toBe('INVALID_OPTION');
    }
  },
);

test.each([null, undefined, 3, 'x', [], [1], true, () => {}])('%s is rejected as a configuration', (json) => {
  expect(codeOf(() => parseConfig(json))).toBe('INVALID_OPTION');
});

test('merge_threshold cannot be null', () => {
  expect(codeOf(() => parseConfig({ merge_threshold: null }))).toBe('INVALID_OPTION');
});

test('toJSON is what parseConfig takes, and a copy', () => {
  const builder = new AsyncIndexBuilder(index, { merge_threshold: 3, segment_count: 1 });
  const written = JSON.stringify(builder);
  expect(parseConfig(JSON.parse(written))).toEqual(builder.toJSON());
  builder.toJSON().merge_threshold = 99;
  expect(builder.mergeThreshold).toBe(3);
  expect(JSON.stringify(builder)).toBe(written);
});

test('any JSON is parsed to a whole configuration, or refused with a code', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.jsonValue(),
        fc.record({ merge_threshold: fc.jsonValue(), segment_count: fc.jsonValue() }, { requiredKeys: [] }),
        fc.record({
          merge_threshold: fc.integer(),
          segment_count: fc.option(fc.integer()),
          sync_mode: fc.string(),
        }),
      ),
      (json) => {
        let config: ReturnType<typeof parseConfig>;
        try {
          config = parseConfig(json);
        } catch (error) {
          return error instanceof ValidationError && error.code === 'INVALID_OPTION';
        }
        const { merge_threshold, segment_count, ...rest } = config;
        const counts = segment_count === null ? [merge_threshold] : [merge_threshold, segment_count];
        expect(rest).toEqual({});
        expect(counts.every((n) => Number.isSafeInteger(n) && n > 0)).toBe(true);
        expect(parseConfig(config)).toEqual(config);
        return true;
      },
    ),
    { numRuns: runs(500) },
  );
});
