/*
 * T5 on simulated machines: a database is written to while the power is lost at any moment, and what was not synced is
 * kept, lost, torn or reordered. Each seed is one machine. SILT_SEED: one seed alone; SILT_SEEDS: how many;
 * npm run test:simulated -- --seeds 1000.
 */
import { describe, expect, test } from 'vitest';
import type { BrokenSync } from '#silt/platform/simulated/machine.js';
import { Run, type RunOptions } from './run.js';

const { SILT_SEED, SILT_SEEDS } = process.env;
const SEEDS = SILT_SEED
  ? [Number(SILT_SEED)]
  : Array.from({ length: Number(SILT_SEEDS ?? 30) }, (_, i) => i + 1);

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

test('a seed is one run, event by event', async () => {
  for (const seed of [101, 102]) {
    const [first, again] = [await runOf({ seed }), await runOf({ seed })];
    expect(first.trace.length).toBeGreaterThan(100);
    expect(again.trace).toEqual(first.trace);
  }
});

/** Disks that lie, each of which is to be found out. */
const LIES: Readonly<Record<string, (path: string) => BrokenSync>> = {
  'the log is not synced': (path) => (path === '/db/log' ? 'left-out' : undefined),
  'writes are acknowledged before the log is synced': (path) => (path === '/db/log' ? 'late' : undefined),
  'the name of the log is not synced': (path) => (path === '/db' ? 'left-out' : undefined),
  'snapshots are not synced before they are renamed': (path) =>
    path.endsWith('.tmp') ? 'left-out' : undefined,
};

describe('these tests find out where', () => {
  test.each(Object.entries(LIES))('%s', async (_, broken) => {
    for (let seed = 1; seed <= 200; seed++) {
      const failed = await runOf({ seed, broken }).then(
        () => false,
        () => true,
      );
      if (failed) return;
    }
    expect.fail('200 machines did not find it');
  });
});
