/*
 * A search of an inverted index that takes several turns, while points come, go and change: its answer is that of the turn in
 * which it is given. A clock that runs fast makes every search take as many turns as it has windows.
 */
import { expect, test, vi } from 'vitest';
import { idKeyOf } from '#silt/base/ids.js';
import { BestSearch } from '#silt/collection/read/best-search.js';
import { OneByOne } from '#silt/collection/read/one-by-one.js';
import { newBits, setBit } from '#silt/filter/bits.js';
import { type Collection, open } from '#silt/index.js';
import { amount } from '../../support/amount.js';
import { liveOf } from '../../support/databases.js';
import { integer, type Random, randomOf } from '../../support/random.js';

/** Three windows of slots. */
const POINTS = 36_000;
const WORDS = 60;
const SEEDS = amount('SILT_SEEDS', 1, 30);

interface Known {
  readonly indices: number[];
  readonly values: number[];
  group: number;
}

function made(random: Random): Known {
  const indices = [...new Set(Array.from({ length: 3 }, () => integer(random, 0, WORDS)))].sort(
    (a, b) => a - b,
  );
  return { indices, values: indices.map(() => integer(random, 1, 50)), group: integer(random, 0, 3) };
}

const pointOf = (id: number, { indices, values, group }: Known) => ({
  id,
  vector: { s: { indices, values } },
  payload: { group },
});

/** The scores of the best, and of each point. */
function oracle(all: ReadonlyMap<number, Known>, query: Known, k: number, group: number | undefined) {
  const weights = new Map(query.indices.map((index, i) => [index, query.values[i]!]));
  const scores = new Map<number, number>();
  for (const [id, { indices, values, group: own }] of all) {
    if (group !== undefined && own !== group) continue;
    let sum = 0;
    for (const [i, index] of indices.entries()) sum += (weights.get(index) ?? 0) * values[i]!;
    if (sum > 0) scores.set(id, sum);
  }
  return { scores, best: [...scores.values()].sort((a, b) => b - a).slice(0, k) };
}

async function filled(random: Random) {
  const db = await open();
  const points = await db.createCollection('points', { sparse: { s: {} } });
  const known = new Map(Array.from({ length: POINTS }, (_, id) => [id, made(random)]));
  await points.upsert([...known].map(([id, one]) => pointOf(id, one)));
  await points.search({ indices: [1], values: [1] });
  return { db, points, known };
}

/** What may happen between two slices; to any point, or to the best of those that are searched. */
async function change(
  points: Collection,
  known: Map<number, Known>,
  random: Random,
  best: number | undefined,
): Promise<void> {
  const id = random() < 0.2 && best !== undefined ? best : integer(random, 0, known.size);
  switch (integer(random, 0, 8)) {
    case 0: {
      const some = Array.from({ length: 20 }, (_, i) => [known.size + i, made(random)] as const);
      await points.upsert(some.map(([at, one]) => pointOf(at, one)));
      for (const [at, one] of some) known.set(at, one);
      return;
    }
    case 1: {
      const one = made(random);
      await points.upsert([pointOf(id, one)]);
      known.set(id, one);
      return;
    }
    case 2: {
      const { indices, values } = made(random);
      if (!known.has(id)) return;
      await points.updateVectors([{ id, vector: { s: { indices, values } } }]);
      known.set(id, { indices, values, group: known.get(id)!.group });
      return;
    }
    case 3: {
      const group = integer(random, 0, 3);
      const ids = [...known.keys()].filter((one) => one % 500 === id % 500);
      await points.setPayload(ids, { group });
      for (const one of ids) known.get(one)!.group = group;
      return;
    }
    case 4:
      await points.delete(id);
      known.delete(id);
      return;
    case 5:
      if (random() < 0.2) await points.compact();
      return;
    default:
  }
}

