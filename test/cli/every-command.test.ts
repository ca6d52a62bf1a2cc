/*
 * Every command as a process, on a folder with points, one without collections, none, and one that a server holds: with --json the
 * standard output is JSON, exit codes are those that are listed, and nothing that is stored gives a terminal orders.
 */
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EXITS } from '#silt/cli/frame/exits.js';
import { open } from '#silt/index.js';
import { type Server, serve } from '#silt/server/http/index.js';
import { type Ran, ran, starting } from '../support/command.js';
import { type Around, everyLine, ranToEnd } from '../support/every-command.js';
import { folderOfFile } from '../support/files.js';

const folder = folderOfFile();
const CODES: readonly number[] = Object.values(EXITS).map(([code]) => code);
/** Signs that terminals obey: to begin a sequence, in one byte or two, to go elsewhere, to turn the direction. */
const ORDERS = 'a\x1b[31mb\x9b7mc\x07d\re\u202ef';
/** Those that names can have, too. */
const NAMED = 'n\x9b7m\u202e';
const OBEYED = /[^\P{Cc}\n]|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;

let other: Server;
let around: Omit<Around, 'fresh'>;

/** A database with a collection `words` whose points say what a terminal must not obey. */
async function made(path: string): Promise<void> {
  await using db = await open(path);
  const words = await db.createCollection('words', { dimension: 2, metric: 'euclidean' });
  await words.upsert([
    { id: 1, vector: [1, 1], payload: { said: ORDERS, [ORDERS]: [ORDERS] } },
    { id: 2, vector: [2, 2], payload: { [ORDERS]: { [ORDERS]: ORDERS } } },
  ]);
  await words.createPayloadIndex(`"${NAMED}"`, 'keyword');
  await words.buildNow();
}

