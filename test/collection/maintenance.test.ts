/* T7: what looks at the graph or replaces it while it is being built comes to its end, and so does the build. */
import { expect, test } from 'vitest';
import { armStep, releaseSteps, stepHits } from '#silt/hnsw/build/fault-points.js';
import { type Collection, open } from '#silt/index.js';
import { liveOf } from '../support/databases.js';
import { withFolder } from '../support/files.js';
import { expectHolds, type Points, pointsOf } from '../support/points.js';
import { until } from '../support/steps.js';

const ROWS = 600;
const points = pointsOf(1, ROWS, 8);
const model: Points = new Map(points.map((point) => [point.id, point]));

/** A collection on the disk whose rows wait, with this many threads to link them. */
async function withCollection(
  threads: number,
  use: (words: Collection, control: Int32Array) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const database = await open(folder);
    const words = await database.createCollection('words', {
      dimension: 8,
      metric: 'euclidean',
      hnsw: { efConstruction: 40 },
      indexing: { paused: true, threads },
    });
    await words.upsert(points);
    await use(words, liveOf(words).graphs[0]!.engine.arenas[0]!.control);
    await database.close();
  });
}

test.each([1, 2])('verify while a build begins, runs and ends (%d threads)', async (threads) => {
  await withCollection(threads, async (words) => {
    for (let waitMs = 0; waitMs < 30; waitMs += 3) {
      const built = words.buildNow().catch((error: unknown) => error);
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      // A build that is stopped for it begins again: the rest still waits.
      const [first, second] = await Promise.all([words.verify(), words.verify()]);
      expect([first.ok, second.ok]).toEqual([true, true]);
      await words.upsert(points[0]!); // writes were not held up
      await built;
    }
    await words.buildNow();
    await expectHolds(words, model);
  });
});

test('compaction while linkers work: buildNow goes on with the new graph, and nothing counts as failed', async () => {
  await withCollection(2, async (words, control) => {
    await words.delete([1, 2, 3]);
    armStep(control, 'linking', 'pause', { row: 300 });
    const built = words.buildNow();
    await until(() => stepHits(control) > 0);
    const compacted = words.compact(); // links its own copy, then ends the build of the old one
    releaseSteps(control);
    await until(() => liveOf(words).graphs[0]!.engine.arenas[0]!.control !== control);
    expect(words.status()).toMatchObject({ points: ROWS - 3, masked: 0, lastError: null });
    const [report] = await Promise.all([built, compacted]);
    expect(report.quarantined).toBe(0);
    expect(words.status()).toMatchObject({ pending: 0, indexed: ROWS - 3, lastError: null, state: 'paused' });
    const left: Points = new Map(model);
    for (const id of [1, 2, 3]) left.delete(id);
    await expectHolds(words, left);
    expect((await words.verify()).ok).toBe(true);
  });
});

test('one who gives up a build that others wait for leaves it alone; with the last of them it ends', async () => {
  await withCollection(2, async (words, control) => {
    armStep(control, 'linking', 'pause', { row: 300 });
    const [one, two] = [new AbortController(), new AbortController()];
    const outcome = (built: Promise<unknown>): Promise<unknown> => built.catch((error: unknown) => error);
    const first = outcome(words.buildNow({ signal: one.signal }));
    const second = outcome(words.buildNow({ signal: two.signal }));
    let told = 0;
    const onProgress = (): void => {
      if (told++ > 0) throw new Error('from onProgress');
    };
    const third = outcome(words.buildNow({ onProgress }));
    const fourth = words.buildNow();
    await until(() => stepHits(control) > 0);
    one.abort(new Error('one has had enough'));
    expect(await first).toMatchObject({ message: 'one has had enough' });
    expect(await third).toMatchObject({ message: 'from onProgress' });
    expect(liveOf(words).graphs[0]!.engine.build.running).toBe(true);
    releaseSteps(control);
    expect((await fourth).quarantined).toBe(0);
    expect(await second).toMatchObject({ quarantined: 0 });
    expect(words.status()).toMatchObject({ pending: 0, indexed: ROWS, lastError: null });

    await words.upsert(points);
    armStep(control, 'linking', 'pause', { row: ROWS + 300 });
    const five = new AbortController();
    const fifth = outcome(words.buildNow({ signal: five.signal }));
    await until(() => stepHits(control) > 0);
    five.abort(new Error('five has had enough'));
    const sixth = words.buildNow(); // comes while that ends: it is not told of what was another's reason
    releaseSteps(control);
    expect(await fifth).toMatchObject({ message: 'five has had enough' });
    expect((await sixth).quarantined).toBe(0);
    expect(words.status()).toMatchObject({ pending: 0, lastError: null });
    await expectHolds(words, model);
  });
});
