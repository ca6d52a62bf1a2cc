/*
 * Runs the kills by hand, longer than the test command does: npm run test:crash -- --cycles 1000 [--seed 5].
 * Without a seed, one is drawn. A run that fails prints the line that replays it.
 */
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { cycles: { type: 'string' }, seed: { type: 'string' } } });
const env = {
  ...process.env,
  SILT_CRASH_CYCLES: values.cycles ?? '1000',
  SILT_CRASH_SEED: values.seed ?? String(randomInt(2 ** 31)),
};
const { status } = spawnSync('npx', ['vitest', 'run', 'test/crash/kill.test.ts'], { env, stdio: 'inherit' });
process.exitCode = status ?? 1;
