/*
 * Random operations against the model. To replay a failure, run the line it prints. SILT_OPS: operations of each
 * run (500); SILT_SEED: one seed alone; SILT_SEEDS: how many.
 */
import { test } from 'vitest';
import { amount } from '../support/amount.js';
import { withFolder } from '../support/files.js';
import { Machine } from './machine.js';

const OPS = amount('SILT_OPS', 500, 500);
const SEED = process.env['SILT_SEED'];
const SEEDS = SEED ? [Number(SEED)] : Array.from({ length: amount('SILT_SEEDS', 3, 20) }, (_, i) => i + 1);

test.each(SEEDS.map((seed) => ({ seed })))(
  'SILT_SEED=$seed',
  { timeout: 60_000 + 60 * OPS },
  async ({ seed }) => {
    await withFolder(async (folder) => {
      const machine = new Machine(seed, folder);
      try {
        for (let i = 0; i < OPS; i++) await machine.step();
        await machine.end();
      } catch (error) {
        const { metric, dimension, threads, done } = machine;
        const replay = `SILT_SEED=${seed} SILT_OPS=${OPS} npx vitest run test/model`;
        const what = `${metric}, ${dimension} dimensions, ${threads} threads, after ${done.length} operations: ${done.slice(-8).join(' ')}`;
        throw new Error(`${replay}\n${what}\n${error instanceof Error ? error.message : error}`, {
          cause: error,
        });
      }
    });
  },
);
