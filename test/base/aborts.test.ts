/* Signals that may be fakes: whatever they throw, calls come to their end, and nothing is left behind. */
import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { onAbort } from '#silt/base/aborts.js';
import { Gate } from '#silt/collection/write/gate.js';
import type { Collection } from '#silt/index.js';
import { nodePlatform } from '#silt/platform/node/node.js';
import { errorOf, pointsOf, SMALL, vectors, withCollection } from '../support/databases.js';

const [QUERY] = vectors(1, 1) as [Float32Array];

/** A signal that throws in one of its members. */
function faulty(member: keyof AbortSignal): AbortSignal {
  const { signal } = new AbortController();
  const fail = (): never => {
    throw new Error(`no ${member}`);
  };
  const isMethod = typeof signal[member] === 'function';
  return Object.defineProperty(signal, member, isMethod ? { value: fail } : { get: fail });
}

const CALLS: Record<string, (points: Collection, signal: AbortSignal) => Promise<unknown>> = {
  upsert: (points, signal) => points.upsert(pointsOf(2, 5, 100), { signal }),
  ingest: (points, signal) => points.ingest(pointsOf(2, 5, 100), { signal }),
  search: (points, signal) => points.search(QUERY, { signal }),
  searchBatch: (points, signal) => points.searchBatch([QUERY, QUERY], { signal }),
  explain: (points, signal) => points.explain(QUERY, { signal }),
  'waitFor what is there': (points, signal) => points.waitFor(1, 'searchable', { signal }),
  'waitFor what comes': async (points, signal) => {
    const waiting = points.waitFor(21, 'indexed', { signal });
    waiting.catch(() => {}); // looked at below
    const other = points.waitFor(21, 'indexed');
    await points.upsert(pointsOf(3, 1, 200));
    await other;
    return waiting;
  },
  buildNow: (points, signal) => points.buildNow({ signal }),
  watch: async (points, signal) => {
    let left = 2;
    for await (const _ of points.watch({ intervalMs: 1, signal })) if (--left === 0) break;
  },
};

const withPoints = (use: (points: Collection) => Promise<void>): Promise<void> =>
  withCollection('memory', { ...SMALL, indexing: { threads: 1, maxBufferAgeMs: 5 } }, async (points) => {
    await points.upsert(pointsOf(1, 20));
    await use(points);
    // Nobody is left behind.
    const { seq } = await points.upsert(pointsOf(4, 3, 300));
    await points.waitFor(seq, 'indexed');
    expect(points.status()).toMatchObject({ pending: 0, errors: {} });
  });

describe.each(Object.entries(CALLS))('%s', (_, call) => {
  test('completes even if a signal does not let go of its listener', async () => {
    await withPoints(async (points) => {
      await call(points, faulty('removeEventListener'));
    });
  });

  test.each(['addEventListener', 'reason', 'throwIfAborted'] as const)(
    'comes to its end, or rejects with the error of the signal, where its %s throws',
    async (member) => {
      await withPoints(async (points) => {
        const end = await call(points, faulty(member)).catch((error: unknown) => error);
        if (end instanceof Error) expect(end.message).toContain(`no ${member}`);
      });
    },
  );
});

test('a signal that cannot be listened to counts as aborted; the others are let go of', () => {
  for (const member of ['addEventListener', 'aborted'] as const) {
    const { signal } = new AbortController();
    const heard: unknown[] = [];
    const stop = onAbort([signal, faulty(member)], (reason) => heard.push(reason));
    expect(heard).toEqual([new Error(`no ${member}`)]);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    stop();
  }
});

test('a signal whose reason throws aborts all the same, by what it threw', () => {
  const controller = new AbortController();
  Object.defineProperty(controller.signal, 'reason', {
    get: () => {
      throw new Error('no reason');
    },
  });
  const heard: unknown[] = [];
  for (let i = 0; i < 3; i++) onAbort([controller.signal], (reason) => heard.push(reason));
  controller.abort();
  expect(heard).toEqual([new Error('no reason'), new Error('no reason'), new Error('no reason')]);
});

test('a listener that stays on a signal calls nobody', () => {
  const controller = new AbortController();
  const { signal } = controller;
  signal.removeEventListener = () => {
    throw new Error('no');
  };
  const heard: string[] = [];
  onAbort([signal], () => heard.push('stopped'))();
  onAbort([signal], () => heard.push('waits'));
  controller.abort();
  expect(heard).toEqual(['waits']);
});

test('the gate goes on where a signal that waits in it throws', async () => {
  const gate = new Gate(new AbortController().signal, nodePlatform.time);
  const order: string[] = [];
  const first = gate.enter(5, faulty('removeEventListener'))!.then(() => order.push('first'));
  const refused = errorOf(() => gate.enter(5, faulty('addEventListener')));
  const last = gate.enter(0)!.then(() => order.push('last'));
  expect((await refused).message).toBe('no addEventListener');
  await Promise.all([first, last]);
  expect(order).toEqual(['first', 'last']);
});
