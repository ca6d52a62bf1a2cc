/* Commands that draw, at a real terminal of 80 columns: what is seen, how they end, and that the terminal is as before. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { widthOf } from '#silt/cli/frame/text.js';
import { type Database, open } from '#silt/index.js';
import { serve } from '#silt/server/http/index.js';
import { ran } from '../support/command.js';
import { folderOfFile } from '../support/files.js';
import { type AtTerminal, atTerminal } from '../support/terminal.js';

const POINTS = 500;
const [DOWN, ESCAPE, END, RIGHT] = ['\x1b[B', '\x1b', '\x1b[F', '\x1b[C'];
/** How the terminal gets its own screen, lines and cursor back. */
const LEFT = '\x1b[?25h\x1b[?7h\x1b[?1049l';
const folder = folderOfFile();
const data = join(folder, 'data');
/** It is written by this process meanwhile. */
let db: Database;

beforeAll(async () => {
  db = await open(data);
  const words = await db.createCollection('words', { dimension: 8, metric: 'euclidean' });
  await words.upsert(
    Array.from({ length: POINTS }, (_, i) => ({
      id: i,
      vector: Array(8).fill(i),
      payload: {
        title: `word ${i} 漢字漢字 \x9b7m and a text that is longer than its column`,
        lang: i % 2 ? 'en' : 'de',
        year: 1_000 + i,
        more: { nested: [1, { deep: true }] },
      },
    })),
  );
  await (await db.createCollection('other', {})).upsert({ id: 'x', payload: { a: 1 } });
});

afterAll(async () => {
  await db.close();
});

/** No line is wider than the terminal, and what is stored gives it no orders. */
function expectNarrow(at: AtTerminal): void {
  for (const line of at.screen().split('\n')) expect(widthOf(line), line).toBeLessThanOrEqual(80);
  expect(at.all()).not.toContain('\x9b');
}

test('browse: from the collections to a table, to a point, through a filter, and out with q', async () => {
  const at = await atTerminal(['browse', data], /> other +1 +-/);
  await at.typed(`${DOWN}\r`, /> 0 +word 0 漢字.*… {2}de +1000/);
  expect(at.screen()).toMatch(/^words: 500 points, at 1\s/);
  expectNarrow(at);
  expect(at.screen().split('\n')).toHaveLength(24);
  await at.typed(RIGHT, /columns 3 to 6 of 6/);
  expect(at.screen()).toMatch(/\[0, 0, 0, 0, … 8 in all\]/);
  await at.typed(END, /> 499 +en/);
  await at.typed('\r', 'n, p: next');
  expect(at.screen()).toContain('vector  [499, 499, 499, 499, … 8 in all]\n');
  expect(at.screen()).toContain('"deep": true\n');
  await at.typed('v', '499,499,499,499,499,499,499]');
  expectNarrow(at);
  await at.typed('p', /point 498 /);
  await at.typed(ESCAPE, /at 499 /);
  await at.typed('/lang=en year>', /filter: lang=en year>\n/);
  await at.typed('\r', 'at 14: expected a value');
  await at.typed('x\r', /filter.must.1.+range/);
  await at.typed(
    '\x15lang=en year>=1400\r',
    /words: 50 points match, at 1 [\s\S]*filter: lang=en year>=1400/, // the last line of the screen may come later
  );
  await db
    .collection('words')
    .upsert({ id: 777, vector: Array(8).fill(0), payload: { lang: 'en', year: 2_000 } });
  await at.typed('r', '51 points match');
  await db.collection('words').delete(777);
  await at.typed(ESCAPE, /words: 500 points/);
  await at.typed(ESCAPE, /> words/);
  await at.typed('q', 'CODE');
  expect(await at.ended).toEqual({ code: 0, restored: true });
  expect(at.all()).toContain(LEFT);
});

test('browse at the address of a server shows the same, and where it ends, says so', async () => {
  const server = await serve({ database: db, port: 0 });
  const at = await atTerminal(['browse', server.url], /> other +1 +-/);
  expect(at.screen()).toContain(server.url);
  await at.typed(`${DOWN}\r`, /> 0 +word 0 漢字.*… {2}de +1000/);
  await at.typed(END, /> 499 +word/);
  await at.typed('\r', /vector {2}\[499, 499, 499, 499, … 8 in all\]/);
  await at.typed(ESCAPE, /at 500 /);
  await at.typed('/year>x\r', /filter.must.0.+range/);
  await at.typed('\x15lang=en\r', /words: 250 points match, at 1 /);
  await server.close();
  await at.typed('r', 'CODE');
  expect(await at.ended).toEqual({ code: 1, restored: true });
  expect(at.all().split(LEFT)[1]).toMatch(/^silt: cannot reach http.* Is silt serve running there\?/);
});

