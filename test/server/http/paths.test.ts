/* What a server tells its clients says nothing of where its files are. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { open } from '#silt/index.js';
import { withoutPaths } from '#silt/server/qdrant/places.js';
import { withFolder } from '../../support/files.js';
import { type Answer, type Ask, withPoints, withServer } from './served.js';

const OF_TEST = '/collections/test/snapshots';

async function uploaded(url: string, text: string): Promise<Pick<Answer, 'status' | 'text'>> {
  const form = new FormData();
  form.append('snapshot', new Blob([text]), 'x.snapshot');
  const response = await fetch(`${url}${OF_TEST}/upload`, { method: 'POST', body: form });
  return { status: response.status, text: await response.text() };
}

function expectNoPath({ status, text }: Pick<Answer, 'status' | 'text'>, code: number, folder: string): void {
  expect([status, text.includes(folder)], text).toEqual([code, false]);
}

test('an error says what is wrong, and not where the files are', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'db');
    await withPoints({ path }, async (ask, { url }) => {
      const recover = (file: string): Promise<Answer> =>
        ask('PUT', `${OF_TEST}/recover`, { location: pathToFileURL(file).href });
      expectNoPath(await uploaded(url, 'no snapshot'), 400, folder);
      expectNoPath(await recover('/etc/hostname'), 403, folder);
      const damaged = join(path, 'qdrant-snapshots', 'damaged.snapshot');
      writeFileSync(damaged, 'no snapshot');
      expectNoPath(await recover(damaged), 400, folder);
      // What was given is given back.
      expect((await recover(damaged)).error).toMatch(/^Wrong input: <snapshots>[\\/]damaged\.snapshot: /);
    });
    await using database = await open(path, { readOnly: true });
    await withServer({ database }, async (_, ask: Ask) => {
      const points = [{ id: 1, vector: [1, 2, 3, 4] }];
      expectNoPath(await ask('PUT', '/collections/test/points', { points }), 403, folder);
      expectNoPath(await ask('PUT', '/dashboard/api/collections/test/points', { points }), 404, folder);
      expectNoPath(await ask('POST', '/dashboard/api/create', { name: 'n', config: {} }), 403, folder);
    });
  }));

test('a folder has a name in a text, and what only begins like it stays', () => {
  const places = { database: '/srv/d+b', snapshots: '/srv/d+b/qdrant-snapshots' };
  const told = (text: string): string => withoutPaths(text, places);
  expect(told('no space on the disk of /srv/d+b: nothing was written')).toBe(
    'no space on the disk of <database>: nothing was written',
  );
  expect(told('"/srv/d+b/qdrant-snapshots/all/x" is gone. It was in /srv/d+b.')).toBe(
    '"<snapshots>/all/x" is gone. It was in <database>.',
  );
  expect(told('/srv/d+b-2, /srv/d+b.old, /srv/ddb')).toBe('/srv/d+b-2, /srv/d+b.old, /srv/ddb');
  expect(withoutPaths('in memory', { database: undefined, snapshots: undefined })).toBe('in memory');
});