beforeAll(async () => {
  const [source, rows, backup] = ['source', 'rows.jsonl', 'one.silt'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  await made(source);
  await writeFile(rows, `${JSON.stringify({ id: 3, vector: [3, 3], said: ORDERS })}\n`);
  {
    await using db = await open(source);
    await db.backupCollection('words', backup);
  }
  other = await serve({ path: join(folder, 'other'), port: 0 });
  const there = await other.database.createCollection('there', { dimension: 1, metric: 'dot' });
  await there.upsert({ id: 1, vector: [1] });
  around = { rows, backup, server: other.url };
});

afterAll(() => other.close());

/** How each command ends on a folder with points; and what differs elsewhere. */
const DONE: Readonly<Record<string, number>> = { browse: 2 };
const NO_WORDS = { export: 3, search: 3, explain: 3, get: 3, delete: 3, drop: 3, recall: 3, compact: 3 };
const NO_FOLDER = { ...NO_WORDS, info: 3, status: 3, verify: 3, backup: 3, ui: 3, push: 3 };

interface Situation {
  readonly prepare: (path: string) => Promise<unknown>;
  readonly codes: Readonly<Record<string, number>>;
}

const SITUATIONS: Readonly<Record<string, Situation>> = {
  'with points': { prepare: made, codes: DONE },
  'without collections': {
    prepare: async (path) => (await open(path)).close(),
    codes: { ...DONE, ...NO_WORDS },
  },
  'that is not there': { prepare: async () => {}, codes: { ...DONE, ...NO_FOLDER } },
};

/** Lines of the standard output, each a document; one alone unless the command has many. */
const MANY = new Set(['get', 'push', 'pull']);

function expectJson(name: string, { code, out, err }: Ran): void {
  expect(CODES, `${name}: ${err}`).toContain(code);
  const lines = out.split('\n');
  expect(lines.pop(), `${name} ends its last line`).toBe('');
  if (!MANY.has(name)) expect(lines.length, `${name}: ${out}`).toBe(code === 0 ? 1 : 0);
  for (const line of lines) expect(typeof JSON.parse(line), `${name}: ${line}`).toBe('object');
  if (code !== 0) expect(err, name).toMatch(/^(silt|error): ./m);
}

function expectNoOrders(name: string, { out, err }: Ran): void {
  expect(out, name).not.toMatch(OBEYED);
  expect(err, name).not.toMatch(OBEYED);
  expect(err, name).not.toMatch(/^ +at /m);
}

/** Some at once, each in a folder of its own, where it may write. */
async function walked(
  kind: string,
  { prepare, codes }: Situation,
  ...more: string[]
): Promise<[string, Ran][]> {
  const names = (await everyLine('', { ...around, fresh: '' })).map(([name]) => name);
  const all: [string, Ran][] = [];
  for (const name of names) {
    const fresh = join(folder, kind, name);
    await mkdir(fresh, { recursive: true });
    const path = join(fresh, 'data');
    await prepare(path);
    const line = (await everyLine(path, { ...around, fresh })).find(([one]) => one === name)![1];
    all.push([name, await ranToEnd([...line, ...more])]);
  }
  const ended = Object.fromEntries(all.map(([name, { code }]) => [name, code]));
  const says = all.map(([name, { err }]) => `${name}: ${err}`).join('\n');
  expect(ended, says).toEqual(Object.fromEntries(names.map((name) => [name, codes[name] ?? 0])));
  return all;
}

test.each(Object.keys(SITUATIONS))('on a folder %s: JSON alone on the standard output', async (kind) => {
  for (const [name, one] of await walked(`json ${kind}`, SITUATIONS[kind]!, '--json')) {
    expectJson(name, one);
    expectNoOrders(name, one);
  }
});

test('for people, nothing that is stored gives the terminal orders', async () => {
  for (const [name, one] of await walked('people', SITUATIONS['with points']!)) expectNoOrders(name, one);
});

/** Beside a server that holds the folder, or by it. */
const HELD: Readonly<Record<string, number>> = { ...DONE, serve: 4 };

test('on a folder that silt serve holds: the same, through it or beside it', async () => {
  const path = join(folder, 'held');
  await made(path);
  const server = starting(['serve', '--path', path, '--port', '0']);
  await once(server.child.stdout!, 'data');
  const fresh = join(folder, 'beside');
  await mkdir(fresh);
  const ended: Record<string, unknown> = {};
  const says: string[] = [];
  for (const [name, line] of await everyLine(path, { ...around, fresh })) {
    const one = await ranToEnd([...line, '--json']);
    ended[name] = one.code;
    says.push(`${name}: ${one.err}`);
    expectJson(name, one);
    expectNoOrders(name, one);
  }
  expect(ended, says.join('\n')).toEqual(
    Object.fromEntries(Object.keys(ended).map((name) => [name, HELD[name] ?? 0])),
  );
  server.child.kill('SIGTERM');
  expect(await server.ended).toMatchObject({ code: 0 });
});

test('collections, fields and ids whose names a terminal would obey are shown, and obeyed by none', async () => {
  const path = join(folder, 'named');
  {
    await using db = await open(path);
    const named = await db.createCollection(NAMED, {
      vectors: { [NAMED]: { dimension: 1, metric: 'dot' } },
      text: { [`text ${NAMED}`]: { path: 'said' } },
    });
    await named.upsert([
      { id: ORDERS, vector: { [NAMED]: [1] }, payload: { said: ORDERS } },
      { id: 2, vector: { [NAMED]: [2] }, payload: { [ORDERS]: ORDERS } },
    ]);
    await db.createCollection('second', {});
  }
  const file = join(folder, 'odd.jsonl');
  await writeFile(file, `${JSON.stringify({ id: ORDERS, vector: ORDERS, [ORDERS]: 1 })}\n{"id":${ORDERS}}\n`);
  const id = ['--id', JSON.stringify(ORDERS), '--using', NAMED];
  const lines = [
    ['info', path],
    ['info', path, NAMED],
    ['status', path],
    ['search', path, NAMED, '--text', 'a'],
    ['search', path, NAMED, ...id],
    ['search', path, NAMED, '--id', JSON.stringify(`${ORDERS}x`), '--using', NAMED],
    [
      'search',
      path,
      NAMED,
      '--text',
      'c',
      '--highlight',
      '--filter',
      JSON.stringify({ must: [{ key: 'said', match: { value: ORDERS } }] }),
    ],
    [
      'explain',
      path,
      NAMED,
      '--query',
      JSON.stringify({
        query: { text: ORDERS },
        filter: { must: [{ key: 'said', match: { value: ORDERS } }] },
      }),
    ],
    ['explain', path, NAMED, ...id],
    ['search', path, '--id', '1'],
    ['get', path, NAMED, JSON.stringify(ORDERS), JSON.stringify(`${ORDERS}x`)],
    ['export', path, `${NAMED}x`, '-'],
    ['recall', path, NAMED, '--using', NAMED],
    ['verify', path],
    ['compact', path, NAMED],
    ['import', path, NAMED, file],
    ['import', path, NAMED, file, '--id', ORDERS],
    ['import', path, NAMED, file, '--on-error', 'skip'],
    ['import', path, `new ${NAMED}`, file, '--no-vector', '--on-error', 'skip', '--dry-run'],
    ['delete', path, NAMED, '--filter', `${ORDERS}`],
    ['backup', path, join(folder, 'named.silt'), '--collection', NAMED],
    ['push', '--path', path, '--to', around.server, '--collection', NAMED],
    [ORDERS],
  ];
  for (const line of lines)
    for (const more of [[], ['--json']]) {
      const one = await ran(...line, ...more);
      expect(CODES, one.err).toContain(one.code);
      expectNoOrders(line.join(' '), one);
      if (line[0] === 'search' && one.code === 0 && one.out.length > 20)
        expect(stripVTControlCharacters(one.out)).toContain('\\u009b7m');
    }
});
