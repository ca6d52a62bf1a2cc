/* `silt init`: what it writes runs, and it overwrites nothing. At a terminal, a real one of `script`, it asks. */
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify, stripVTControlCharacters } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import { answered, ran } from '../support/command.js';
import { folderOfFile } from '../support/files.js';
import { ROOT } from '../support/sources.js';

const run = promisify(execFile);
const MAIN = join(ROOT, 'dist/cli/main.js');
const folder = folderOfFile();

beforeAll(async () => {
  await mkdir(join(folder, 'node_modules'));
  await symlink(ROOT, join(folder, 'node_modules/silt'));
});

test('without a terminal it asks nothing; the program runs twice and finds the text with common letters', async () => {
  const file = join(folder, 'first.mjs');
  const { code, out, err } = await ran('init', file, '--path', join(folder, "o'data"));
  expect([code, err]).toEqual([0, '']);
  expect(out).toContain(`node ${file}`);
  const [first, again] = [await run(process.execPath, [file]), await run(process.execPath, [file])];
  expect(first.stdout).toMatch(/^1 0\.\d{3} Otters hold hands while they sleep\n2 0\.\d{3} The sleeping cat/);
  expect(again.stdout).toBe(first.stdout);
  const before = await readFile(file, 'utf8');
  expect(await ran('init', file)).toMatchObject({ code: 6, err: expect.stringContaining('exists') });
  expect(await readFile(file, 'utf8')).toBe(before);
});

test('what would be no ES module is refused; a program of TypeScript compiles under strict', async () => {
  const file = join(folder, 'search.mts');
  await writeFile(join(folder, 'package.json'), '{ "type": "commonjs" }');
  expect(await ran('init', join(folder, 'search.ts'))).toMatchObject({
    code: 2,
    err: expect.stringMatching(/search\.ts would be no ES module.*name it .*search\.mts/),
  });
  const said = ['--collection', 'a "b"', '--dimension', '8', '--metric', 'euclidean'];
  expect(await answered('init', file, ...said)).toMatchObject({ file, collection: 'a "b"', dimension: 8 });
  const strict = ['--strict', '--noUncheckedIndexedAccess', '--module', 'nodenext', '--target', 'es2022'];
  const tsc = join(ROOT, 'node_modules/typescript-7/bin/tsc');
  const types = ['--types', 'node', '--typeRoots', join(ROOT, 'node_modules/@types')];
  await run(process.execPath, [tsc, '--noEmit', ...strict, ...types, file], { cwd: folder });
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  expect(await ran('init', join(folder, 'search.ts'))).toMatchObject({ code: 0 });
});

test.each([
  [['x.js'], 2, /must end with \.mjs, \.mts or \.ts, got x\.js/],
  [['--dimension', '0'], 2, /integer from 1 to/],
  [['--metric', 'cosin'], 2, /cosine, dot, euclidean/],
])('%j is refused', async (args, code, text) => {
  const refused = await ran('init', ...args);
  expect(refused).toMatchObject({ code, out: '' });
  expect(refused.err).toMatch(text);
});

/** Types at a terminal: each answer when its question stands there. */
async function typed(answers: readonly (readonly [question: string, keys: string])[]): Promise<string> {
  const command = `stty cols 80; ${process.execPath} ${MAIN} init --path ${folder}/data`;
  const terminal = spawn('script', ['-qec', command, '/dev/null'], {
    cwd: folder,
    env: { ...process.env, TERM: 'xterm', NO_COLOR: '1' },
  });
  let shown = '';
  const left = [...answers];
  terminal.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
    if (left.length > 0 && shown.includes(left[0]![0])) terminal.stdin.write(left.shift()![1]);
  });
  await new Promise((resolve) => terminal.once('close', resolve));
  expect(left).toEqual([]);
  return shown;
}

test('at a terminal it asks what was not said, and writes what is answered', async () => {
  const shown = await typed([
    ['File of the program', '\u0015asked.mjs\r'],
    ['Collection', '\u0015notes\r'],
    ['Dimensions', '\r'],
    ['Metric', '\r'],
  ]);
  expect(shown).toContain('asked.mjs is written');
  expect(shown).not.toContain('Folder of the database');
  expect(await readFile(join(folder, 'asked.mjs'), 'utf8')).toMatch(/'notes'[\s\S]*metric: 'cosine'/);
  const lines = shown.split(/\r?\n/).map((line) => stripVTControlCharacters(line));
  expect(Math.max(...lines.map((line) => line.split('\r').at(-1)!.length))).toBeLessThanOrEqual(80);
});

test('Ctrl+C at a question writes nothing', async () => {
  const shown = await typed([
    ['File of the program', '\u0015never.mjs\r'],
    ['Collection', '\u0003'],
  ]);
  expect(shown).toContain('Nothing was written');
  expect(existsSync(join(folder, 'never.mjs'))).toBe(false);
});
