/* Commits in memory are made in slices: what readers, other commits and `close` see of them. */
import { expect, test } from 'vitest';
import { idOfKey } from '#silt/base/ids.js';
import { nodePlatform } from '#silt/platform/node/node.js';
import { NodeTime } from '#silt/platform/node/time.js';
import type { PointsEntry } from '#silt/store/entry.js';
import { MemoryStore } from '#silt/store/memory.js';
import { decodePayload } from '#silt/store/payload.js';
import type { Store, Transaction } from '#silt/store/store.js';
import { patchEntry, putEntry, removeEntry, valuesEntry } from '../support/entries.js';
import fc, { runs } from '../support/properties.js';
import { newMemoryStore } from '../support/stores.js';

/** Each look at the clock takes a millisecond: a slice has room for some operations. */
class HurriedTime extends NodeTime {
  #ms = 0;

  override now(): number {
    return ++this.#ms;
  }
}

const hurriedStore = (): MemoryStore => new MemoryStore({ time: new HurriedTime(), uuid: nodePlatform.uuid });

const turn = (): Promise<void> => new Promise((go) => setImmediate(go));

const COLLECTIONS = [1, 2];
const CHANGED_FIELD = 3;

/** All that readers see. */
function seen(store: Store): string {
  const all = COLLECTIONS.map((collection) => ({
    counts: store.counts(collection),
    ids: Array.from(store.ids(collection), ([key, row]) => [idOfKey(key), row]),
    rows: Array.from(store.rows(collection, 0), (row) => {
      const point = store.point(collection, row)!;
      return [
        row,
        idOfKey(point.id),
        decodePayload(point.payload),
        [...(store.field(collection, row, CHANGED_FIELD) ?? [])],
        store.changedAt(collection, row, CHANGED_FIELD),
      ];
    }),
    patched: [...store.patched(collection, 0)],
  }));
  return JSON.stringify([all, store.records('')]);
}

const someIds = fc.uniqueArray(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 10 });

const someEntry = fc
  .record({
    kind: fc.constantFrom('put', 'remove', 'patch', 'values'),
    collection: fc.constantFrom(...COLLECTIONS),
    ids: someIds,
    n: fc.nat(99),
  })
  .map(({ kind, collection, ids, n }): PointsEntry => {
    if (kind === 'remove') return removeEntry(collection, ids);
    if (kind === 'patch') return patchEntry(collection, ids, { kind: 'set', at: [], values: { patched: n } });
    if (kind === 'values')
      return valuesEntry(
        collection,
        ids.map((id) => ({ id, fields: { [CHANGED_FIELD]: [n] } })),
      );
    return putEntry(
      collection,
      ids.map((id) => ({ id, vector: [n, id], payload: { n } })),
    );
  });

/** Its bytes are no patch, which is seen when the entries before it are appended. */
const damaged: PointsEntry = {
  ...patchEntry(1, [1], { kind: 'clear' }),
  payloads: new Uint8Array([99, 0, 0, 0, 0]),
};

const someTransaction = fc
  .record({
    entries: fc.array(someEntry, { maxLength: 3 }),
    value: fc.option(fc.nat(9), { nil: undefined }),
    fails: fc.boolean(),
    wait: fc.nat(2),
    refreshes: fc.boolean(),
  })
  .map(({ entries, value, fails, ...schedule }) => ({
    transaction: {
      entries: fails ? [...entries, damaged] : entries,
      records: value === undefined ? [] : [['record', value]],
    } satisfies Transaction,
    fails,
    ...schedule,
  }));

test('whenever readers refresh, they see what whole commits left behind, in their order, and nothing of one that failed', async () => {
  const property = fc.asyncProperty(
    fc.array(someTransaction, { minLength: 1, maxLength: 8 }),
    async (all) => {
      const [store, calm] = [hurriedStore(), newMemoryStore()];
      const states = [seen(calm)];
      const kept: number[] = []; // by commits that have ended
      let ended = 0;
      let last = 0;
      const look = (refreshes: boolean): void => {
        const before = seen(store);
        expect(before).toBe(states[last]);
        if (!refreshes) return;
        store.refresh();
        const now = seen(store);
        const from = Math.max(last, kept[ended - 1] ?? 0);
        const at = states.findIndex((state, i) => i >= from && state === now);
        expect(at).toBeGreaterThanOrEqual(0);
        last = at;
      };
      for (const { transaction, fails } of all) {
        await calm.commit(transaction).catch(() => {});
        calm.refresh();
        if (!fails) states.push(seen(calm));
        kept.push(states.length - 1);
      }
      const commits: Promise<void>[] = [];
      for (const { transaction, fails, wait, refreshes } of all) {
        const committed = store.commit(transaction).then(
          () => expect(fails).toBe(false),
          (error: unknown) => expect([fails, error]).toEqual([true, expect.any(RangeError)]),
        );
        commits.push(committed.then(() => void ended++));
        for (let i = 0; i < wait; i++) await turn();
        look(refreshes);
      }
      while (ended < all.length) {
        await turn();
        look(ended % 2 === 0);
      }
      await Promise.all(commits);
      look(true);
      expect(seen(store)).toBe(states.at(-1));
    },
  );
  await fc.assert(property, { numRuns: runs(500) });
});

const many = Array.from({ length: 10_000 }, (_, id) => ({ id, vector: [id], payload: { n: id } }));
const ids = many.map(({ id }) => id);

test.each<[string, PointsEntry]>([
  ['points', putEntry(1, many)],
  ['patches', patchEntry(1, ids, { kind: 'set', at: [], values: { patched: true } })],
  [
    'values',
    valuesEntry(
      1,
      many.map(({ id }) => ({ id, fields: { [CHANGED_FIELD]: [id] } })),
    ),
  ],
  ['deletions', removeEntry(1, ids)],
])('a commit of many %s lets events in', async (_, entry) => {
  const store = hurriedStore();
  await store.commit({ entries: [putEntry(1, many)] });
  store.refresh();
  let going = true;
  const committed = store.commit({ entries: [entry] }).finally(() => {
    going = false;
  });
  let turns = 0;
  for (; going; turns++) await turn();
  await committed;
  expect(turns).toBeGreaterThan(100);
});

test('close gives up a commit that is under way, and those behind it', async () => {
  const store = hurriedStore();
  await store.commit({ entries: [putEntry(1, many)] });
  store.refresh();
  const commits = [removeEntry(1, ids), putEntry(1, many)].map((entry) => store.commit({ entries: [entry] }));
  const outcomes = Promise.allSettled(commits);
  for (let i = 0; i < 3; i++) await turn();
  await store.close();
  const given = { status: 'rejected', reason: expect.objectContaining({ code: 'CLOSED' }) };
  expect(await outcomes).toEqual([given, given]);
});
