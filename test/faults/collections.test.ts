/*
 * T1 to T4, T6 and T7 for collections: a build stands still at a step, and everything is done that can be done
 * meanwhile. Afterwards, and after reopening, the collection agrees with the Map beside it.
 */
import { describe, expect, test } from 'vitest';
import { armStep, releaseSteps, STEPS, type Step, stepHits } from '#silt/hnsw/build/fault-points.js';
import { type Database, open } from '#silt/index.js';
import { someOf } from '../support/amount.js';
import {
  BACKENDS,
  type Backend,
  controlOfCollection,
  failureOf,
  PAUSED,
  pointsOf,
  Twin,
  vectors,
  withCollection,
} from '../support/databases.js';
import { until } from '../support/steps.js';

/** A collection with 60 linked rows and 240 that wait. */
async function filled(backend: Backend, use: (twin: Twin, db: Database, path?: string) => Promise<void>) {
  await withCollection(backend, PAUSED, async (points, db, path) => {
    const twin = new Twin(points);
    await twin.put(pointsOf(1, 60));
    await points.buildNow();
    await twin.put(pointsOf(2, 240, 60));
    await use(twin, db, path);
  });
}

/** Closes, opens again, compares, links, and compares again; for in-memory databases, links and compares. */
async function expectAfterwards(twin: Twin, db: Database, path: string | undefined): Promise<void> {
  if (path === undefined) {
    await twin.collection.buildNow();
    await twin.expectSettled();
    return;
  }
  await db.close();
  for (let round = 0; round < 2; round++) {
    const again = await open(path);
    twin.collection = again.collection('points');
    await twin.expectWhole();
    if (round === 0) await twin.collection.buildNow();
    else expect(twin.collection.status().pending).toBe(0);
    await twin.expectSettled();
    await again.close();
  }
}

/** A claim is of 32 rows, so only some eight are made here. */
const cases = someOf(
  BACKENDS.flatMap((backend) =>
    STEPS.flatMap((step) => [0, step === 'claimed' ? 5 : 40].map((skip) => [backend, step, skip] as const)),
  ),
  5,
);

describe('T1: stopped at any step, no row is in neither place, and none in both', () => {
  test.each(cases)('%s: at %s, after %d others', async (backend, step: Step, skip) => {
    await filled(backend, async (twin, db, path) => {
      armStep(twin.control, step, 'pause', { skip });
      const built = twin.collection.buildNow();
      await until(() => stepHits(twin.control) > 0);
      await twin.expectWhole();
      await twin.put(pointsOf(3, 20, 1000));
      await twin.expectWhole();
      const { points, indexed, pending, quarantined, state } = twin.collection.status();
      expect(points).toBe(320);
      expect(indexed + pending + quarantined).toBe(320);
      expect(pending).toBeGreaterThanOrEqual(20);
      expect(state).not.toBe('ready');
      releaseSteps(twin.control);
      await built;
      await expectAfterwards(twin, db, path);
    });
  });
});

describe('T2 and T3: deleted, overwritten, deleted and written again at a step', () => {
  test.each(
    someOf(
      BACKENDS.flatMap((backend) => STEPS.map((step) => [backend, step] as const)),
      3,
    ),
  )('%s: at %s', async (backend, step: Step) => {
    await filled(backend, async (twin, db, path) => {
      // Ids and rows are counted alike here. The third claim begins with row 124, unless a round of the build began anew
      // because its threads were ended, with the memory of a collection before: then at another row, which is as good.
      armStep(twin.control, step, 'pause', step === 'claimed' ? { skip: 2 } : { row: 124 });
      const built = twin.collection.buildNow();
      await until(() => stepHits(twin.control) > 0);
      const around = [124, 123, 125, 126, 127, 3, 4, 5, 298, 299];
      const old = new Map(around.map((id) => [id, twin.rows.get(id)!]));
      const far = vectors(77, around.length).map((vector) => vector.map((x) => -x));
      for (const [i, id] of around.entries()) {
        const fresh = { id, vector: far[i]! };
        if (i % 3 === 0) await twin.remove([id]);
        else if (i % 3 === 1) await twin.put([fresh]);
        else await Promise.all([twin.collection.delete(id), twin.put([fresh])]);
      }
      const expectGone = async (): Promise<void> => {
        for (const [id, vector] of old) {
          const hits = await twin.collection.search(vector, { k: 400, ef: 400 });
          const mine = hits.filter((hit) => hit.id === id);
          expect(mine).toHaveLength(twin.rows.has(id) ? 1 : 0);
          if (mine[0]) expect(mine[0].score).toBeLessThan(0.999);
        }
      };
      await twin.expectWhole();
      await expectGone();
      releaseSteps(twin.control);
      await built;
      await twin.expectWhole();
      await expectGone();
      await twin.collection.compact();
      await expectGone();
      await expectAfterwards(twin, db, path);
    });
  });
});

