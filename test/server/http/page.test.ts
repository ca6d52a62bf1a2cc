/* What Qdrant's web page reads of a collection, in the shape that it draws: memory by vector, and the background build. */
import { expect, test } from 'vitest';
import type { Collection } from '#silt/index.js';
import { type Ask, withServer } from './served.js';

interface Usage {
  readonly ram_bytes: number;
}
interface Part {
  readonly name: string;
  readonly storage: Usage;
  readonly index: Usage;
}
interface Memory {
  readonly total: Usage;
  readonly vectors: readonly Part[];
  readonly sparse_vectors: readonly Part[];
  readonly payload: Usage;
  readonly payload_index: readonly { readonly name: string; readonly usage: Usage }[];
  readonly other: { readonly id_tracker: Usage };
}
interface Optimizations {
  readonly summary: Readonly<Record<string, number>>;
  readonly running: readonly {
    readonly uuid: string;
    readonly progress: {
      readonly started_at: string;
      readonly done: number;
      readonly total: number;
      readonly children: readonly { readonly name: string; readonly done: number; readonly total: number }[];
    };
  }[];
  readonly queued: readonly { readonly segments: readonly { readonly points_count: number }[] }[];
  readonly completed: readonly unknown[];
  readonly idle_segments: readonly { readonly uuid: string; readonly points_count: number }[];
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const SIZE = 64;

async function withCollection(run: (ask: Ask, collection: Collection) => Promise<void>): Promise<void> {
  await withServer({}, async ({ database }, ask) => {
    await ask('PUT', '/collections/page', {
      vectors: { title: { size: SIZE, distance: 'Cosine' }, image: { size: 4, distance: 'Dot' } },
      sparse_vectors: { words: {} },
    });
    await run(ask, database.collection('page'));
  });
}

/** Only some points have an image. */
async function add(ask: Ask, from: number, count: number): Promise<void> {
  const points = Array.from({ length: count }, (_, i) => {
    const id = from + i;
    const title = Array.from({ length: SIZE }, (_, at) => Math.sin(id * 31 + at * 7));
    const image = id % 4 === 0 ? { image: [id, 1, 2, 3] } : {};
    return { id, vector: { title, ...image, words: { indices: [id % 9], values: [1] } } };
  });
  expect((await ask('PUT', '/collections/page/points?wait=true', { points })).status).toBe(200);
}

const optimizations = async (ask: Ask): Promise<Optimizations> =>
  (await ask('GET', '/collections/page/optimizations?with=queued,completed,idle_segments'))
    .result as Optimizations;

test('the memory of a collection adds up by its vectors', async () => {
  await withCollection(async (ask) => {
    await add(ask, 1, 100);
    const memory = (await ask('GET', '/collections/page/memory')).result as Memory;
    expect(memory.vectors.map(({ name }) => name)).toEqual(['title', 'image']);
    expect(memory.sparse_vectors.map(({ name }) => name)).toEqual(['words']);
    for (const { index } of memory.vectors) expect(index.ram_bytes).toBeGreaterThan(0);
    const parts = [...memory.vectors, ...memory.sparse_vectors].flatMap(({ storage, index }) => [
      storage,
      index,
    ]);
    const all = [
      ...parts,
      memory.payload,
      ...memory.payload_index.map(({ usage }) => usage),
      memory.other.id_tracker,
    ];
    expect(all.reduce((sum, { ram_bytes }) => sum + ram_bytes, 0)).toBe(memory.total.ram_bytes);
    expect((await ask('GET', '/collections/none/memory')).status).toBe(404);
  });
});

test('a build that is paused is queued, one that goes on has a beginning and progress, and then all is idle', async () => {
  await withCollection(async (ask, collection) => {
    await ask('PATCH', '/collections/page', { optimizers_config: { indexing_threshold: 0 } });
    await add(ask, 0, 1_000);
    const paused = await optimizations(ask);
    expect(paused).toMatchObject({
      summary: { queued_optimizations: 1, queued_segments: 1, idle_segments: 0 },
      running: [],
      queued: [{ segments: [{ points_count: 1_000 }] }],
      completed: [],
      idle_segments: [],
    });
    await ask('PATCH', '/collections/page', { optimizers_config: { indexing_threshold: 1_000 } });
    let running: Optimizations['running'] = [];
    // A machine that is fast enough is done before it is asked.
    for (let added = 1_000; running.length === 0; added += 1_000) {
      let builds = true;
      const build = collection.buildNow().finally(() => {
        builds = false;
      });
      while (builds && running.length === 0) ({ running } = await optimizations(ask));
      await build;
      if (running.length === 0) await add(ask, added, 1_000);
    }
    const [{ uuid, progress }] = running as [Optimizations['running'][number]];
    expect(uuid).toMatch(UUID);
    expect(Date.parse(progress.started_at)).toBeLessThanOrEqual(Date.now());
    expect(progress.done).toBeLessThan(progress.total);
    expect(progress.children.length).toBeGreaterThan(0);
    for (const { name, done, total } of progress.children) {
      expect(['title', 'image', 'words']).toContain(name);
      expect(done).toBeLessThan(total);
    }
    expect(await optimizations(ask)).toMatchObject({ running: [], queued: [], idle_segments: [{ uuid }] });
  });
}, 60_000);
