/* What is exported is imported as the same collection: metrics, idf, settings of text and payload indexes, not points alone. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { open } from '#silt/index.js';
import { serve } from '#silt/server/http/index.js';
import { answered, ran } from '../support/command.js';
import { folderOfFile } from '../support/files.js';

const folder = folderOfFile();
const data = join(folder, 'data');

beforeAll(async () => {
  await using db = await open(data);
  const rich = await db.createCollection('rich', {
    dimension: 2,
    metric: 'euclidean',
    hnsw: { m: 24 },
    vectors: {
      title: { dimension: 3, metric: 'dot', storage: 'disk' },
      parts: { dimension: 2, metric: 'cosine', multi: true },
    },
    sparse: { terms: { modifier: 'idf' } },
    text: { body: { path: 'about.text', language: 'german', k1: 1.5 } },
  });
  await rich.createPayloadIndex('year', 'integer');
  await rich.upsert([
    { id: 1, vector: { '': [1, 2] }, payload: { year: 1999, about: { text: 'die Häuser' } } },
    {
      id: 'two',
      vector: { '': [0, 0], title: [1, 0, 0], terms: { indices: [7], values: [1] }, parts: [[1, 0]] },
      payload: { year: 2000 },
    },
  ]);
  const plain = await db.createCollection('plain', { dimension: 2, metric: 'manhattan' });
  await plain.upsert({ id: 1, vector: [0, 0] });
}, 60_000);

/** All that a collection is, but for its name and when it was made. */
async function contentsOf(path: string, name: string): Promise<object> {
  await using db = await open(path, { readOnly: true });
  const collection = db.collection(name);
  const points: unknown[] = [];
  for await (const point of collection.scroll({ withVector: true })) points.push(point);
  const { config, payloadIndexes } = collection.info();
  return { config, indexes: payloadIndexes.map(({ path, kind }) => ({ path, kind })), points };
}

test.each(['parquet', 'arrow'])(
  '%s carries what the collection was, to a folder and to a server',
  async (format) => {
    const file = join(folder, `rich.${format}`);
    await answered('export', data, 'rich', file);
    const { code, err } = await ran('import', join(folder, format), 'copy', file);
    expect([code, err]).toEqual([0, expect.stringContaining('makes "copy": vector (2 numbers, euclidean)')]);
    const before = await contentsOf(data, 'rich');
    expect(await contentsOf(join(folder, format), 'copy')).toEqual(before);
    const served = join(folder, `served-${format}`);
    {
      await using server = await serve({ path: served, port: 0 });
      await answered('import', server.url, 'copy', file);
    }
    expect(await contentsOf(served, 'copy')).toEqual(before);
    const dot = join(folder, `dot-${format}`);
    await answered('import', dot, 'copy', file, '--metric', 'dot');
    expect(await contentsOf(dot, 'copy')).toMatchObject({
      config: { metric: 'dot', vectors: { parts: { dimension: 2, metric: 'dot', multi: true } } },
      indexes: [],
    });
  },
);

test.each([
  ['rich', 'jsonl'],
  ['rich', 'csv'],
  ['plain', 'npz'],
  ['plain', 'fvecs'],
])(
  '%s as %s: info --json says what the collection was, and import --config takes it',
  async (name, format) => {
    const [file, config, into] = [`a.${format}`, `a-${format}.json`, `into-${format}`].map((one) =>
      join(folder, one),
    ) as [string, string, string];
    await answered('export', data, name, file);
    await writeFile(config, JSON.stringify(await answered('info', data, name)));
    await answered('import', into, 'copy', file, '--config', `@${config}`);
    const { points: was, ...before } = (await contentsOf(data, name)) as { points: object[] };
    const { points, ...after } = (await contentsOf(into, 'copy')) as { points: object[] };
    expect(after).toEqual(before);
    // A file of vectors has no ids: those are the numbers of the rows, from 0. Lists and objects of payloads are texts in CSV.
    if (format === 'fvecs') expect(points).toEqual([{ ...was[0], id: 0 }]);
    else if (format === 'csv') expect(points).toMatchObject(was.map((point) => ({ ...point, payload: {} })));
    else expect(points).toEqual(was);
  },
);

test('without vectors, it is made of the rest', async () => {
  const file = join(folder, 'bare.parquet');
  await answered('export', data, 'rich', file, '--no-vector');
  await answered('import', join(folder, 'bare'), 'copy', file);
  expect(await contentsOf(join(folder, 'bare'), 'copy')).toMatchObject({
    config: { dimension: 0, text: { body: { language: 'german', k1: 1.5 } } },
    indexes: [{ path: 'year', kind: 'integer' }],
  });
});

test('what is no configuration is refused before anything is made', async () => {
  const file = join(folder, 'row.jsonl');
  const into = join(folder, 'nothing');
  await writeFile(file, '{"id":1,"vector":[1,2]}\n');
  for (const [given, says] of [
    ['[1]', /--config is not a configuration, as silt info/],
    ['{"config":7}', /--config is not a configuration/],
    ['{"dimension":2,"metric":"none"}', /metric must be one of/],
  ] as const)
    expect(await ran('import', into, 'a', file, '--config', given)).toMatchObject({
      code: 2,
      err: expect.stringMatching(says),
    });
  expect(await ran('import', into, 'a', file, '--config', '{}', '--metric', 'dot')).toMatchObject({
    code: 2,
    err: expect.stringContaining('leave --metric out'),
  });
});