test.each(Array.from({ length: SEEDS }, (_, i) => i + 1))('SILT_SEED=%i', async (seed) => {
  const random = randomOf(seed);
  const { db, points, known } = await filled(random);
  const live = liveOf(points);
  let clock = 0;
  const slow = new Proxy(live, {
    get: (of, key) => (key === 'platform' ? { time: { now: () => (clock += 3) } } : Reflect.get(of, key, of)),
  });
  const reader = { long: new OneByOne() } as ConstructorParameters<typeof BestSearch>[1];
  const { spec } = live.sparse[0]!;
  const slotOf = (id: number) => live.slots.slotOf(live.store.rowOf(live.collection, idKeyOf(id)));
  /** Searches that were made anew, and those that were brought up to date. */
  let again = 0;
  let kept = 0;
  for (let round = 0; round < 25; round++) {
    const query = made(random);
    const group = random() < 0.5 ? integer(random, 0, 3) : undefined;
    const k = [1, 10, 200, 100_000][integer(random, 0, 4)]!;
    const busy = random() < 0.7;
    const search = new BestSearch(slow, reader, { spec, query, k });
    const admitted = (): Uint32Array | undefined => {
      if (group === undefined) return undefined;
      const bits = newBits(live.slots.count);
      for (const [id, one] of known) if (one.group === group) setBit(bits, slotOf(id)!);
      return bits;
    };
    for (let tries = 1; ; tries++) {
      const found = search.now(admitted(), tries > 3, async () => {
        if (!busy) return;
        const [[best] = []] = [...oracle(known, query, k, group).scores].sort(([, a], [, b]) => b - a);
        await change(points, known, random, best);
      });
      if (found instanceof Promise) {
        await found;
        again += tries > 1 ? 1 : 0;
        continue;
      }
      kept += tries > 1 ? 1 : 0;
      const { scores, best } = oracle(known, query, k, group);
      expect(
        found.map(({ score }) => score),
        `round ${round}`,
      ).toEqual(best);
      const byRow = new Map([...scores].map(([id, score]) => [slotOf(id), score]));
      for (const { slot, score } of found) expect(byRow.get(slot)).toBe(score);
      break;
    }
  }
  expect(kept).toBeGreaterThan(5);
  expect(again).toBeGreaterThan(0);
  await db.close();
});

test('a search that nobody waits for leaves nothing in the memory of the index', async () => {
  const random = randomOf(3);
  const { db, points } = await filled(random);
  const live = liveOf(points);
  const field = live.sparse[0]!;
  const long = new OneByOne();
  const reader = { long } as ConstructorParameters<typeof BestSearch>[1];
  let clock = 0;
  const slow = new Proxy(live, {
    get: (of, key) => (key === 'platform' ? { time: { now: () => (clock += 3) } } : Reflect.get(of, key, of)),
  });
  const forget = async (): Promise<void> => {
    const search = new BestSearch(slow, reader, { spec: field.spec, query: made(random), k: POINTS });
    expect(search.now(undefined, false, async () => {})).toBeInstanceOf(Promise);
    await long.run(async () => {});
  };
  await forget();
  const { bytes } = field;
  for (let i = 0; i < 40; i++) await forget(); // each has a heap of 288 kB
  expect(field.bytes).toBe(bytes);
  await db.close();
});

test('search, query and explain find the same in many turns as in one, and end with their signal', async () => {
  const random = randomOf(7);
  const { db, points, known } = await filled(random);
  const query = made(random);
  const asked = { indices: query.indices, values: query.values };
  const filter = { must: [{ key: 'group', match: { value: 1 } }] };
  const tree = {
    prefetch: [
      { query: asked, k: 50 },
      { query: asked, filter, k: 50 },
    ],
    query: { fusion: 'rrf' },
  };
  const ask = () =>
    Promise.all([
      points.search(asked, { k: 20 }),
      points.search(asked, { k: 2_000, filter }),
      points.query(tree as Parameters<typeof points.query>[0]),
    ]);
  const how = async () => {
    const { inverted, hits } = await points.explain(asked, { filter });
    return { inverted, hits };
  };
  const expected = await ask();
  const explained = await how();
  const { time } = liveOf(points).platform;
  const now = vi.spyOn(time, 'now');
  let clock = performance.now();
  now.mockImplementation(() => (clock += 2.5));
  const breathe = vi.spyOn(time, 'breathe');
  try {
    expect(await ask()).toEqual(expected);
    expect(await how()).toEqual(explained);
    expect(breathe.mock.calls.length).toBeGreaterThan(8); // three windows for each of four searches
    const { best } = oracle(known, query, 20, undefined);
    expect(expected[0].map(({ score }) => score)).toEqual(best);
    const controller = new AbortController();
    const gone = points.search(asked, { signal: controller.signal }).catch((error: Error) => error.message);
    const other = points.search(asked, { k: 20 });
    breathe.mockImplementationOnce(async () => controller.abort(new Error('enough')));
    expect(await gone).toBe('enough');
    expect(await other).toEqual(expected[0]);
  } finally {
    now.mockRestore();
    breathe.mockRestore();
  }
  await db.close();
});
