/*
 * Fields come and go while everything else goes on: searches, queries, builds, compactions, measurements and checks, in an order
 * drawn from a seed. Calls by a field that goes reject as such, all others succeed, and nothing is left behind.
 */
import { setImmediate as breathe } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { amount } from '../../support/amount.js';
import { liveOf, withCollection } from '../../support/databases.js';
import { gaussianVector, integer, randomOf } from '../../support/random.js';

const SEEDS = Array.from({ length: amount('SILT_RUNS', 1, 8) }, (_, i) => i + 1);
const ROUNDS = 8;
const NAMES = ['x', 'y'];

test.each(SEEDS)('calls by fields that go reject, all others are answered (%i)', (seed) =>
  withCollection(
    'disk',
    {
      dimension: 8,
      metric: 'euclidean',
      text: { t: { path: 'text' } },
      indexing: { threads: 2, mergeThreshold: 50, maxBufferAgeMs: 5 },
    },
    async (c) => {
      const random = randomOf(seed);
      const vector = (): Float32Array => gaussianVector(random, 8);
      const there = new Set<string>();
      const write = (): Promise<unknown> =>
        c.upsert(
          Array.from({ length: 150 }, () => {
            const named = Object.fromEntries([...there].map((name) => [name, vector()]));
            return {
              id: integer(random, 0, 1_500),
              vector: { '': vector(), ...named },
              payload: { text: 'word' },
            };
          }),
        );
      const byField = (using: string): (() => Promise<unknown>)[] => [
        () => c.search(vector(), { using, k: 5, withVector: true }),
        () => c.search(vector(), { using, k: 500, exact: true, filter: { must: { has_id: [1, 2, 3] } } }),
        () => c.searchBatch([vector(), vector(), vector()], { using, withVector: [using] }),
        () => c.query({ query: { recommend: { positive: [vector()], strategy: 'best_score' } }, using }),
        () => c.query({ prefetch: { query: { text: 'word' }, k: 50 }, query: vector(), using }),
        () => c.measureRecall({ using, sample: 20 }),
        () => c.distanceMatrix({ using, sample: 20 }),
      ];
      const others: (() => Promise<unknown>)[] = [
        () => c.search(vector(), { using: '', withVector: true }),
        () => c.search({ text: 'word' }, { using: 't', k: 50 }),
        () => c.count({ filter: { must: { key: 'text', match: { value: 'word' } } } }),
        () => c.getMany([1, 2, 3]),
        () => c.buildNow(),
        () => c.compact(),
        () => c.verify(),
      ];
      await write();
      for (let round = 0; round < ROUNDS; round++) {
        const gone: Promise<unknown>[] = [];
        const going: Promise<unknown>[] = [];
        for (let i = integer(random, 4, 12); i > 0; i--) {
          const name = NAMES[integer(random, 0, NAMES.length)]!;
          const calls = random() < 0.6 && there.has(name) ? byField(name) : others;
          const call = calls[integer(random, 0, calls.length)]!();
          (calls === others ? going : gone).push(call);
          call.catch(() => {}); // looked at below
          if (random() < 0.3) await breathe();
        }
        const name = NAMES[integer(random, 0, NAMES.length)]!;
        if (!there.has(name)) {
          await c.createField(name, {
            vector: { dimension: 8, metric: 'euclidean', storage: random() < 0.5 ? 'disk' : 'memory' },
          });
          there.add(name);
        } else {
          const { engine } = liveOf(c).graphs.find(({ spec }) => spec.name === name)!;
          there.delete(name);
          expect(await c.dropField(name)).toBe(true);
          expect(() => engine.arenas).toThrow(/closed/);
        }
        await write();
        for (const one of await Promise.allSettled(gone))
          if (one.status === 'rejected')
            expect(one.reason).toMatchObject({
              code: 'INVALID_OPTION',
              message: expect.stringMatching(/dropped meanwhile|there is no/),
            });
        await Promise.all(going);
      }
      await c.buildNow();
      expect(c.status()).toMatchObject({ lastError: null, pending: 0 });
      expect(Object.keys(c.status().fields).sort()).toEqual(['', 't', ...there].sort());
      expect(await c.verify()).toMatchObject({ ok: true, missingRows: 0, extraRows: 0 });
    },
  ),
);
