/*
 * Runs the kills by hand, longer than the test command does: npm run test:crash -- --cycles 1000 [--seed 5] [--cores].
 * Without a seed, one is drawn. With --cores, every other process has one core alone, by taskset. A run that fails prints the line that replays it.
 */
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';

const options = { cycles: { type: 'string' }, seed: { type: 'string' }, cores: { type: 'boolean' } };
const { values } = parseArgs({ options });
const env = {
  ...process.env,
  SILT_CRASH_CYCLES: values.cycles ?? '1000',
  SILT_CRASH_SEED: values.seed ?? String(randomInt(2 ** 31)),
  ...(values.cores && { SILT_CRASH_CORES: 'alternate' }),
};
const { status } = spawnSync('npx', ['vitest', 'run', 'test/crash/kill.test.ts'], { env, stdio: 'inherit' });
process.exitCode = status ?? 1;
