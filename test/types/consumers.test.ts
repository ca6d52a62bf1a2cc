/* The declarations that are shipped compile in the strictest project of a user, who need not have the DOM or Node's types. */
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { BESIDE, diagnosticsIn } from '../support/consumer.js';
import { withFolder } from '../support/files.js';
import { ROOT } from '../support/sources.js';

/** The first steps of the README, and some more. */
const APP = `
import { AsyncIndexBuilder, HnswIndex, open, SiltError, type Collection, type Filter, type Hit } from 'silt';

interface Meta { file: string; tags?: string[] }

export async function main(maybe: Filter<Meta> | undefined): Promise<Hit<Meta>[]> {
  await using db = await open();
  const docs: Collection<Meta> = await db.createCollection<Meta>('docs', { dimension: 2, metric: 'cosine' });
  await docs.upsert([{ id: 'a', vector: new Float32Array([1, 0]), payload: { file: 'a' } }], { durability: 'committed' });
  await docs.ingest((async function* () { yield { id: 1, vector: [1, 2] } })());
  for await (const { vector } of docs.scroll({ withVector: true })) vector.length;
  try {
    const hits = await docs.search([1, 0], { k: 3, filter: maybe, withVector: false });
    const file: string | undefined = hits[0]?.payload?.file;
    return file === undefined ? [] : hits;
  } catch (error) {
    if (error instanceof SiltError && error.code === 'INVALID_OPTION') return [];
    throw error;
  }
}

export async function fields(): Promise<number | undefined> {
  await using db = await open();
  const docs = await db.createCollection('docs', { vectors: { title: { dimension: 2, metric: 'dot' } }, sparse: { words: {} } });
  await docs.upsert({ id: 1, vector: { title: [1, 2], words: { indices: [1], values: [1] } } });
  const [hit] = await docs.search([1, 2], { using: 'title', withVector: ['words'] });
  const all: Collection = docs;
  return hit?.vector?.words?.values[0] ?? (await all.count());
}

export const index: HnswIndex = new HnswIndex({ dimension: 2, metric: 'l2' });
export const builder: AsyncIndexBuilder = new AsyncIndexBuilder(index, { merge_threshold: 10 });
export const loaded: Promise<HnswIndex> = HnswIndex.load('./file');
`;

/** What a user says who has the DOM or Node: the real classes fit. */
const WEB = `
import { open } from 'silt';
export async function web(stream: ReadableStream<{ id: number; vector: number[] }>, signal: AbortSignal | undefined) {
  const db = await open(new URL('file:///data'));
  await db.collection('docs').ingest(stream, { signal });
  return db.collection('docs').search([1], { signal });
}
`;

/** What the compiler says of a program in a folder of a user who has installed the package. */
async function diagnosticsOf(
  sources: Record<string, string>,
  options: ts.CompilerOptions,
): Promise<readonly string[]> {
  let found: readonly string[] = [];
  await withFolder(async (folder) => {
    const silt = join(folder, 'node_modules/silt');
    mkdirSync(join(silt, 'dist'), { recursive: true });
    cpSync(join(ROOT, 'package.json'), join(silt, 'package.json'));
    for (const entry of ['silt', 'qdrant', 'server'])
      cpSync(join(ROOT, `dist/${entry}.d.ts`), join(silt, `dist/${entry}.d.ts`));
    found = diagnosticsIn(folder, sources, options);
  });
  return found;
}

const ES2023 = ['lib.es2023.d.ts'];

describe('a strict project without skipLibCheck', () => {
  test('compiles with lib es2023 alone: no DOM, no types of Node', async () => {
    expect(await diagnosticsOf({ 'app.ts': APP, 'beside.ts': BESIDE }, { lib: ES2023 })).toEqual([]);
  });

  test('compiles with the DOM, whose signals, streams and URLs fit', async () => {
    const lib = [...ES2023, 'lib.dom.d.ts', 'lib.dom.asynciterable.d.ts'];
    expect(await diagnosticsOf({ 'app.ts': APP, 'web.ts': WEB }, { lib })).toEqual([]);
  });

  test('compiles with the types of Node, whose signals, streams and URLs fit', async () => {
    const typeRoots = [join(ROOT, 'node_modules/@types')];
    const o = { lib: ES2023, types: ['node'], typeRoots };
    expect(await diagnosticsOf({ 'app.ts': APP, 'web.ts': WEB }, o)).toEqual([]);
  });

  test('compiles for a bundler', async () => {
    const o = {
      lib: ES2023,
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
    };
    expect(await diagnosticsOf({ 'app.ts': APP, 'beside.ts': BESIDE }, o)).toEqual([]);
  });
});