test('Ctrl+C and SIGTERM leave the terminal as it was; without colours the selected row has its mark', async () => {
  const [typed, signalled] = await Promise.all([
    atTerminal(['browse', data, 'words'], '> 0', { env: { NO_COLOR: '1' } }),
    atTerminal(['browse', data, 'words'], '> 0'),
  ]);
  expect(typed.all()).not.toMatch(new RegExp(`${ESCAPE}\\[[\\d;]*m`));
  expect(signalled.all()).toContain('\x1b[7m> 0');
  signalled.signal('SIGTERM');
  await typed.typed('\x03', 'CODE');
  expect(await typed.ended).toEqual({ code: 130, restored: true });
  expect(await signalled.ended).toEqual({ code: 143, restored: true });
  for (const at of [typed, signalled]) expect(at.all().split(LEFT)[1]).toMatch(/^silt: SIG\w+: ended/);
});

test.each([
  [80, 24],
  [40, 12],
] as const)('browse at %i x %i: ? lists the keys, and is left again, wherever one is', async (wide, high) => {
  const at = await atTerminal(['browse', data], /> other/, { size: [wide, high] });
  const expectFits = (): void => {
    for (const line of at.screen().split('\n')) expect(widthOf(line), line).toBeLessThanOrEqual(wide);
    expect(at.screen().split('\n')).toHaveLength(high);
  };
  for (const [keys, seen] of [
    ['', /> other/],
    [`${DOWN}\r`, /^words: 500 points/],
    ['\r', /^point 0 /],
  ] as const) {
    if (keys) await at.typed(keys, seen);
    expect(at.screen()).toMatch(/\n\?: help .*$/);
    await at.typed('?', /^keys of silt browse[\s\S]*Everywhere[\s\S]*Esc: back/);
    expectFits();
    await at.typed('G', /Ctrl\+U, Ctrl\+W[\s\S]*Esc: back/);
    expectFits();
    await at.typed('?', seen);
    await at.typed('?', /^keys/);
    await at.typed(ESCAPE, seen);
  }
  await at.typed(ESCAPE, /^words/);
  await at.typed('/?', /filter: \?/); // it is typed here
  await at.typed(ESCAPE, /help/);
  await at.typed('?q', 'CODE');
  expect(await at.ended).toEqual({ code: 0, restored: true });
});

test('browse is drawn anew for another size of the terminal, however small, wherever one is', async () => {
  const at = await atTerminal(['browse', data, 'words'], '> 0');
  const fits = async (columns: number, rows: number, seen: RegExp): Promise<void> => {
    await at.resized(columns, rows);
    await at.typed('', seen);
    await expect.poll(() => at.screen().split('\n').length).toBe(rows);
    for (const line of at.screen().split('\n')) expect(widthOf(line), line).toBeLessThanOrEqual(columns);
  };
  await fits(40, 12, /^words: 500 points, at 1\s+ {2}id[\s\S]*> 0 +word 0/);
  await at.typed(END, />.* 499 /);
  await fits(60, 8, /> 499 /);
  await at.typed('\r', /^point 499/);
  await fits(20, 6, /^point 499\s+id/);
  await at.typed('?', /^keys/);
  await fits(100, 30, /^keys[\s\S]*A filter/);
  await at.typed('?', /^point 499/);
  await at.typed(ESCAPE, /^words/);
  await at.typed('/lang=', /filter: lang=/);
  await fits(16, 6, /filter: lang=/);
  await at.typed('漢字漢字漢字', /漢字/);
  await fits(80, 24, /filter: lang=漢字漢字漢字\n/);
  await at.typed(`${ESCAPE}`, /q: quit/);
  await at.typed('q', 'CODE');
  expect(await at.ended).toEqual({ code: 0, restored: true });
});

test('browse shows a collection without points, and says so', async () => {
  await db.createCollection('none', {});
  const at = await atTerminal(['browse', data, 'none'], /^none: 0 points\s[\s\S]*no points/);
  await at.typed(`${DOWN}\r${END}n/a=1\r`, /0 points match[\s\S]*no points/);
  await at.typed('q', 'CODE');
  expect(await at.ended).toEqual({ code: 0, restored: true });
  await db.dropCollection('none');
});

/** Letters of two columns, of several signs, from right to left, and orders to a terminal. */
const ODD = '漢字👩‍👩‍👧 שלום مرحبا e\u0301 \x1b[31mred\x1b]0;title\x07 \x9b2J \r\n\u202eback';
const ORDERS = ['\x07', '\x9b', '\u202e', '\x1b[31m', '\x1b]'];

