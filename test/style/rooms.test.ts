/* Who may import whom: a folder takes from the folders below it, never from above, and never in a circle. */
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { expect, test } from 'vitest';
import { type Import, importsOf, ROOT, sourcesOf } from '../support/sources.js';

/** From above to below; those in one line may not import each other. */
const ROOMS = [
  ['src/cli', 'src/dashboard'],
  ['src/server'],
  ['src/index.ts', 'src/threads'],
  ['src/database'],
  ['src/collection'],
  ['src/fields'],
  ['src/filter'],
  ['src/vector-index', 'src/map'],
  ['src/hnsw'],
  ['src/store'],
  ['src/kernel'],
  ['src/platform'],
  ['src/api'],
  ['src/base'],
];

/** Within a collection, likewise; what is in no line is below them all. */
const FLOORS = [
  [
    'src/collection/collection.ts',
    'src/collection/core.ts',
    'src/collection/searches.ts',
    'src/collection/changes.ts',
    'src/collection/status.ts',
    'src/collection/map-walk.ts',
    'src/collection/point-map.ts',
  ],
  ['src/collection/upkeep'],
  ['src/collection/write'],
  ['src/collection/read'],
  ['src/collection/live-index.ts'],
];

const sources = sourcesOf('src');
const imports = sources.flatMap(importsOf);
const inside = imports.filter(({ to }) => to.startsWith('src/'));

function roomOf(path: string): { room: string; floor: number } {
  for (const [floor, rooms] of ROOMS.entries()) {
    const room = rooms.find((name) => path === name || path.startsWith(`${name}/`));
    if (room) return { room, floor };
  }
  throw new Error(`${path} is in no room of the table: add its folder here and in the design`);
}

/** How far below the top of its collection a file is. */
function depthOf(path: string): number {
  const depth = FLOORS.findIndex((names) =>
    names.some((name) => path === name || path.startsWith(`${name}/`)),
  );
  return depth < 0 ? FLOORS.length : depth;
}

const show = ({ from, to }: Import): string => `${from} imports ${to}`;

test('the imports were found', () => {
  expect(sources.length).toBeGreaterThan(30);
  expect(inside.length).toBeGreaterThan(sources.length);
  expect(inside.map(show)).toContain('src/index.ts imports src/platform/node/node.ts');
});

test('every file is in a room', () => {
  for (const { path } of sources) roomOf(path);
});

test('rooms import from rooms below alone', () => {
  const wrong = inside.filter(({ from, to }) => {
    const [above, below] = [roomOf(from), roomOf(to)];
    return above.room !== below.room && above.floor >= below.floor;
  });
  expect(wrong.map(show)).toEqual([]);
});

test('a collection reads over what lives, writes over reads, and keeps up over both', () => {
  const within = inside.filter(({ from, to }) =>
    [from, to].every((path) => path.startsWith('src/collection/')),
  );
  expect(within.filter(({ from, to }) => depthOf(from) > depthOf(to)).map(show)).toEqual([]);
  for (const name of FLOORS.flat())
    expect(
      within.some(({ from }) => from === name || from.startsWith(`${name}/`)),
      name,
    ).toBe(true);
});

test('every relative import is of a file that is there', () => {
  const paths = new Set(sources.map(({ path }) => path));
  const missing = inside.filter(
    ({ to }) =>
      !paths.has(to) && !paths.has(`${to}.ts`) && !/^src\/(kernel|server\/dashboard)\/generated\//.test(to),
  );
  expect(missing.map(show)).toEqual([]);
});

test('no circle of imports, types included', () => {
  const next = new Map<string, string[]>();
  for (const { from, to } of inside) {
    const target = posix.extname(to) ? to : `${to}.ts`; // AssemblyScript names no extension
    next.set(from, [...(next.get(from) ?? []), target]);
  }
  const state = new Map<string, 'open' | 'done'>();
  const circles: string[] = [];
  const visit = (path: string, trail: string[]): void => {
    if (state.get(path) === 'done') return;
    if (state.get(path) === 'open') {
      circles.push([...trail.slice(trail.indexOf(path)), path].join(' → '));
      return;
    }
    state.set(path, 'open');
    for (const to of next.get(path) ?? []) visit(to, [...trail, path]);
    state.set(path, 'done');
  };
  for (const path of next.keys()) visit(path, []);
  expect(circles).toEqual([]);
});

test("node: is imported by Node's platform, the store of files, the command line and the server alone", () => {
  const wrong = imports.filter(
    ({ from, to }) => to.startsWith('node:') && !/^src\/(platform\/node|store\/lmdb|cli|server)\//.test(from),
  );
  expect(wrong.map(show)).toEqual([]);
});

test('addresses are computed by kernels alone: nobody else knows the words of a descriptor', () => {
  const wrong = sources.filter(({ path, text }) => !path.startsWith('src/kernel/') && /\bD_[A-Z]/.test(text));
  expect(wrong.map(({ path }) => path)).toEqual([]);
});

