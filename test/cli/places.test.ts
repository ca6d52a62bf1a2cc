/* What belongs to the server is nobody's collection. */
import { expect, test } from 'vitest';
import { Folder } from '#silt/cli/served/place.js';
import { open } from '#silt/index.js';
import { withFolder } from '../support/files.js';

test('the settings of a server are neither read, written, made, copied nor put back by commands', () =>
  withFolder(async (folder) => {
    await using database = await open(folder);
    await database.createCollection('qdrant:settings', {});
    const place = new Folder(database);
    const [name, file] = ['qdrant:settings', `${folder}/copy`];
    const own = { exit: 'USAGE', message: expect.stringContaining('belongs to silt serve') };
    await expect(place.collection(name)).rejects.toMatchObject(own);
    await expect(place.create(name, {})).rejects.toMatchObject(own);
    await expect(place.backupCollection(name, file)).rejects.toMatchObject(own);
    await expect(place.restoreCollection(name, file, { replace: true })).rejects.toMatchObject(own);
    expect(await place.names()).toEqual([]);
  }));
