/* Where what a command prints cannot be written, or whoever reads it has left. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeAll, expect, test } from 'vitest';
import { open } from '#silt/index.js';
import { answered, starting } from '../support/command.js';
import { folderOfFile } from '../support/files.js';
import { ROOT } from '../support/sources.js';

const folder = folderOfFile();
const data = join(folder, 'data');

beforeAll(async () => {
  await using db = await open(data);
  const words = await db.createCollection('words', { dimension: 1, metric: 'dot' });
  await words.upsert(Array.from({ length: 2_000 }, (_, id) => ({ id, vector: [id], payload: { id } })));
});

test('an output that takes nothing more is said in a line, and ends with 7', async () => {
  for (const args of [
    ['info', data],
    ['export', data, 'words', '-'],
    ['search', '--help'],
  ]) {
    const child = spawn(process.execPath, [join(ROOT, 'dist/cli/main.js'), ...args], {
      stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
    });
    const [said, [code]] = await Promise.all([text(child.stderr!), once(child, 'close')]);
    expect([code, said]).toEqual([
      7,
      expect.stringMatching(/^(words: .*\n)?silt: the output cannot be written: ENOSPC.*\n$/),
    ]);
  }
});

test('a reader who leaves in the middle of an export ends it quietly', async () => {
  const { child, ended } = starting(['export', data, 'words', '-']);
  await once(child.stdout!, 'data');
  child.stdout!.destroy();
  expect(await ended).toMatchObject({ code: 0, err: expect.stringMatching(/^(words: .*\n)?$/) });
});

test('an import whose notes nobody reads writes all rows', async () => {
  const file = join(folder, 'rows.jsonl');
  await writeFile(file, Array.from({ length: 3_000 }, (_, id) => `{"id":${id},"vector":[1]}\n`).join(''));
  const { child, ended } = starting([
    'import',
    join(folder, 'new'),
    'words',
    file,
    '--batch',
    '10',
    '--json',
  ]);
  child.stderr!.destroy();
  expect(await ended).toMatchObject({ code: 0, out: expect.stringContaining('"inserted":3000') });
  expect(await answered('info', join(folder, 'new'), 'words')).toMatchObject({ points: 3_000 });
});

test.each(['serve', 'mcp'])('silt %s whose readers have left shuts down as always', async (name) => {
  const args = name === 'serve' ? ['--port', '0'] : ['--http'];
  const { child, ended } = starting([name, '--path', data, ...args]);
  await once(child.stdout!, 'data');
  child.stdout!.destroy();
  child.stderr!.destroy();
  child.kill('SIGTERM');
  expect((await ended).code).toBe(0);
  expect(existsSync(join(data, 'server.json'))).toBe(false);
});
