/* Parts of the dashboard's page that need no browser: its address, what is kept, the query as code. */
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, expect, test, vi } from 'vitest';
import { open } from '#silt/index.js';
import { routeIn, tokenIn } from '../../src/dashboard/address.ts';
import { kept } from '../../src/dashboard/kept.ts';
import { nextStep } from '../../src/dashboard/map/draw-points.ts';
import { commonValue } from '../../src/dashboard/map/regions.ts';
import { curl, typescript } from '../../src/dashboard/query/code.ts';
import { withFolder } from '../support/files.js';
import { ROOT } from '../support/sources.js';

afterEach(() => void vi.unstubAllGlobals());

test('an address that was written by hand shows what it can', () => {
  const shown = (hash: string) => {
    const { tab, collection, params } = routeIn(hash);
    return [tab, collection, params.get('id')];
  };
  expect(shown('#/points/a%2Fb%20c?id=%227%22')).toEqual(['points', 'a/b c', '"7"']);
  expect(shown('#/points/50%?id=%')).toEqual(['points', '50%', '%']);
  expect(shown('')).toEqual(['', '', null]);
  expect([tokenIn('#token=a%2Bb'), tokenIn('#token=100%'), tokenIn('#/points')]).toEqual([
    'a+b',
    '100%',
    undefined,
  ]);
});

test('where the browser keeps nothing, the page does', () => {
  const full = { getItem: () => null, removeItem: () => {}, setItem: () => expect.fail('full') };
  for (const storage of [undefined, full]) {
    vi.stubGlobal('localStorage', storage);
    kept.set('a', '1');
    expect(kept.get('a')).toBe('1');
    kept.remove('a');
    expect(kept.get('a')).toBeNull();
  }
});

test('curl gets the names and values that were typed, whatever is in them', () => {
  vi.stubGlobal('location', { origin: 'http://127.0.0.1:1' });
  const request = `{"query": {"text": "it's $(x) \`y\`"}}`;
  const line = curl("the '$HOME'", request, true).replace(/^curl/, 'printf "%s\\n"');
  const [url, , type, , key, , body] = execFileSync('sh', ['-c', line], {
    encoding: 'utf8',
    env: { SILT_API_KEY: 'k' },
  }).split('\n');
  expect(decodeURIComponent(url!)).toBe("http://127.0.0.1:1/dashboard/api/collections/the '$HOME'/query");
  expect([type, key]).toEqual(['content-type: application/json', 'api-key: k']);
  expect(body).toBe(`{"request": ${request}}`);
});

test('TypeScript runs as it is copied, and finds what large ids and values name', () =>
  withFolder(async (folder) => {
    const big = 2n ** 53n + 1n;
    const path = join(folder, 'the "data"');
    {
      await using db = await open(path);
      const points = await db.createCollection("it's", { dimension: 2, metric: 'euclidean' });
      await points.upsert([
        { id: big, vector: [1, 1], payload: { n: 1e20 } },
        { id: 2n ** 64n - 1n, vector: [1, 2], payload: { n: 1e20 } },
      ]);
    }
    const request = `{"query": {"nearest": {"id": ${big}}}, "k": 3,
      "filter": {"must": [{"key": "n", "range": {"gte": 100000000000000000000, "lt": 1.0000000000000000001e21}}]}}`;
    const code = typescript("it's", path, request)
      .replace("'silt'", JSON.stringify(pathToFileURL(join(ROOT, 'dist/index.js')).href))
      .concat('console.log(hits.map(({ id }) => String(id)).join());\n');
    const file = join(folder, 'query.mjs');
    await writeFile(file, code);
    expect(execFileSync(process.execPath, [file], { encoding: 'utf8' })).toBe(`${2n ** 64n - 1n}\n`);
  }));

test('TypeScript of a server in memory says that it needs a folder', () => {
  expect(typescript('c', null, '{}')).toContain('in memory: name a folder');
});

test('a region has the name of the value that most of its points have, and none where these have other values', () => {
  const entries = [
    { label: 'noun', count: 4 },
    { label: '12 others', count: 4, rest: true },
  ] as const;
  const codes = Uint8Array.from([1, 1, 1, 1, 2, 2, 2, 2, 0, 0, 0, 0]);
  const nameOf = (...members: number[]) =>
    commonValue(
      { centre: members[0]!, x: 0, y: 0, members },
      { path: 'kind', entries, ranges: false, codes, edition: 1 },
    );
  expect(nameOf(0, 1, 2, 8)).toBe('noun');
  expect(nameOf(0, 1, 8, 9)).toBeUndefined();
  expect(nameOf(4, 5, 6, 7)).toBeUndefined();
});

test('points are drawn so many at a time as take some milliseconds, whatever draws them', () => {
  const settled = (msEach: number): number => {
    let step = 10_000;
    for (let i = 0; i < 50; i++) step = nextStep(step, step, step * msEach);
    return step * msEach;
  };
  for (const msEach of [0.0001, 0.0006, 0.003]) {
    expect(settled(msEach)).toBeGreaterThan(1);
    expect(settled(msEach)).toBeLessThanOrEqual(5);
  }
  expect(nextStep(1_000, 1_000, 100)).toBe(1_000);
  expect(nextStep(10_000, 40, 0)).toBe(10_000); // the last few say nothing of many
});
