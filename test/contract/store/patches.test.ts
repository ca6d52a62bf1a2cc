/* What every store promises of patches: payloads change where they are. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { idKeyOf, idOfKey, type PointId } from '#silt/base/ids.js';
import type { Patch } from '#silt/store/patch.js';
import type { Store, Transaction } from '#silt/store/store.js';
import { patchEntry, putEntry, removeEntry } from '../../support/entries.js';
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
  const rowOf = (collection: number, id: PointId): number => store.rowOf(collection, idKeyOf(id));
  const payloadOf = (collection: number, row: number): unknown => payloadIn(store, collection, row);

  it('patches payloads where they are: no row comes or goes, and vectors stay', async () => {
    const points = ['a', 'b', 'c'].map((id, i) => ({ id, vector: [i], payload: { n: i, old: true } }));
    await write({ entries: [putEntry(1, points)] });
    const set = { kind: 'set', at: [], values: { n: 7, new: 1 } } as const;
    expect(await write({ entries: [patchEntry(1, ['b', 'z'], set)] })).toEqual([[2, 0]]);
    expect([1, 2, 3].map((row) => payloadOf(1, row))).toEqual([
      { n: 0, old: true },
      { n: 7, old: true, new: 1 },
      { n: 2, old: true },
    ]);
    expect([...store.rows(1, 0)]).toEqual([1, 2, 3]);
    expect([...store.vectors(1, 0)].map(([row, vector]) => [row, ...vector!])).toEqual([
      [1, 0],
      [2, 1],
      [3, 2],
    ]);
    expect(rowOf(1, 'b')).toBe(2);
    expect(idOfKey(store.point(1, 2)!.id)).toBe('b');
    expect(store.counts(1)).toMatchObject({ seq: 5, points: 3 });
    expect([...store.patched(1, 0)]).toEqual([2]);
    expect([...store.patched(1, 4)]).toEqual([]);
    // Patches are of rows: what is written again has its own payload, and no other collection is concerned.
    await write({ entries: [putEntry(1, [{ id: 'b', vector: [9] }]), putEntry(2, points)] });
    expect([...store.patched(1, 0)]).toEqual([]);
    expect([payloadOf(1, 6), payloadOf(2, 2)]).toEqual([undefined, { n: 1, old: true }]);
  });

  it('patches what the same commit has written, and only rows that are expected', async () => {
    const set = (n: number): Patch => ({ kind: 'set', at: [], values: { [`k${n}`]: n } });
    const entries = [
      putEntry(1, [{ id: 'a', vector: [1], payload: { n: 1 } }]),
      patchEntry(1, ['a'], set(1)),
      patchEntry(1, ['a'], set(2), [1]),
      patchEntry(1, ['a'], set(3), [4]),
      putEntry(1, [{ id: 'b', vector: [2] }]),
      patchEntry(1, ['b'], set(4)),
      removeEntry(1, ['b']),
      patchEntry(1, ['b'], set(5)),
    ];
    expect(await write({ entries })).toEqual([[0], [1], [1], [0], [0], [5], [5], [0]]);
    expect(payloadOf(1, 1)).toEqual({ n: 1, k1: 1, k2: 2 });
    expect([...store.patched(1, 0)]).toEqual([1]);
    expect(store.counts(1)).toMatchObject({ seq: 8, points: 1 });
  });

  it('shows readers no patch before refresh', async () => {
    await write({ entries: [putEntry(1, [{ id: 1, vector: [1], payload: { n: 1 } }])] });
    await store.commit({ entries: [patchEntry(1, [1], { kind: 'clear' })] });
    expect(payloadOf(1, 1)).toEqual({ n: 1 });
    store.refresh();
    expect(payloadOf(1, 1)).toBeUndefined();
  });

  it('refuses to patch a payload that does not decode, and applies the rest; it can be overwritten', async () => {
    const bad = [Uint8Array.of(0, 0x85), Uint8Array.of(0, 5), Uint8Array.of(1, 0x7b)]; // cut short, no object, no JSON
    const points = bad.map((_, i) => ({ id: i, vector: [i] }));
    const payloads = Uint8Array.from(bad.flatMap((bytes) => [...bytes]));
    const entry = { ...putEntry(1, points), payloads, payloadEnds: Uint32Array.of(2, 4, 6) };
    await write({ entries: [entry, putEntry(1, [{ id: 'good', vector: [9] }])] });
    const ids = [0, 1, 2, 'good'];
    for (const patch of [
      { kind: 'set', at: [], values: { n: 1 } },
      { kind: 'delete', paths: [['x']] },
    ] as const) {
      const { appended } = await store.commit({ entries: [patchEntry(1, ids, patch)] });
      store.refresh();
      expect([...appended[0]!.previous]).toEqual([0, 0, 0, 4]);
      expect(appended[0]!.refused).toMatchObject(
        [0, 1, 2].map((index) => ({ index, code: 'ROW_UNREADABLE' })),
      );
    }
    expect(payloadOf(1, 4)).toEqual({ n: 1 });
    await write({ entries: [patchEntry(1, [0], { kind: 'overwrite', values: { n: 2 } })] });
    await write({ entries: [patchEntry(1, [1], { kind: 'clear' })] });
    expect([payloadOf(1, 1), payloadOf(1, 2)]).toEqual([{ n: 2 }, undefined]);
  });

  it('knows which rows were patched behind any sequence number, however many commits ago', async () => {
    const set = (n: number): Patch => ({ kind: 'set', at: [], values: { n } });
    const ids = Array.from({ length: 10 }, (_, i) => i);
    await write({
      entries: [
        putEntry(
          1,
          ids.map((id) => ({ id, vector: [id] })),
        ),
        putEntry(2, [{ id: 1, vector: [1] }]),
      ],
    });
    const patchedAt = new Map<number, number>(); // by row
    let seq = 10;
    for (let commit = 0; commit < 700; commit++) {
      if (commit % 3 === 0) await write({ entries: [patchEntry(2, [1], set(commit))] }); // another collection
      if (commit % 50 === 49) {
        const [[before]] = (await write({ entries: [putEntry(1, [{ id: commit % 10, vector: [1] }])] })) as [
          [number],
        ];
        patchedAt.delete(before);
        seq++;
        continue;
      }
      const named = [commit % 10, (commit * 7) % 10, 99].filter((id, i, all) => all.indexOf(id) === i);
      const [rows] = (await write({ entries: [patchEntry(1, named, set(commit))] })) as [number[]];
      for (const [i, row] of rows.entries()) if (row !== 0) patchedAt.set(row, seq + 1 + i);
      seq += named.length;
      if (commit % 70 !== 0 && commit < 690) continue;
      for (const behind of [0, 5, seq - 40, seq - 3, seq - 1, seq]) {
        const expected = [...patchedAt].filter(([, at]) => at > behind).map(([row]) => row);
        expect([...store.patched(1, behind)], `behind ${behind}`).toEqual(expected.sort((a, b) => a - b));
      }
    }
  });

  it('purges the patches of a collection with it', async () => {
    await write({ entries: [2, 3].map((number) => putEntry(number, [{ id: 1, vector: [1] }])) });
    const patch = { kind: 'overwrite', values: { n: 1 } } as const;
    await write({ entries: [2, 3].map((number) => patchEntry(number, [1], patch)) });
    await write({ purge: 2 });
    await write({ entries: [putEntry(2, [{ id: 1, vector: [1] }])] });
    expect([payloadOf(2, 1), payloadOf(3, 1)]).toEqual([undefined, { n: 1 }]);
  });
});