/** Entries of the package and of its threads: they alone say what it runs on. */
const ENTRIES = /^src\/(index\.ts|threads\/|store\/lmdb\/writer\.ts|cli\/|server\/)/;

/** What the store of files has of Node's threads and packages: it runs on nothing else. */
const OF_NODE = /^src\/platform\/node\/(thread|native)\.ts$/;

test('the platform and the store of files are handed in by entries: nobody else imports one', () => {
  const ofSystem = /^src\/(platform\/(node|simulated)|store\/lmdb)\//;
  const wrong = inside.filter(
    ({ from, to }) =>
      ofSystem.test(to) &&
      !OF_NODE.test(to) &&
      !ENTRIES.test(from) &&
      ofSystem.exec(from)?.[0] !== ofSystem.exec(to)![0],
  );
  expect(wrong.map(show)).toEqual([]);
});

test('nobody else asks the system for time or timers, or for the process it runs in', () => {
  const direct =
    /(?<![.\w])(setTimeout|setInterval|setImmediate|clear(Timeout|Interval|Immediate)|performance|process|crypto|Buffer)\s*[.?(]|globalThis\.(?!crypto\.getRandomValues)|\bNodeJS\b|Date\.now|new Date|AbortSignal\.timeout/;
  const core = sources.filter(
    ({ path }) => !/^src\/(platform\/node|store\/lmdb|cli|dashboard|server|kernel\/asm)\//.test(path),
  );
  expect(core.length).toBeGreaterThan(100);
  const wrong = core.filter(({ text }) =>
    direct.test(text.replace(/\/\*[\s\S]*?\*\/|\/\/.*|'[^'\n]*'|`[^`]*`/g, '')),
  );
  expect(wrong.map(({ path }) => path)).toEqual([]);
});

/** Packages that are needed at run time, and the only file or folder that imports each. */
const PACKAGES: Readonly<Record<string, string>> = {
  '@fastify/busboy': 'src/server/http/upload.ts',
  '@fastify/cors': 'src/server/http/app.ts',
  '@orama/stemmers': 'src/fields/text/analysis/languages.ts',
  '@orama/stopwords': 'src/fields/text/analysis/languages.ts',
  stemmer: 'src/fields/text/analysis/languages.ts',
  '@node-rs/crc32': 'src/store/lmdb/checksum.ts',
  '@modelcontextprotocol/server': 'src/cli/',
  '@clack/prompts': 'src/cli/commands/init.ts',
  'apache-arrow': 'src/cli/formats/arrow',
  'cli-progress': 'src/cli/frame/progress.ts',
  commander: 'src/cli/',
  'csv-parse': 'src/cli/formats/csv.ts',
  'fast-string-truncated-width': 'src/cli/frame/text.ts',
  fastify: 'src/server/http/app.ts',
  hyparquet: 'src/cli/formats/parquet.ts',
  'hyparquet-compressors': 'src/cli/formats/parquet.ts',
  'hyparquet-writer': 'src/cli/formats/parquet-writer.ts',
  lmdb: 'src/store/lmdb/tables.ts',
  'modern-tar': 'src/server/qdrant/archive.ts',
  msgpackr: 'src/store/payload.ts',
  'roaring-wasm': 'src/filter/bitmap.ts',
  typebox: 'src/server/qdrant/schema/schema.ts',
  yauzl: 'src/cli/formats/npz.ts',
  zod: 'src/cli/mcp/',
};

test('packages are imported in the files named for them alone', () => {
  // What the page of the dashboard is made of stands in the build, as a text.
  const outside = imports.filter(
    ({ from, to, typeOnly }) =>
      !from.startsWith('src/dashboard/') && !to.startsWith('src/') && !to.startsWith('node:') && !typeOnly,
  );
  const packageOf = (to: string): string => /^(@[^/]+\/)?[^/]+/.exec(to)![0];
  const wrong = outside.filter(({ from, to }) => !from.startsWith(PACKAGES[packageOf(to)] ?? 'nowhere'));
  expect(wrong.map(show)).toEqual([]);
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  expect(Object.keys(dependencies).sort()).toEqual(Object.keys(PACKAGES).sort());
  expect(new Set(outside.map(({ to }) => packageOf(to)))).toEqual(new Set(Object.keys(PACKAGES)));
});

test('examples import the package alone, as its users do', () => {
  const relative = sourcesOf('examples')
    .flatMap(importsOf)
    .filter(({ to }) => /^(src|dist|#silt)/.test(to));
  expect(relative.map(show)).toEqual([]);
});

test('tests import the build through the imports map, and nothing from src but the page, which is built as one text', () => {
  const wrong = sourcesOf('test')
    .flatMap(importsOf)
    .filter(
      ({ to }) => (to.startsWith('src/') && !to.startsWith('src/dashboard/')) || to.startsWith('dist/'),
    );
  expect(wrong.map(show)).toEqual([]);
});
