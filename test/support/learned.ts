/* Collections that learn by themselves what a recall takes: waiting for that. */
import { coreOf } from '#silt/collection/collection.js';
import type { Collection, SearchReport } from '#silt/index.js';

/** Behind a build: nothing is learned or measured in the background any more, so that equal searches have equal answers. */
export async function stopLearning(points: Collection): Promise<void> {
  for (const calibrator of coreOf(points).maintenance.calibrators) await calibrator.close();
  for (const until = Date.now() + 10_000; points.status().recall === null && Date.now() < until; )
    await new Promise((resolve) => setTimeout(resolve, 10));
}

type Learned = NonNullable<SearchReport['recall']>;

/** What a search with the default recall rests on. */
export async function aimOf(points: Collection, query: Float32Array, k = 10): Promise<Learned> {
  return (await points.explain(query, { k })).recall!;
}

/** Waits until what searches rest on is as it should be, and returns that. */
export async function untilLearned(
  points: Collection,
  query: Float32Array,
  is: (aim: Learned) => boolean = ({ measured }) => measured !== null,
): Promise<Learned> {
  for (const until = Date.now() + 30_000; ; ) {
    const aim = await aimOf(points, query);
    if (is(aim)) return aim;
    if (Date.now() > until) throw new Error(`it was not learned in time: ${JSON.stringify(aim)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Waits until so many rows were learned from. */
export async function untilRowsLearned(points: Collection, count: number): Promise<void> {
  const [field] = coreOf(points).live.graphs;
  for (const until = Date.now() + 30_000; (field?.calibration?.count('rows') ?? 0) < count; ) {
    if (Date.now() > until) throw new Error(`${count} rows were not learned from in time`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Waits until all that was asked is learned from, but for so few queries that it waits for more. */
export async function untilAskedLearned(points: Collection): Promise<void> {
  const { maintenance, reader } = coreOf(points);
  const { recent } = reader.fields[0]!;
  for (const until = Date.now() + 30_000; ; ) {
    for (const calibrator of maintenance.calibrators) await calibrator.idle();
    if (recent.fresh < 32) return;
    if (Date.now() > until) throw new Error(`it was not learned in time: ${recent.fresh} are left`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Mean share of the nearest that searches find, against exact ones. */
export async function recallOf(
  points: Collection,
  queries: readonly Float32Array[],
  o: { readonly k?: number; readonly recall?: number } = {},
): Promise<number> {
  let right = 0;
  let wanted = 0;
  for (const query of queries) {
    const exact = await points.search(query, { ...o, exact: true, withPayload: false });
    const ids = new Set(exact.map(({ id }) => id));
    const worst = exact.at(-1)?.score;
    const hits = await points.search(query, { ...o, withPayload: false });
    right += Math.min(exact.length, hits.filter(({ id, score }) => ids.has(id) || score === worst).length);
    wanted += exact.length;
  }
  return right / wanted;
}

/** Waits until so many of the queries that were asked are learned from, or nearly. */
export async function untilMostLearned(points: Collection, count: number): Promise<void> {
  const [field] = coreOf(points).live.graphs;
  for (const until = Date.now() + 30_000; (field?.calibration?.count('asked') ?? 0) < 0.9 * count; ) {
    if (Date.now() > until) throw new Error(`${count} queries were not learned from in time`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
