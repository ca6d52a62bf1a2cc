/*
 * Runs more simulated machines than the test command does: npm run test:simulated -- --seeds 1000 [--seed 5]. One that
 * fails prints the line that replays it.
 */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const options = { seeds: { type: 'string' }, seed: { type: 'string' } };
const { values } = parseArgs({ options });
const env = {
  ...process.env,
  SILT_SEEDS: values.seeds ?? '1000',
  ...(values.seed && { SILT_SEED: values.seed }),
};
const { status } = spawnSync('npx', ['vitest', 'run', 'test/simulated/power.test.ts'], {
  env,
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