test('texts of all scripts keep their lines, and what terminals obey is shown and not done', async () => {
  const odd = await db.createCollection('odd \x9b7m', {});
  await odd.upsert([
    { id: ODD, payload: { [ODD]: ODD, other: [ODD, { [ODD]: ODD }] } },
    { id: '漣 plain', payload: { other: 'x' } },
  ]);
  for (const size of [
    [80, 24],
    [40, 12],
  ] as const) {
    const at = await atTerminal(['browse', data, 'odd \x9b7m'], /> "漢字👩/, { size });
    const expectSafe = (): void => {
      for (const line of at.screen().split('\n')) expect(widthOf(line), line).toBeLessThanOrEqual(size[0]);
      expect(ORDERS.filter((one) => at.all().includes(one))).toEqual([]);
    };
    expectSafe();
    await at.typed(RIGHT, /columns 3 to/);
    expectSafe();
    await at.typed('\r', /^point "漢字[\s\S]*payload/);
    await at.typed('G', /\}/);
    expectSafe();
    await at.typed(ESCAPE, /^odd/);
    await at.typed(`/x=${'漢字👩‍👩‍👧 '.repeat(9)}`, /filter: /);
    await at.typed('\r', /expected one of/);
    expectSafe();
    await at.typed('\x03', 'CODE');
    expect(await at.ended).toEqual({ code: 130, restored: true });
  }
  for (const args of [
    ['export', data, 'odd \x9b7m', '-'],
    ['export', data, 'odd \x9b7m', '-', '--format', 'csv'],
    ['get', data, 'odd \x9b7m', ODD, 'none \x9b7m'],
    ['info', data],
    ['status', data],
    ['verify', data],
  ]) {
    const at = await atTerminal(args, 'CODE');
    expect(
      ORDERS.filter((one) => at.all().includes(one)),
      args[0],
    ).toEqual([]);
    expect(at.all()).toContain('\\u009b');
  }
  const binary = await atTerminal(['export', data, 'words', '-', '--format', 'npy'], 'CODE');
  expect((await binary.ended).code).toBe(2);
  await db.dropCollection('odd \x9b7m');
});

test('browse without a terminal says what to use in its place', async () => {
  const { code, out, err } = await ran('browse', data, 'words');
  expect([code, out]).toEqual([2, '']);
  expect(err).toContain(`silt export ${data} words - --limit 20\n`);
});

test('status --watch draws a bar for each collection, and sees what is written', async () => {
  const at = await atTerminal(['status', data, '--watch', '--interval', '50'], /words .*500 points/);
  await db.collection('words').upsert({ id: 777, vector: Array(8).fill(0) });
  await at.typed('', /501 points/);
  await db.collection('words').delete(777);
  await at.typed('\x03', 'CODE');
  expect((await at.ended).code).toBe(130);
  const lines = at.lines();
  expect(lines.some((line) => /^other +=+ +100%/.test(line))).toBe(true);
  // The terminal shows Ctrl+C where the cursor is.
  for (const line of lines.filter((one) => /%/.test(one)))
    expect(widthOf(line.replace('^C', '')), line).toBeLessThanOrEqual(80);
});

test('import draws a bar with rows and their rate, and says at the end what it did', async () => {
  const file = join(folder, 'rows.jsonl');
  const rows = Array.from({ length: 2_000 }, (_, id) => JSON.stringify({ id, vector: [id, 1] }));
  await writeFile(file, rows.join('\n'));
  const into = join(folder, 'imported');
  const at = await atTerminal(['import', into, 'a', file, '--batch', '500'], 'CODE');
  expect(await at.ended).toEqual({ code: 0, restored: true });
  const lines = at.lines();
  expect(lines.some((line) => /^a [=-]+ \d+\/\d+ kB, .* left, .* rows, .*\/s/.test(line))).toBe(true);
  expect(at.screen()).toMatch(/a: 2,000 rows read, 2,000 points inserted/);
  for (const line of lines.filter((one) => /kB/.test(one)))
    expect(widthOf(line), line).toBeLessThanOrEqual(80);
});

test('the bar of a file that is read at once has no time left that is none', async () => {
  const file = join(folder, 'few.jsonl');
  await writeFile(file, '{"id":1,"vector":[1,2]}\n{"id":2,"vector":[2,1]}\n');
  const at = await atTerminal(['import', join(folder, 'few'), 'a', file], 'CODE');
  expect((await at.ended).code).toBe(0);
  const left = at.lines().flatMap((line) => [...line.matchAll(/, (\S+) left/g)].map(([, time]) => time!));
  expect(left.length).toBeGreaterThan(0);
  for (const time of left) expect(time).toMatch(/^(\d+(s|m\d+s|h\d+m)|-)$/);
});

test.each([
  ['y', 0, ['other']],
  ['n', 1, ['other', 'words']],
] as const)('drop asks at a terminal: %s', async (said, code, left) => {
  const path = join(folder, `dropped-${said}`);
  {
    await using made = await open(path);
    for (const name of ['other', 'words']) await made.createCollection(name, { dimension: 1, metric: 'dot' });
  }
  const at = await atTerminal(['drop', path, 'words'], /with 0 points\? \[y\/N\]/);
  await at.typed(`${said}\r`, /(is|nothing was) dropped/);
  expect(await at.ended).toMatchObject({ code });
  await using after = await open(path, { readOnly: true });
  expect(after.collections().map(({ name }) => name)).toEqual(left);
});
