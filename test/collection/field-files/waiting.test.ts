/* Files of several fields are written one after another: none that is due while another is being written is left out. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { open } from '#silt/index.js';
import type { OpenMode } from '#silt/platform/files.js';
import { nodePlatform } from '#silt/platform/node/node.js';
import { withFolder } from '../../support/files.js';
import { until } from '../../support/steps.js';

const { files } = nodePlatform;
const openFile = files.open;

afterEach(() => Object.assign(files, { open: openFile }));

/** Enough that a file of it is worth its time. */
const MANY = 1_100;
const CONFIG = {
  vectors: { a: { dimension: 2, metric: 'euclidean', hnsw: { efConstruction: 10, m: 4 } } },
  text: { body: { path: 'body' } },
  indexing: { threads: 1, paused: true },
} as const;

const SNAPSHOT = '1.1.snapshot';
const INVERTED = '1.2.inverted';

test.each([
  [SNAPSHOT, INVERTED],
  [INVERTED, SNAPSHOT],
])('%s is written though it was due while %s was being written', (waits, held) =>
  withFolder(async (folder) => {
    const path = join(folder, 'db');
    const there = (name: string): boolean => existsSync(join(path, 'snapshots', name));
    let [isHeld, begun] = [true, false];
    Object.assign(files, {
      open: async (name: string, mode: OpenMode) => {
        const isIt = mode === 'create' && name.includes(held);
        begun ||= isIt;
        if (isIt) await until(() => !isHeld);
        return openFile(name, mode);
      },
    });
    const db = await open(path);
    const points = await db.createCollection('points', CONFIG);
    const work = new Map<string, () => Promise<unknown>>([
      [INVERTED, () => points.setPayload(ids, { body: 'one two' })],
      [SNAPSHOT, () => points.buildNow()],
    ]);
    const ids = Array.from({ length: MANY }, (_, id) => id);
    await points.upsert(ids.map((id) => ({ id, vector: { a: [id % 97, id % 89] } })));
    await work.get(held)!();
    await until(() => begun);
    await work.get(waits)!();
    await until(() => points.status().fields['body']!.pending === 0);
    expect(there(waits)).toBe(false);
    isHeld = false;
    await until(() => there(waits));
    expect(there(held)).toBe(true);
    await db.close();
  }),
);