describe('T4: a build that fails or is aborted loses nothing', () => {
  test.each(
    someOf(
      BACKENDS.flatMap((backend) => STEPS.map((step) => [backend, step] as const)),
      3,
    ),
  )('%s: aborted at %s', async (backend, step: Step) => {
    await filled(backend, async (twin, db, path) => {
      const controller = new AbortController();
      const reason = new Error('enough');
      armStep(twin.control, step, 'pause', { skip: 3 });
      const built = twin.collection.buildNow({ signal: controller.signal });
      const outcome = built.catch((error: unknown) => error);
      await until(() => stepHits(twin.control) > 0);
      await twin.remove([70, 80, 299]);
      controller.abort(reason);
      releaseSteps(twin.control);
      expect(await outcome).toBe(reason);
      const { pending, lastError, state } = twin.collection.status();
      expect(pending).toBeGreaterThan(0);
      expect(lastError).toBeNull(); // nothing is wrong with it
      expect(state).toBe('paused');
      await expectAfterwards(twin, db, path);
    });
  });

  test.each(someOf(BACKENDS, 2))(
    '%s: thrown at the end of a claim: said in the status until it works',
    async (backend) => {
      await filled(backend, async (twin, db, path) => {
        armStep(twin.control, 'claimed', 'throw');
        const failure = await failureOf(() => twin.collection.buildNow());
        releaseSteps(twin.control);
        if (failure !== undefined) {
          expect(failure).toBe('BUILD_FAILED');
          expect(twin.collection.status()).toMatchObject({ state: 'degraded' });
          expect(twin.collection.status().lastError).toContain('claimed');
        }
        await twin.expectWhole();
        await twin.collection.buildNow();
        expect(twin.collection.status()).toMatchObject({ lastError: null, pending: 0 });
        await expectAfterwards(twin, db, path);
      });
    },
  );
});

describe('T6 and T9: a row that cannot be linked', () => {
  test.each(someOf(BACKENDS, 2))(
    '%s: is quarantined, found all the same; compaction leaves it so',
    async (backend) => {
      await filled(backend, async (twin, db, path) => {
        armStep(twin.control, 'linking', 'throw', { row: 100 });
        expect(await twin.collection.buildNow()).toMatchObject({ linked: 239, quarantined: 1 });
        releaseSteps(twin.control);
        const quarantined = { points: 300, indexed: 299, pending: 0, quarantined: 1 };
        expect(twin.collection.status()).toMatchObject(quarantined);
        await twin.collection.waitFor(300, 'indexed'); // it will never be; nobody waits for it
        await twin.expectWhole();
        await twin.remove([5, 6, 7]);
        await twin.collection.compact();
        expect(twin.collection.status()).toMatchObject({ indexed: 296, quarantined: 1, masked: 0 });
        await twin.expectWhole();
        await twin.put(pointsOf(5, 1, 100)); // replaced, it is an ordinary row
        await twin.collection.buildNow();
        expect(twin.collection.status()).toMatchObject({ indexed: 297, quarantined: 0, pending: 0 });
        await expectAfterwards(twin, db, path);
      });
    },
  );

  test.each(someOf(BACKENDS, 2))(
    '%s: a worker that dies is replaced, its rows are linked',
    async (backend) => {
      await filled(backend, async (twin, db, path) => {
        for (const step of STEPS) {
          await twin.put(pointsOf(step.length, 100, 2000));
          armStep(twin.control, step, 'exit');
          expect(await twin.collection.buildNow()).toMatchObject({ quarantined: 0 });
          expect(stepHits(twin.control)).toBe(1);
          releaseSteps(twin.control);
          expect(twin.collection.status()).toMatchObject({ pending: 0, lastError: null });
        }
        await twin.expectSettled();
        await expectAfterwards(twin, db, path);
      });
    },
  );
});

