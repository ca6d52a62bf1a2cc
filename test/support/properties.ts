/*
 * fast-check with a seed, so that a run tries what the run before did, and none fails by chance. SILT_SEED: another seed;
 * SILT_RUNS: how many values each property is tried on.
 */
import fc from 'fast-check';
import { amount } from './amount.js';

fc.configureGlobal({ seed: Number(process.env['SILT_SEED'] ?? 1) });

/** How many values: so many in `npm run test:all`, a fifth in `npm test`. */
export const runs = (all: number): number => amount('SILT_RUNS', Math.ceil(all / 5), all);

export * from 'fast-check';
export { default } from 'fast-check';
