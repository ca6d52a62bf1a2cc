/*
 * T5 on simulated machines: a database is written to while the power is lost at any moment, and what was not synced is
 * kept, lost, torn or reordered. Each seed is one machine. SILT_SEED: one seed alone; SILT_SEEDS: how many;
 * npm run test:simulated -- --seeds 1000.
 */
import { describe, expect, test } from 'vitest';
import type { BrokenSync } from '#silt/platform/simulated/machine.js';
import { amount } from '../support/amount.js';
import { Run, type RunOptions } from './run.js';

const { SILT_SEED } = process.env;
const SEEDS = SILT_SEED
  ? [Number(SILT_SEED)]
  : Array.from({ length: amount('SILT_SEEDS', 8, 30) }, (_, i) => i + 1);

/** Runs one machine; what fails says how to run it again. */
async function runOf(options: RunOptions): Promise<Run> {
  const run = new Run(options);
  try {
    await run.whole();
    return run;
  } catch (error) {
    const replay = `SILT_SEED=${options.seed} npx vitest run test/simulated/power`;
    const last = run.trace.slice(-12).join('\n  ');
    throw new Error(`${replay}\n  ${last}\n${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
}

test.each(SEEDS)('SILT_SEED=%i: every acknowledged write is there after each loss of power', async (seed) => {
  await runOf({ seed });
});

test.each(SEEDS.filter((_, i) => SILT_SEED || i % 3 === 0))(
  'SILT_SEED=%i: so it is where points have several fields, of which any may be missing',
  async (seed) => {
    await runOf({ seed, fields: true });
  },
);

test('a seed is one run, event by event', async () => {
  for (const seed of [101, 102]) {
    const [first, again] = [await runOf({ seed }), await runOf({ seed })];
    expect(first.trace.length).toBeGreaterThan(100);
    expect(again.trace).toEqual(first.trace);
  }
});

interface Lie {
  readonly broken: (path: string) => BrokenSync;
  /** What is lost by it, as the run says it: that is what must be found. */
  readonly loses: RegExp;
  /** What else may come of it. Anything else is a fault of another kind. */
  readonly besides?: RegExp;
}

const POINTS =
  /^what is there is no state .* of \d+ points that were on the disk for certain, [1-9]\d* differ/;
const COLLECTION = /^the collection was acknowledged/;
/** Sectors of the log that were lost, within the head of an entry or behind it. */
const HOLE = /^the log of \/db is damaged: (no entry begins at|the checksum of the entry at) byte/;
const ofLog = { loses: POINTS, besides: new RegExp(`${COLLECTION.source}|${HOLE.source}`) };

/** Disks that lie, each of which is to be found out by what it loses. */
const LIES: Readonly<Record<string, Lie>> = {
  'the log is not synced': { broken: (path) => (path === '/db/log' ? 'left-out' : undefined), ...ofLog },
  'writes are acknowledged before the log is synced': {
    broken: (path) => (path === '/db/log' ? 'late' : undefined),
    ...ofLog,
  },
  'the name of the log is not synced': {
    broken: (path) => (path === '/db' ? 'left-out' : undefined),
    loses: COLLECTION,
  },
  'snapshots are not synced before they are renamed': {
    broken: (path) => (path.endsWith('.tmp') ? 'left-out' : undefined),
    loses: /^damaged snapshots: /,
  },
};

/** What a machine fails with; undefined if it does not. */
async function failureOf(options: RunOptions): Promise<string | undefined> {
  const run = new Run(options);
  return run.whole().then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

describe('these tests find out where', () => {
  test.each(Object.entries(LIES))('%s', async (_, { broken, loses, besides }) => {
    for (let seed = 1; seed <= 200; seed++) {
      const failure = await failureOf({ seed, broken });
      if (failure === undefined) continue;
      if (loses.test(failure)) {
        // It is the lie that was found, and no fault of the machine: without it, nothing is lost.
        await runOf({ seed });
        return;
      }
      if (!besides?.test(failure)) expect.fail(`seed ${seed} fails of something else: ${failure}`);
    }
    expect.fail('200 machines did not find it');
  });
});
