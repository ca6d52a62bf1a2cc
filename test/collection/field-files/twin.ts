/* A collection of several fields whose answers are compared with those of the same store without any files. */
import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type Collection, open } from '#silt/index.js';
import { integer, type Random, randomOf } from '../../support/random.js';

interface Payload {
  body?: string | string[];
  n?: number;
}
type Point = Parameters<Collection<Payload>['upsert']>[0];

export const CONFIG = {
  vectors: {
    a: { dimension: 4, metric: 'euclidean', hnsw: { efConstruction: 20 } },
    b: { dimension: 4, metric: 'cosine', hnsw: { efConstruction: 20 } },
  },
  sparse: { words: { modifier: 'idf' } },
  text: { body: { path: 'body' }, plain: { path: 'body', positions: false, language: 'english' } },
  indexing: { threads: 1, paused: true },
} as const;

/** Few words, so that they come again; some grow rare. */
const wordOf = (random: Random): string => `w${Math.floor(40 * random() ** 2)}`;
export const textOf = (random: Random): string =>
  Array.from({ length: integer(random, 0, 12) }, () => (random() < 0.1 ? 'the' : wordOf(random))).join(' ');

const vectorOf = (random: Random): number[] => Array.from({ length: 4 }, () => random() - 0.5);
function sparseOf(random: Random): { indices: number[]; values: number[] } {
  const indices = [...new Set(Array.from({ length: 5 }, () => integer(random, 0, 30)))].sort((a, b) => a - b);
  return { indices, values: indices.map(() => random() + 0.1) };
}

export function pointOf(random: Random, id: number): Point {
  const vector = {
    ...(random() < 0.5 && { a: vectorOf(random) }),
    ...(random() < 0.2 && { b: vectorOf(random) }),
    ...(random() < 0.6 && { words: sparseOf(random) }),
  };
  const body = random() < 0.2 ? [textOf(random), textOf(random)] : textOf(random);
  return { id, vector, payload: { n: integer(random, 0, 9), ...(random() < 0.8 && { body }) } } as Point;
}

/** Vectors of stored points change in place: their rows, and the other fields, stay. */
async function changeVectors(points: Collection<Payload>, random: Random, ids: number[]): Promise<void> {
  const found = await points.getMany([...new Set(ids)]);
  const there = found.flatMap((point) => (point ? [point.id] : []));
  if (random() < 0.3) await points.deleteVectors(there, [random() < 0.5 ? 'a' : 'words'] as never);
  else {
    const vectorOfOne = () => (random() < 0.5 ? { a: vectorOf(random) } : { words: sparseOf(random) });
    await points.updateVectors(there.map((id) => ({ id, vector: vectorOfOne() })) as never);
  }
}

/** One random change. */
export async function change(points: Collection<Payload>, random: Random): Promise<void> {
  const some = (): number[] => Array.from({ length: integer(random, 1, 12) }, () => integer(random, 0, 80));
  const draw = random();
  if (draw < 0.4) await points.upsert(some().map((id) => pointOf(random, id)) as Point);
  else if (draw < 0.7) await points.setPayload(some(), { body: textOf(random) });
  else if (draw < 0.8) await points.delete(some());
  else if (draw < 0.84) await points.deletePayload(some(), ['body']);
  else if (draw < 0.92) await changeVectors(points, random, some());
  else if (draw < 0.94) await points.search({ text: 'w1' }, { using: 'body' });
  else if (draw < 0.97) await points.buildNow();
  else await points.compact();
}

/** What all kinds of queries answer; the same seed, the same queries. */
async function answersOf(points: Collection<Payload>, random: Random): Promise<unknown[]> {
  const k = 200;
  const answers: unknown[] = [];
  for (let i = 0; i < 3; i++) {
    const [text, n] = [`${wordOf(random)} ${wordOf(random)}`, integer(random, 0, 9)];
    const filter = { must: { key: 'n', match: { value: n } } };
    for (const using of ['body', 'plain'])
      for (const query of [
        { text },
        { text, match: 'all' },
        { text: text.slice(0, 2), prefix: true },
        { text, fuzzy: 1 },
        ...(using === 'body' ? [{ text, match: 'phrase' }] : []),
      ])
        answers.push(await points.search(query as { text: string }, { using, k }));
    answers.push(await points.search({ text }, { using: 'body', k, filter }));
    answers.push(await points.search(sparseOf(random), { using: 'words', k, filter }));
    answers.push(await points.search(sparseOf(random), { using: 'words', k }));
    for (const using of ['a', 'b'])
      answers.push(await points.search(vectorOf(random), { using, k, exact: true }));
    answers.push(await points.count({ filter }));
  }
  return answers;
}

/** The database at `path`, which is open, answers as one over a copy of its store alone. */
export async function expectAsNew(path: string, points: Collection<Payload>, seed: Random): Promise<void> {
  const copy = `${path}-copy`;
  await mkdir(join(copy, 'store'), { recursive: true });
  await cp(join(path, 'store', 'data.mdb'), join(copy, 'store', 'data.mdb'));
  const fresh = await open(copy);
  try {
    const from = integer(seed, 0, 1e9);
    const expected = await answersOf(fresh.collection('points'), randomOf(from));
    expect(await answersOf(points, randomOf(from))).toEqual(expected);
    const { fields } = points.status();
    const other = fresh.collection('points').status().fields;
    for (const name of Object.keys(fields)) expect(fields[name]!.points, name).toBe(other[name]!.points);
  } finally {
    await fresh.close();
    await rm(copy, { recursive: true });
  }
}
