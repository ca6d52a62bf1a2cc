/* The log as a store: what its file may hold, and what is refused. */
import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { nodePlatform } from '#silt/platform/node/node.js';
import { LogStore } from '#silt/store/log/log-store.js';
import { putEntry } from '../support/entries.js';
import { withFolder } from '../support/files.js';

const COMMITS = 5;

/** The bytes of a log of some commits, flushed one by one, before or after it is closed; and where each of them ends. */
async function written(folder: string, o: { closed: boolean }): Promise<{ ends: number[]; bytes: Buffer }> {
  const store = await LogStore.open(folder, nodePlatform);
  const ends: number[] = [];
  for (let i = 0; i < COMMITS; i++) {
    await store.commit({ entries: [putEntry(1, [{ id: i, vector: [i, 1] }])] });
    ends.push((await readFile(join(folder, 'log'))).length);
  }
  const before = await readFile(join(folder, 'log'));
  await store.close();
  return { ends, bytes: o.closed ? await readFile(join(folder, 'log')) : before };
}

async function pointsIn(folder: string): Promise<number> {
  const store = await LogStore.open(folder, nodePlatform);
  const { points } = store.counts(1);
  await store.commit({ entries: [putEntry(1, [{ id: 'new', vector: [1, 1] }])] });
  await store.close();
  const again = await LogStore.open(folder, nodePlatform);
  expect(again.counts(1).points).toBe(points + 1);
  await again.close();
  return points;
}

test('a log that is cut anywhere has the commits that are whole, and goes on behind them', () =>
  withFolder(async (folder) => {
    const { ends, bytes } = await written(folder, { closed: false });
    const path = join(folder, 'log');
    for (let cut = ends[2]! - 40; cut <= bytes.length; cut += 8) {
      await writeFile(path, bytes);
      await truncate(path, cut);
      expect(await pointsIn(folder)).toBe(ends.filter((end) => end <= cut).length);
    }
  }));

test.each([
  ['that was not closed', false, COMMITS - 1],
  ['that was closed, to its end', true, COMMITS],
])('damage in the middle of a log %s is refused', (_, closed, refused) =>
  withFolder(async (folder) => {
    const { ends, bytes } = await written(folder, { closed });
    const path = join(folder, 'log');
    for (const [i, end] of ends.slice(0, refused).entries()) {
      const damaged = Buffer.from(bytes);
      damaged[end - 20]! ^= 1;
      await writeFile(path, damaged);
      await expect(LogStore.open(folder, nodePlatform), `commit ${i}`).rejects.toMatchObject({
        code: 'DATABASE_INVALID',
        message: expect.stringContaining('Restore it from a backup'),
      });
    }
  }),
);

test('a log that cannot be written takes no more transactions, and is opened again with what was acknowledged', () =>
  withFolder(async (folder) => {
    let refuses = false;
    const files = {
      ...nodePlatform.files,
      open: async (...args: Parameters<typeof nodePlatform.files.open>) => {
        const file = await nodePlatform.files.open(...args);
        const { sync } = file;
        file.sync = async () => {
          if (refuses) throw Object.assign(new Error('EIO'), { code: 'EIO' });
          return sync.call(file);
        };
        return file;
      },
    };
    const store = await LogStore.open(folder, { ...nodePlatform, files });
    await store.commit({ entries: [putEntry(1, [{ id: 1, vector: [1, 1] }])] });
    refuses = true;
    const second = { entries: [putEntry(1, [{ id: 2, vector: [1, 1] }])] };
    await expect(store.commit(second)).rejects.toMatchObject({ code: 'STORE_FAILED' });
    refuses = false;
    await expect(store.commit(second)).rejects.toMatchObject({ code: 'STORE_FAILED' });
    store.refresh();
    expect(store.counts(1).points).toBe(1);
    await store.close();
    expect(await pointsIn(folder)).toBeGreaterThanOrEqual(1);
  }));