describe('T7: maintenance while a build stands still', () => {
  test.each(STEPS)(
    'at %s: close does not wait for the rest, and opening goes on with it',
    async (step: Step) => {
      await filled('disk', async (twin, db, path) => {
        armStep(twin.control, step, 'pause', { skip: 2 });
        const built = failureOf(() => twin.collection.buildNow());
        await until(() => stepHits(twin.control) > 0);
        const writing = twin.put(pointsOf(6, 5, 3000)); // in flight: it comes to its end
        const { control } = twin;
        const closed = db.close();
        await writing;
        releaseSteps(control);
        await closed;
        expect(await built).toBe('CLOSED');
        expect(await failureOf(() => twin.collection.count())).toBe('CLOSED');
        await expectAfterwards(twin, db, path);
      });
    },
  );

  test.each(someOf(BACKENDS, 2))(
    '%s: compaction in the middle of a build: both come to their end',
    async (backend) => {
      await filled(backend, async (twin, db, path) => {
        await twin.remove([1, 2, 3, 100, 101]);
        const { control } = twin;
        armStep(control, 'linked', 'pause', { row: 200 }); // one thread stands still, the other goes on
        const built = twin.collection.buildNow();
        await until(() => stepHits(control) > 0);
        const compacted = twin.collection.compact();
        await twin.put(pointsOf(7, 30, 90));
        await new Promise((resolve) => setTimeout(resolve, 200)); // the successor is ready, the old index is not
        await twin.remove([4, 102]);
        await twin.expectWhole();
        releaseSteps(control);
        await compacted;
        await built;
        await twin.expectWhole();
        expect(twin.collection.status().lastError).toBeNull();
        await twin.collection.buildNow();
        expect(twin.collection.status()).toMatchObject({ lastError: null, pending: 0 });
        await twin.expectSettled();
        await expectAfterwards(twin, db, path);
      });
    },
  );

  test.each(someOf(BACKENDS, 2))(
    '%s: verify in the middle of a build: looks, and lets it go on',
    async (backend) => {
      await filled(backend, async (twin, db, path) => {
        const { control } = twin;
        armStep(control, 'linked', 'pause', { skip: 20 });
        const built = twin.collection.buildNow();
        await until(() => stepHits(control) > 0);
        const verified = twin.collection.verify();
        const writing = twin.put(pointsOf(8, 10, 4000));
        releaseSteps(control);
        expect(await verified).toMatchObject({ ok: true, missingRows: 0, extraRows: 0 });
        await writing;
        await built;
        await twin.collection.buildNow();
        expect(twin.collection.status()).toMatchObject({ pending: 0, lastError: null, state: 'paused' });
        await expectAfterwards(twin, db, path);
      });
    },
  );

  test.each(someOf(BACKENDS, 2))('%s: dropped in the middle of a build', async (backend) => {
    await filled(backend, async (twin, db) => {
      const { control } = twin;
      armStep(control, 'linked', 'pause', { skip: 20 });
      const built = failureOf(() => twin.collection.buildNow());
      const waiting = failureOf(() => twin.collection.waitFor(300, 'indexed'));
      await until(() => stepHits(control) > 0);
      const dropped = db.dropCollection('points');
      expect(await waiting).toBe('COLLECTION_NOT_FOUND');
      releaseSteps(control);
      expect(await dropped).toBe(true);
      expect([undefined, 'COLLECTION_NOT_FOUND', 'CLOSED']).toContain(await built); // it may be quicker
      const again = new Twin(await db.createCollection('points', PAUSED));
      await again.expectWhole();
      await again.put(pointsOf(1, 50));
      await again.collection.buildNow();
      await again.expectSettled();
      expect(() => controlOfCollection(twin.collection)).toThrow();
    });
  });
});
