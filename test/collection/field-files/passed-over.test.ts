/*
 * Files that are ahead of the slots there are, and cannot be read for a moment: their slots become those of other rows, and
 * they are not to be believed in the life after.
 */
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { type Collection, open } from '#silt/index.js';
import type { OpenMode } from '#silt/platform/files.js';
import { nodePlatform } from '#silt/platform/node/node.js';
import { withFolder } from '../../support/files.js';
import { randomOf } from '../../support/random.js';
import { until } from '../../support/steps.js';
import { CONFIG, expectAsNew, pointOf } from './twin.js';

const { files } = nodePlatform;
const [openFile, unicode] = [files.open, nodePlatform.unicode];

afterEach(() => {
  Object.assign(files, { open: openFile });
  Object.assign(nodePlatform, { unicode });
});

const refuse = (what: string): void => {
  const refused = async (name: string, mode: OpenMode) => {
    if (name.endsWith(what))
      throw Object.assign(new Error('too many open files'), { code: 'EMFILE', syscall: 'open' });
    return openFile(name, mode);
  };
  Object.assign(files, { open: refused });
};

function isTaken(points: Collection, name: string): boolean {
  const { kind, pending } = points.status().fields[name]!;
  return kind === 'dense' || pending === 0;
}

const ids = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
const PLAIN = { dimension: 2, metric: 'euclidean', indexing: { threads: 1, paused: true } } as const;

test.each([
  { of: 'fields', ahead: ['1.payloads'], hide: () => refuse('.payloads') },
  { of: 'fields', ahead: ['1.3.inverted'], hide: () => refuse('.inverted') },
  {
    of: 'fields',
    ahead: ['1.4.inverted', '1.5.inverted'],
    hide: () => Object.assign(nodePlatform, { unicode: 'other' }),
  },
  { of: 'one vector', ahead: ['1.payloads'], hide: () => refuse('.payloads') },
])('$ahead of $of', ({ of, ahead, hide }) =>
  withFolder(async (folder) => {
    const [path, kept] = [join(folder, 'db'), join(folder, 'kept')];
    const snapshots = join(path, 'snapshots');
    const random = randomOf(1);
    const put = async (points: Collection, from: number, to: number): Promise<void> => {
      const some = ids(from, to).map((id) => pointOf(random, id) as object);
      await points.upsert(
        (of === 'fields' ? some : some.map((one) => ({ ...one, vector: [1, 2] }))) as never,
      );
    };
    /** One life of the database. */
    const life = async (
      work: (points: Collection) => Promise<void>,
      closeBudgetMs = 5_000,
    ): Promise<void> => {
      const db = await open(path, { closeBudgetMs });
      await work((await db.getOrCreateCollection('points', of === 'fields' ? CONFIG : PLAIN)) as Collection);
      const { fields } = db.collection('points').status(); // only what was taken in is in a file
      await until(() => Object.keys(fields).every((name) => isTaken(db.collection('points'), name)));
      await db.close();
    };
    await life(async (points) => {
      await points.createPayloadIndex('n', 'integer');
      await put(points, 0, 30);
    });
    await cp(snapshots, kept, { recursive: true });
    await life((points) => put(points, 30, 60));
    for (const name of ahead) await cp(join(snapshots, name), join(folder, name));
    const replaceAhead = async (): Promise<void> => {
      for (const name of ahead) await cp(join(folder, name), join(snapshots, name));
    };
    await rm(snapshots, { recursive: true });
    await cp(kept, snapshots, { recursive: true }); // the process ended before others were written
    await replaceAhead();
    await life(async (points) => {
      await points.delete(ids(31, 50));
    }, 0);
    hide();
    await life((points) => put(points, 60, 90));
    Object.assign(files, { open: openFile });
    Object.assign(nodePlatform, { unicode });
    await replaceAhead(); // the process ended before they were written again
    await life(async (points) => {
      if (of === 'fields') return expectAsNew(path, points as never, randomOf(2));
      const all = await points.getMany(ids(0, 90));
      for (let n = 0; n <= 9; n++) {
        const expected = all.filter((point) => (point?.payload as { n: number } | undefined)?.n === n).length;
        expect(await points.count({ filter: { must: { key: 'n', match: { value: n } } } })).toBe(expected);
      }
    });
  }),
);
