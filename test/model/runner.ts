/*
 * Runs a machine for each seed. A failure prints the line that replays it. SILT_OPS: operations of each run;
 * SILT_SEED: one seed alone; SILT_SEEDS: how many. `arenas`: so many there must have been at some reopening.
 */
import { expect, test } from 'vitest';
import { amount } from '../support/amount.js';
import { withFolder } from '../support/files.js';
import type { CollectionMachine } from './collection-machine.js';

export function testSeeds(
  file: string,
  defaults: { readonly few: number; readonly seeds: number; readonly ops: number; readonly arenas: number },
  machineOf: (seed: number, folder: string) => CollectionMachine,
): void {
  const { SILT_SEED } = process.env;
  const ops = amount('SILT_OPS', defaults.ops / 2, defaults.ops);
  const length = amount('SILT_SEEDS', defaults.few, defaults.seeds);
  const seeds = SILT_SEED ? [Number(SILT_SEED)] : Array.from({ length }, (_, i) => i + 1);
  const timeout = 60_000 + 60 * ops;
  test.each(seeds.map((seed) => ({ seed })))('SILT_SEED=$seed', { timeout }, async ({ seed }) => {
    await withFolder(async (folder) => {
      const machine = machineOf(seed, folder);
      await machine.begin();
      try {
        for (let i = 0; i < ops; i++) await machine.step();
        await machine.end();
        if (ops >= defaults.ops) expect(machine.arenas).toBeGreaterThanOrEqual(defaults.arenas);
      } catch (error) {
        const { metric, dimension, threads, done } = machine;
        const replay = `SILT_SEED=${seed} SILT_OPS=${ops} npx vitest run ${file}`;
        const what = `${metric}, ${dimension} dimensions, ${threads} threads, after ${done.length} operations: ${done.slice(-8).join(' ')}`;
        throw new Error(`${replay}\n${what}\n${error instanceof Error ? error.message : error}`, {
          cause: error,
        });
      } finally {
        await machine.close();
      }
    });
  });
}
