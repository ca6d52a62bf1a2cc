/* A batch is one commit, in memory as a whole: it has limits, and does nothing where it exceeds one. */
import { describe, expect, test } from 'vitest';
import type { Filter, Operation } from '#silt/index.js';
import { errorOf, PAUSED, vectors, withCollection } from '../../support/databases.js';

const [VECTOR] = vectors(1, 1) as [Float32Array];
const all: { filter: Filter } = { filter: {} };

test('what matches is limited with all the rest of a batch, and nothing is done where it is too much', () =>
  withCollection('memory', { ...PAUSED, dimension: 2 }, async (points) => {
    for (let from = 0; from < 60_000; from += 20_000)
      await points.upsert(Array.from({ length: 20_000 }, (_, i) => ({ id: from + i, vector: [1, i] })));
    const twice = [{ setPayload: all, payload: { a: 1 } }, { clearPayload: all }];
    const error = await errorOf(() => points.batch(twice));
    expect(error).toMatchObject({ code: 'LIMIT_EXCEEDED' });
    expect(error.message).toMatch(/^operation 1: points deleted and changed by a batch: 120000/);
    expect(points.status().seq).toBe(60_000);
    expect(await points.batch([{ delete: all }])).toMatchObject({ deleted: 60_000 });
  }));

describe('a batch that would make more payloads than one commit may does nothing', () => {
  test('where a path makes each payload grow many times', () =>
    withCollection('memory', PAUSED, async (points) => {
      const items = Array.from({ length: 1_000 }, () => ({}));
      const many = Array.from({ length: 40 }, (_, id) => ({ id, vector: VECTOR, payload: { items } }));
      await points.upsert(many);
      const text = 'x'.repeat(8_000); // 8 MB for each point
      const error = await errorOf(() =>
        points.batch([{ delete: 1 }, { setPayload: all, payload: { text }, path: 'items[]' }]),
      );
      expect(error).toMatchObject({ code: 'LIMIT_EXCEEDED' });
      expect(error.message).toMatch(/^operation 1: bytes of payloads/);
      expect(await points.has(1)).toBe(true);
      expect(points.status().seq).toBe(40);
    }));

  test('where operations before it have made the payload large', () =>
    withCollection('memory', PAUSED, async (points) => {
      const large = { id: 1, vector: VECTOR, payload: { text: 'x'.repeat(16_000_000) } };
      const changes = Array.from({ length: 20 }, (_, n): Operation => ({ setPayload: 1, payload: { n } }));
      const error = await errorOf(() => points.batch([{ upsert: large }, ...changes]));
      expect(error).toMatchObject({ code: 'LIMIT_EXCEEDED' });
      expect(error.message).toMatch(/^operation 17: bytes of payloads/);
      expect(points.status().seq).toBe(0);
    }));
});

test('a batch that is too large is rejected before more of it is copied than may be', () =>
  withCollection('memory', { ...PAUSED, dimension: 2 }, async (points) => {
    let read = 0;
    const vector = [1, 2];
    const many = Array.from({ length: 60_000 }, (_, id) => ({
      id,
      get vector() {
        read++;
        return vector;
      },
    }));
    const error = await errorOf(() => points.batch(Array(1_000).fill({ upsert: many })));
    expect(error).toMatchObject({ code: 'LIMIT_EXCEEDED' });
    expect(error.message).toMatch(/^operation 1: points written by a batch: 120000/);
    expect(read).toBeLessThan(200_000);
  }));
