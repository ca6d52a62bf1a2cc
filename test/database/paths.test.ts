/* T15: the directory of a database is the one that was opened, whatever becomes of its path. */
import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { open, ValidationError } from '#silt/index.js';
import { failureOf } from '../support/databases.js';
import { withFolder } from '../support/files.js';
import { ROOT } from '../support/sources.js';

/** Runs a script that has `open` and the strings `a` and `b`, in a process of its own; returns what it prints. */
async function run(script: string, a: string, b: string): Promise<string> {
  const code = `const { open } = await import(${JSON.stringify(pathToFileURL(join(ROOT, 'dist/index.js')).href)});
    const [a, b] = ${JSON.stringify([a, b])};
    ${script}`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code]);
  return stdout.trim();
}

async function pointsIn(path: string): Promise<Record<string, number>> {
  const database = await open(path);
  const points = database.collections().map(({ name, points }) => [name, points]);
  await database.close();
  return Object.fromEntries(points);
}

test('process.chdir: writes, snapshots and a new writing thread stay where the database was opened', () =>
  withFolder(async (folder) => {
    const [a, b] = [join(folder, 'a'), join(folder, 'b')];
    for (const path of [a, b]) mkdirSync(path);
    const said = await run(
      `process.chdir(a); const opening = open('./data'); process.chdir(b);
       const db = await opening;
       const c = await db.createCollection('c', { dimension: 2, metric: 'euclidean' });
       await c.upsert({ id: 1, vector: [1, 1] });
       process.chdir(a); const written = db.backupCollection('c', 'c.points'); process.chdir(b);
       await written;
       process.chdir(a); const read = db.restoreCollection('d', 'c.points'); process.chdir(b);
       await read;
       console.log((await c.search([0, 0])).length, db.path); await db.close();`,
      a,
      b,
    );
    expect(said).toBe(`1 ${join(realpathSync(a), 'data')}`);
    expect(readdirSync(b)).toEqual([]);
    expect(readdirSync(join(a, 'data', 'snapshots'))).toEqual(['1.snapshot', '2.snapshot']);
    expect(await pointsIn(join(a, 'data'))).toEqual({ c: 1, d: 1 });
  }));

test('a link that is turned elsewhere: writes go to the directory that was opened', () =>
  withFolder(async (folder) => {
    const [a, b] = [join(folder, 'a'), join(folder, 'b')];
    for (const path of [a, b]) await (await open(path)).close();
    const link = join(folder, 'link');
    symlinkSync(a, link);
    const opening = open(link);
    const database = await opening;
    rmSync(link);
    symlinkSync(b, link);
    expect(database.path).toBe(realpathSync(a));
    const c = await database.createCollection('c', { dimension: 2, metric: 'euclidean' });
    await c.upsert({ id: 1, vector: [1, 1] });
    const other = await open(link); // it is another directory
    expect(other.path).toBe(realpathSync(b));
    await other.close();
    await database.close();
    expect(await pointsIn(a)).toEqual({ c: 1 });
    expect(await pointsIn(b)).toEqual({});
  }));

test('a path is a string, relative or not, or a URL object of file:', () =>
  withFolder(async (folder) => {
    const path = join(realpathSync(folder), 'a b%20ü');
    for (const given of [path, relative(process.cwd(), path), `${path}/`, pathToFileURL(path)]) {
      const database = await open(given);
      expect(database.path).toBe(path);
      await database.close();
    }
    expect(readdirSync(folder)).toEqual(['a b%20ü']);
  }));

test('what other databases take for one in memory, or as an address, is an error that says what to give', async () => {
  const wrong: [unknown, string][] = [
    [':memory:', 'Leave the path out'],
    ['file:data', 'new URL'],
    ['file:///tmp/data', 'new URL'],
    ['http://localhost:6333', 'folder'],
    [new URL('http://localhost:6333'), 'http:'],
    [new URL('file://elsewhere/data'), 'elsewhere'],
    ['', 'left out'],
    ['a\0b', 'zero byte'],
    [null, 'null'],
    [7, '7'],
  ];
  const before = readdirSync('.');
  for (const [path, says] of wrong) {
    const error: unknown = await open(path as string).catch((reason: unknown) => reason);
    expect(error, String(path)).toBeInstanceOf(ValidationError);
    expect(error).toMatchObject({ code: 'INVALID_OPTION', message: expect.stringContaining(says) });
  }
  expect(readdirSync('.')).toEqual(before);
});

test('what systems and tools leave in an empty directory does not make it one of other things', () =>
  withFolder(async (folder) => {
    const { writeFile } = await import('node:fs/promises');
    mkdirSync(join(folder, 'lost+found'));
    for (const name of ['.gitkeep', '.DS_Store', 'Thumbs.db', 'desktop.ini'])
      await writeFile(join(folder, name), 'litter');
    await (await open(folder)).close();
    await (await open(folder)).close();
    const other = join(folder, 'other');
    mkdirSync(other);
    await writeFile(join(other, '.gitkeep'), '');
    await writeFile(join(other, 'notes.txt'), 'mine');
    expect(await failureOf(() => open(other))).toBe('DATABASE_INVALID');
    expect(readdirSync(other)).toEqual(['.gitkeep', 'notes.txt']);
  }));
