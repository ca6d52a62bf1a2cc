import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as silt from '#silt/index.js';
import { importsOf, ROOT, sourcesOf } from '../support/sources.js';

const { ERROR_CODES } = silt;
const LINES_MAX = 400;
const src = sourcesOf('src');
const tests = sourcesOf('test');
const examples = sourcesOf('examples');

test('files stay under 400 lines', () => {
  const long = [...src, ...tests, ...examples]
    .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
    .filter(({ lines }) => lines >= LINES_MAX);
  expect(long).toEqual([]);
});

test('a source file opens by saying what it is for', () => {
  const silent = [...src, ...examples].filter(({ text }) => !text.startsWith('/*') && !text.startsWith('#!'));
  expect(silent.map(({ path }) => path)).toEqual([]);
});

test('no chance but from a seed, no printing but by the command line', () => {
  const library = src.filter(({ path }) => !/^src\/(cli|server|dashboard)\//.test(path));
  const forbidden = /\b(Math\.random|Date\.now|new Date|console\.|debugger|eval\(|process\.env\.)/;
  const wrong = library.filter(
    ({ path, text }) =>
      path !== 'src/platform/node/time.ts' && forbidden.test(text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')),
  );
  expect(wrong.map(({ path }) => path)).toEqual([]);
});

test('tests try the same in each run: what is random comes from a seed', () => {
  const chance = /\b(Math\.random\b|from 'fast-check')/;
  const wrong = tests.filter(
    ({ path, text }) =>
      !/^test\/(support\/properties|style\/files\.test)\.ts$/.test(path) && chance.test(text),
  );
  expect(wrong.map(({ path }) => path)).toEqual([]);
});

test('the suites that a run leaves out, picks, or puts into one process are there', async () => {
  const { SLOW, BY_ENGINE, NOT_BY_ENGINE, NOT_IN_CI, ALONE } = (await import(
    new URL('../../scripts/suites.mjs', import.meta.url).href
  )) as Record<string, string[]>;
  const named = [...SLOW!, ...BY_ENGINE!, ...NOT_BY_ENGINE!, ...NOT_IN_CI!, ...ALONE!].map((path) =>
    path.replace(/\/\*\*.*/, ''),
  );
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

test('no test is left out, and none stands alone', () => {
  const marks = /\b(test|describe|it)\.(only|skip|todo|fails|skipIf|runIf)\b/;
  expect(tests.filter(({ text }) => marks.test(text)).map(({ path }) => path)).toEqual([]);
});

/** Codes that only say why a point was not written. */
const IN_RECEIPTS = ['DUPLICATE_ID', 'POINT_EXISTS', 'CONDITION_NOT_MET'];

test('the table of errors and its documentation agree: when it happens and what to do, by the class that is thrown', () => {
  const page = readFileSync(join(ROOT, 'docs/ERRORS.md'), 'utf8');
  const cells = [...page.matchAll(/^\| `([A-Z_]+)` \| (.*) \|$/gm)].map(([, code, rest]) => ({
    code: code!,
    cells: rest!.split(' | '),
  }));
  const text = ({ cells }: { cells: string[] }) =>
    cells.length === 4 ? `${cells[1]} ${cells[3]}` : cells.join(' ');
  expect(Object.fromEntries(cells.map((row) => [row.code, text(row)]))).toEqual(ERROR_CODES);

  const thrown = cells.filter(({ code }) => !IN_RECEIPTS.includes(code));
  for (const { code, cells: of } of thrown) {
    expect(of, code).toHaveLength(4);
    expect(silt, code).toHaveProperty(of[0]!.replaceAll('`', ''));
    expect(of[2], code).toMatch(/^(yes|no|see `cause`)$/);
  }
});

test('every code is used, and only codes of the table are', () => {
  const used = new Set(
    src
      .filter(({ path }) => path !== 'src/base/errors.ts')
      .flatMap(({ text }) => [...text.matchAll(/'([A-Z]+(?:_[A-Z]+)+|CLOSED)'/g)])
      .map(([, code]) => code),
  );
  const inErrors = src.find(({ path }) => path === 'src/base/errors.ts')!.text;
  for (const [, code] of inErrors.matchAll(/super\(\s*'([A-Z_]+)'/g)) used.add(code);
  for (const code of Object.keys(ERROR_CODES))
    expect(used.has(code), `${code} is thrown by nobody`).toBe(true);
});

/** Values that a file exports. Types are exported along with what has them in its signature. */
function exportsOf(text: string): string[] {
  const declared = text.matchAll(
    /^(?:@inline\s+)?export (?:declare )?(?:async )?(?:abstract )?(?:const|let|function\*?|class|enum) (\w+)/gm,
  );
  return [...declared].map(([, name]) => name!);
}

test('what is exported is used by another file', () => {
  const everything = [...src, ...tests, ...examples, ...sourcesOf('bench')].map(({ path, text }) => ({
    path,
    words: new Set(text.match(/\w+/g)),
  }));
  const dead: string[] = [];
  for (const { path, text } of [...src, ...examples]) {
    if (path === 'src/index.ts' || /^src\/(cli|kernel\/asm)\//.test(path)) continue;
    for (const name of exportsOf(text)) {
      if (!everything.some((other) => other.path !== path && other.words.has(name)))
        dead.push(`${path}: ${name}`);
    }
  }
  expect(dead).toEqual([]);
});

test('every support file of the tests is used', () => {
  const used = new Set(tests.flatMap(importsOf).map(({ to }) => to));
  const texts = tests.map(({ text }) => text).join('\n');
  const dead = tests
    .filter(({ path }) => path.startsWith('test/support/') && !used.has(path))
    .filter(({ path }) => !texts.includes(path.slice('test/support/'.length)));
  expect(dead.map(({ path }) => path)).toEqual([]);
});

test('signals are joined and listened to in one place, which leaves nothing behind on those that live long', () => {
  const wild = src.filter(
    ({ path, text }) =>
      path !== 'src/base/aborts.ts' &&
      !path.startsWith('src/dashboard/') &&
      /AbortSignal\.any\(|setMaxListeners\(|\.addEventListener\('abort'/.test(text),
  );
  expect(wild.map(({ path }) => path)).toEqual([]);
});
