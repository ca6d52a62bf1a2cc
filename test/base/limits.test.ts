/* The relations that hold between the limits, wherever they stand. */
import { expect, test } from 'vitest';
import * as limits from '#silt/base/limits.js';
import { worthCompacting } from '#silt/collection/upkeep/compactor.js';
import { maskedOnset, waitMsFor } from '#silt/collection/write/backpressure.js';
import * as L from '#silt/kernel/layout.js';

test('every limit is a positive integer', () => {
  for (const [name, value] of Object.entries(limits)) {
    expect(Number.isSafeInteger(value), name).toBe(true);
    expect(value, name).toBeGreaterThan(0);
  }
});

test('an arena can be addressed with 32 bits', () => {
  expect(limits.ARENA_BYTES_MAX).toBe(2 ** 32 - 65_536);
  expect(L.NONE).toBe(2 ** 32 - 1);
});

test('lists of the kernel hold what the options allow', () => {
  expect(limits.EF_MAX).toBeLessThanOrEqual(L.LIST_MAX);
  expect(limits.EF_CONSTRUCTION_MAX).toBeLessThan(L.LIST_MAX);
  expect(2 * limits.M_MAX).toBeLessThan(L.LIST_MAX);
});

test('a claim is small beside what one thread does alone, and a slice beside a frame', () => {
  expect(limits.CLAIM_ROWS).toBeLessThanOrEqual(limits.ALONE_ROWS);
  expect(limits.SLICE_MS).toBeLessThan(16);
});

test('a linker is taken for hung long after the slowest row', () => {
  expect(limits.LINK_TIMEOUT_MS).toBeGreaterThanOrEqual(1000);
  expect(limits.ROW_STRIKES_MAX).toBeGreaterThanOrEqual(2);
});

test('a row number fits an entry beside its two flags', () => {
  expect(limits.M_MIN).toBeGreaterThanOrEqual(2);
  expect(L.LINKED | L.MASKED | L.QUARANTINED | L.WIDE).toBe(15);
  expect(new Set([L.LINKED, L.MASKED, L.QUARANTINED, L.WIDE]).size).toBe(4);
});

test('one point of the largest kind can be written, and what may be written at once may wait', () => {
  const largest = 4 * limits.DIMENSION_MAX + limits.PAYLOAD_BYTES_MAX + limits.ID_BYTES_MAX;
  expect(largest).toBeLessThanOrEqual(limits.INGEST_BATCH_BYTES);
  // A batch of ingest ends with the point that goes over its bytes.
  expect(limits.INGEST_BATCH_BYTES + largest).toBeLessThanOrEqual(limits.WRITE_BYTES_MAX);
  expect(limits.INGEST_BATCH_POINTS).toBeLessThanOrEqual(limits.WRITE_POINTS_MAX);
  expect(limits.GROUP_BYTES).toBeLessThanOrEqual(limits.WRITE_BYTES_MAX);
  expect(limits.WRITE_BYTES_MAX).toBeLessThanOrEqual(limits.QUEUE_BYTES_MAX);
  expect(limits.QUEUE_BYTES_MAX).toBeLessThan(limits.WAITING_BYTES_MAX);
  expect(limits.INGEST_BATCH_BYTES).toBeLessThan(limits.INGESTS_BYTES);
  expect(limits.INGESTS_BYTES).toBeLessThan(limits.QUEUE_BYTES_MAX);
});

test('what is found at once fits what is returned at once, and ids fit a filter', () => {
  expect(limits.EF_MAX).toBeLessThanOrEqual(limits.K_MAX);
  expect(limits.K_MAX).toBeLessThanOrEqual(limits.HITS_MAX);
  expect(limits.QUERIES_MAX).toBeLessThanOrEqual(limits.HITS_MAX);
  expect(100 * limits.IDS_MAX).toBeLessThan(limits.FILTER_BYTES_MAX); // ids of 9 bytes
  expect(limits.DELETION_POINTS).toBeLessThanOrEqual(limits.WRITE_POINTS_MAX);
});

test('no write is slowed down by deleted rows that are not worth a compaction', () => {
  expect(limits.MASKED_ROWS_BORNE).toBeGreaterThanOrEqual(2 * limits.COMPACTION_ROWS);
  for (const live of [0, 1, 10, 999, 1_000, 1_999, 2_000, 3_000, 3_001, 50_000, 1e6]) {
    for (const mergeThreshold of [1, 100, 999, 1_000, 2_000, 10_000, 2 ** 32]) {
      const indexing = { mergeThreshold, scanBudgetMs: 2 };
      const backlog = { live, pending: 0, linkedPerSecond: 1, scanMsPerRow: 0 };
      const onset = Math.ceil(maskedOnset(backlog, indexing));
      const wait = (masked: number): number => waitMsFor(10, { ...backlog, masked }, indexing);
      expect([wait(onset - 1), wait(onset + 1) > 0], `${live}, ${mergeThreshold}`).toEqual([0, true]);
      expect(worthCompacting({ live, masked: onset }), `${live}, ${mergeThreshold}`).toBe(true);
    }
  }
});
