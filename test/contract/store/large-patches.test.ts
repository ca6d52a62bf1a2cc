/* What every store promises of patches that would make payloads too large: apart, since payloads of 300 MB take seconds. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store, Transaction } from '#silt/store/store.js';
import { patchEntry, putEntry } from '../../support/entries.js';
import { commitTo, payloadIn, STORES } from './stores.js';

describe.each(STORES)('store: %s', (_, open) => {
  let folder: string;
  let store: Store;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'silt-store-'));
    store = await open(join(folder, 'db'));
  });
  afterEach(async () => {
    await store.close();
    await rm(folder, { recursive: true });
  });

  const write = (transaction: Transaction): Promise<number[][]> => commitTo(store, transaction);
  const payloadOf = (collection: number, row: number): unknown => payloadIn(store, collection, row);

  it('refuses a patch that would make a payload too large or too deep, and says which', async () => {
    const large = { text: 'x'.repeat(9_000_000) };
    await write({
      entries: [
        putEntry(1, [
          { id: 'a', vector: [1], payload: large },
          { id: 'b', vector: [1], payload: { n: 1 } },
        ]),
      ],
    });
    const patch = { kind: 'set', at: [], values: { more: 'x'.repeat(9_000_000) } } as const;
    const { appended } = await store.commit({ entries: [patchEntry(1, ['a', 'b'], patch)] });
    store.refresh();
    expect(appended.map(({ previous }) => [...previous])).toEqual([[0, 2]]);
    expect(appended).toMatchObject([{ refused: [{ index: 0, code: 'INVALID_PAYLOAD' }] }]);
    expect(payloadOf(1, 1)).toEqual(large);
    expect(Object.keys(payloadOf(1, 2) as object)).toEqual(['n', 'more']);
    expect([...store.patched(1, 0)]).toEqual([2]);
  });

  it('refuses what would make more than an entry may, and applies the rest', async () => {
    const points = Array.from({ length: 20 }, (_, i) => ({ id: i, vector: [i] }));
    await write({ entries: [putEntry(1, points)] });
    const patch = { kind: 'overwrite', values: { text: 'x'.repeat(15_000_000) } } as const;
    const ids = points.map(({ id }) => id);
    const { appended } = await store.commit({ entries: [patchEntry(1, ids, patch)] });
    store.refresh();
    const { previous, refused } = appended[0]!;
    expect(refused).toMatchObject([17, 18, 19].map((index) => ({ index, code: 'LIMIT_EXCEEDED' })));
    expect([...previous].filter((row) => row !== 0)).toEqual(Array.from({ length: 17 }, (_, i) => i + 1));
    expect([payloadOf(1, 18), store.point(1, 17)!.payload.length > 15_000_000]).toEqual([undefined, true]);
  });
});
