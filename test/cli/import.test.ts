/* `silt import` and `silt export`, as processes: each format, rows that cannot be taken, and an import that is killed. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type CollectionConfig, open } from '#silt/index.js';
import { someOf } from '../support/amount.js';
import { answered, ran, starting } from '../support/command.js';
import { withFolder } from '../support/files.js';

type Contents = { id: unknown; vector: number[] | undefined; payload: unknown }[];

async function contentsOf(
  path: string,
  name: string,
): Promise<{ config: CollectionConfig; points: Contents }> {
  await using db = await open(path);
  const collection = db.collection(name);
  const points: Contents = [];
  for await (const { id, vector, payload } of collection.scroll({ withVector: true }))
    points.push({ id, vector: vector && Array.from(vector as Float32Array), payload });
  return { config: collection.config, points };
}

test('JSON lines: columns are guessed and shown, bad lines are refused or left out, ids are exact', () =>
  withFolder(async (folder) => {
    const [data, file] = [join(folder, 'data'), join(folder, 'words.jsonl')];
    const lines = [
      '{"id":1,"embedding":[1,0.5],"title":"one"}',
      '{"id":18446744073709551615,"embedding":[2,0.5],"title":"two"}',
      '{"id":3,"embedding":[3',
      '',
      '{"id":4,"embedding":[4,5,6]}',
      '{"id":"five","embedding":[5,0.5],"tags":["a",{"b":null}]}',
    ];
    await writeFile(file, `\ufeff${lines.join('\r\n')}\n`);
    const dry = await ran('import', data, 'words', file, '--dry-run');
    expect(dry).toMatchObject({ code: 8, out: expect.stringContaining('5 rows, 2 of them cannot be taken') });
    expect(dry.err).toMatch(
      /line 3: .*cannot be taken\nsilt: line 5: .*has 3 components, expected 2.*cannot be taken\n/,
    );
    expect(dry.err).toContain(
      'id: column "id"; vector: column "embedding" (2 numbers); payload: title, tags\n',
    );
    expect(existsSync(data)).toBe(false);

    const refused = await ran('import', data, 'words', file);
    expect(refused).toMatchObject({ code: 8, out: '' });
    expect(refused.err).toMatch(
      /\nsilt: line 3: .*\. What stands before it, or is valid in its batch, is written \(2 points\)\.\n/,
    );
    const skip = ['import', data, 'words', file, '--on-error', 'skip', '--json'];
    const other = await ran(...skip, '--metric', 'dot');
    expect(other).toMatchObject({ code: 2, err: expect.stringContaining('has the metric cosine: leave') });
    const done = await ran(...skip);
    expect(done.code).toBe(0);
    expect(JSON.parse(done.out)).toMatchObject({
      rows: 5,
      inserted: 1,
      replaced: 2,
      skipped: 2,
      resumedAt: 0,
    });
    expect(done.err).toMatch(
      /silt: line 3: .*: left out\nsilt: line 5: the vector \(id 4\) has 3 comp.*: left out\n/,
    );
    const { config, points } = await contentsOf(data, 'words');
    expect(config).toMatchObject({ dimension: 2, metric: 'cosine' });
    expect(points.map(({ id, payload }) => [id, payload])).toEqual([
      [1, { title: 'one' }],
      [2n ** 64n - 1n, { title: 'two' }],
      ['five', { tags: ['a', { b: null }] }],
    ]);
    expect(existsSync(join(data, 'import-state.json'))).toBe(false);
  }));

test('what is exported is imported as it was', () =>
  withFolder(async (folder) => {
    const [data, back] = [join(folder, 'data'), join(folder, 'back')];
    const db = await open(data);
    const words = await db.createCollection('words', { dimension: 2, metric: 'euclidean' });
    await words.upsert([
      { id: 0, vector: [0.1, 1 / 3] },
      { id: 2n ** 64n - 1n, vector: [1e-20, -5], payload: { a: 'x, "y"\nz', b: { c: [1] } } },
      { id: '7', vector: [1, 2], payload: { b: 1.5 } },
    ]);
    await db.close();
    const before = await contentsOf(data, 'words');
    const names = someOf(['words.csv', 'words.jsonl', 'words.fvecs'], 2);
    for (const name of names) {
      const file = join(folder, name);
      const { code, out } = await ran('export', data, 'words', file, '--json');
      expect([code, JSON.parse(out)]).toMatchObject([0, { points: 3, path: file }]);
      await answered('import', back, name, file, '--metric', 'euclidean');
    }
    if (names.includes('words.jsonl'))
      expect((await contentsOf(back, 'words.jsonl')).points).toEqual(before.points);
    const csv = (await contentsOf(back, 'words.csv')).points;
    expect(csv.map(({ id, vector }) => [id, vector])).toEqual(before.points.map((p) => [p.id, p.vector]));
    expect(csv[1]!.payload).toEqual({ a: 'x, "y"\nz', b: '{"c":[1]}' });
    const vectors = (await contentsOf(back, 'words.fvecs')).points.map(({ vector }) => vector);
    expect(vectors).toEqual(before.points.map(({ vector }) => vector));
    const npy = join(folder, 'words.npy');
    await answered('export', data, 'words', npy);
    const bytes = readFileSync(npy);
    const head = 10 + bytes.readUInt16LE(8);
    expect(head % 64).toBe(0);
    expect(bytes.toString('latin1', 10, head)).toMatch(/^{'descr': '<f4', .*'shape': \(3, 2\), } *\n$/);
    await answered('import', back, 'npy', npy, '--metric', 'euclidean');
    expect((await contentsOf(back, 'npy')).points.map(({ vector }) => vector)).toEqual(vectors);
    const bare = await ran('export', data, 'words', join(folder, 'bare.npy'), '--no-vector');
    expect(bare).toMatchObject({ code: 2, err: expect.stringContaining('npy has nothing but vectors') });
    const again = await ran('export', data, 'words', join(folder, 'words.csv'));
    expect(again).toMatchObject({ code: 6, err: expect.stringContaining('--overwrite') });
    const piped = await ran('export', data, 'words', '-', '--no-vector', '--limit', '1');
    expect(piped.out).toBe('{"id":0}\n');
  }));

test('fields that the first points lack are made all the same, and are told', () =>
  withFolder(async (folder) => {
    const [data, back, file] = [join(folder, 'data'), join(folder, 'back'), join(folder, 'shop.jsonl')];
    const dense = { dimension: 2, metric: 'cosine' } as const;
    {
      await using db = await open(data);
      const shop = await db.createCollection('shop', {
        vectors: { title: dense, image: dense },
        sparse: { tags: {} },
      });
      await shop.upsert([
        { id: 1, vector: { title: [1, 2] }, payload: { a: 1 } },
        { id: 2 },
        { id: 3, vector: { image: [3, 4], tags: { indices: [7], values: [0.5] } } },
      ]);
    }
    await answered('export', data, 'shop', file);
    const { code, err } = await ran('import', back, 'shop', file);
    expect([code, err]).toEqual([
      0,
      expect.stringContaining(
        'makes "shop": image (2 numbers, cosine); title (2 numbers, cosine); tags (sparse)\n',
      ),
    ]);
    await using db = await open(back);
    expect((await db.collection('shop').get(3))?.vector.image).toEqual(new Float32Array([3, 4]));
  }));

test('an export into a pipe writes into it, and one into a folder nowhere', () =>
  withFolder(async (folder) => {
    const [data, pipe] = [join(folder, 'data'), join(folder, 'pipe')];
    const db = await open(data);
    await (await db.createCollection('words', { dimension: 1, metric: 'dot' })).upsert({
      id: 0,
      vector: [1],
    });
    await db.close();
    execFileSync('mkfifo', [pipe]);
    const to = (path: string) => ran('export', data, 'words', path, '--format', 'jsonl', '--overwrite');
    const [into, none, taken] = await Promise.all([to(pipe), to(folder), readFile(pipe, 'utf8')]);
    expect([into.code, taken, statSync(pipe).isFIFO()]).toEqual([0, '{"id":0,"vector":[1]}\n', true]);
    expect(none).toMatchObject({ code: 2, err: expect.stringContaining('is a folder') });
  }));

test('an import that is killed goes on where it was, and has each row once', () =>
  withFolder(async (folder) => {
    const [data, file] = [join(folder, 'data'), join(folder, 'many.jsonl')];
    const rows = 6_000;
    const lines = Array.from(
      { length: rows },
      (_, i) => `{"id":${i},"vector":[${i},1],"payload":{"n":${i}}}`,
    );
    await writeFile(file, lines.join('\n'));
    const state = join(data, 'import-state.json');
    const args = ['import', data, 'many', file, '--batch', '20', '--metric', 'euclidean'];
    const first = starting(args);
    while (!existsSync(state) || JSON.parse(readFileSync(state, 'utf8')).rows < 400)
      await new Promise((resolve) => setTimeout(resolve, 5));
    first.child.kill('SIGKILL');
    await once(first.child, 'close');
    // Ctrl+C ends it with what was read on the disk.
    const second = starting(args);
    while (!second.err().includes('goes on behind')) await once(second.child.stderr!, 'data');
    second.child.kill('SIGINT');
    expect(await second.ended).toMatchObject({ code: 130 });
    const third = (await answered(...args.slice(0, 4), '--batch', '5000')) as Record<string, number>;
    expect(third).toMatchObject({ rows, skipped: 0 });
    expect(third['resumedAt']).toBeGreaterThanOrEqual(400);
    expect(await answered('status', data)).toMatchObject([{ name: 'many', indexed: rows, pending: 0 }]);
    const { points } = await contentsOf(data, 'many');
    expect(points.map(({ id }) => id)).toEqual(Array.from({ length: rows }, (_, i) => i));
    expect(points.at(-1)).toMatchObject({ vector: [rows - 1, 1], payload: { n: rows - 1 } });
    expect(existsSync(state)).toBe(false);
  }));

test('what cannot be imported is said before anything is made', () =>
  withFolder(async (folder) => {
    const file = join(folder, 'x.csv');
    await writeFile(file, 'a,b\n1,2\n');
    const data = join(folder, 'data');
    const table = [
      [
        ['import', data, 'x', join(folder, 'none.csv')],
        3,
        /^silt: there is no such file: .*none\.csv\. Check the path\n$/,
      ],
      [['import', data, 'x', join(folder, 'x.json')], 2, /jq -c '\.\[\]' .*x\.json/],
      [['import', data, 'x', join(folder, 'x.txt')], 2, /does not say which format.*\(jsonl, csv,/],
      [['import', data, 'x', file, '--id', 'c'], 2, /--id: there is no column "c"; there is a, b/],
      [['import', data, 'x', file, '--vector', 'a'], 2, /--vector: the first rows have no vector in "a"/],
      [['import', data, 'x', file, '--format', 'npy'], 5, /not an npy file/],
      [['import', data, 'x', file, '--format', 'parquet'], 5, /cannot be read as Parquet/],
      [['export', data, 'x', join(folder, 'y.csv')], 3, /there is no database/],
    ] as const;
    const all = await Promise.all(table.map(([args]) => ran(...args)));
    for (const [at, [args, code, text]] of table.entries()) {
      expect([all[at]!.code, all[at]!.out], `${args.join(' ')}: ${all[at]!.err}`).toEqual([code, '']);
      expect(all[at]!.err).toMatch(text);
    }
    expect(existsSync(data)).toBe(false);
  }));

test('vectors by name come back from what was exported, and texts are searched by words', () =>
  withFolder(async (folder) => {
    const [data, file] = [join(folder, 'data'), join(folder, 'docs.jsonl')];
    const points = [
      {
        id: 1,
        vector: { '': [1, 0], title: [1, 0, 0], terms: { indices: [7], values: [0.5] } },
        payload: { say: 'still waters' },
      },
      { id: 2, vector: { title: [0, 1, 0] }, payload: { say: 'loud waters' } },
    ];
    {
      await using db = await open(data);
      const docs = await db.createCollection('docs', {
        dimension: 2,
        metric: 'dot',
        vectors: { title: { dimension: 3, metric: 'dot' } },
        sparse: { terms: {} },
      });
      await docs.upsert(points as never);
    }
    await answered('export', data, 'docs', file);
    expect(await answered('import', data, 'docs', file)).toMatchObject({ replaced: 2 });
    const again = ['import', join(folder, 'again'), 'docs', file, '--metric', 'dot', '--text', 'say'];
    expect(await answered(...again)).toMatchObject({ inserted: 2 });
    expect(
      await answered('search', join(folder, 'again'), '--text', 'still', '--using', 'say'),
    ).toMatchObject([{ id: 1 }]);
    await using db = await open(join(folder, 'again'));
    const { dimension, vectors, sparse } = db.collection('docs').config;
    expect({ dimension, vectors, sparse }).toMatchObject({
      dimension: 2,
      vectors: { title: { dimension: 3 } },
      sparse: { terms: {} },
    });
    const [one, two] = await db.collection('docs').getMany([1, 2]);
    expect([one!.vector, two!.vector].map((vector) => Object.keys(vector as object).sort())).toEqual([
      ['', 'terms', 'title'],
      ['title'],
    ]);
  }));

test('--dry-run refuses what an import refuses: by the collection that is there, or the one that it would make', () =>
  withFolder(async (folder) => {
    const [data, file] = [join(folder, 'data'), join(folder, 'rows.jsonl')];
    const rows = ['[1,2]', '[0,0]', '[1,2,3]', '[1e39,1]', '[3,4]'];
    await writeFile(file, rows.map((vector, id) => `{"id":${id},"vector":${vector}}\n`).join(''));
    const wrong = async (command: readonly string[]): Promise<string[]> => {
      const { err } = await ran(...command, '--on-error', 'skip');
      return [...err.matchAll(/^silt: line (\d+): (.*): (?:would be )?left out$/gm)].map(
        ([, at, why]) => `${at} ${why}`,
      );
    };
    const dry = await wrong(['import', data, 'a', file, '--dry-run', '--batch', '2']);
    expect(dry.map((line) => line[0])).toEqual(['2', '3', '4']);
    expect(existsSync(data)).toBe(false);
    expect(await wrong(['import', data, 'a', file, '--batch', '2'])).toEqual(dry);
    {
      await using db = await open(data);
      await db.createCollection('there', { dimension: 3, metric: 'euclidean' });
    }
    const there = await wrong(['import', data, 'there', file, '--dry-run']);
    expect(there.map((line) => line[0])).toEqual(['1', '2', '4', '5']);
    expect(await answered('info', data, 'there')).toMatchObject({ points: 0 });
    const metric = await ran('import', data, 'there', file, '--dry-run', '--metric', 'dot');
    expect(metric).toMatchObject({
      code: 2,
      err: expect.stringContaining('has the metric euclidean: leave'),
    });
  }));

test('files are told of in words of files: columns of numbers, a row without a vector, a column whose name is no path', () =>
  withFolder(async (folder) => {
    const [wide, lacks, named] = ['wide.csv', 'lacks.jsonl', 'named.csv'].map((name) =>
      join(folder, name),
    ) as [string, string, string];
    await writeFile(wide, 'id,v0,v1\n1,0.5,0.25\n');
    await writeFile(lacks, '{"id":1,"vector":[1,2]}\n{"id":2}\n');
    await writeFile(named, 'id,Title (long)\n1,still waters\n');
    const data = join(folder, 'data');
    expect(await ran('import', data, 'wide', wide)).toMatchObject({
      code: 0,
      err: expect.stringContaining('no column has vectors, such as [0.1, 0.2]: points have payloads alone'),
    });
    expect((await ran('import', data, 'said', wide, '--no-vector')).err).not.toContain(
      'no column has vectors',
    );
    expect(await ran('import', data, 'lacks', lacks)).toMatchObject({
      code: 8,
      err: expect.stringMatching(/line 2: it has no vector: its column "vector" is empty\. What stands/),
    });
    const text = 'Title (long)';
    expect(await answered('import', data, 'named', named, '--text', text)).toMatchObject({ inserted: 1 });
    expect(await answered('search', data, 'named', '--text', 'waters', '--using', text)).toMatchObject([
      { id: 1 },
    ]);
  }));
