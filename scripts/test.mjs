/*
 * The tests in three sizes. `npm test`: a little of everything, in two minutes. `npm run test:ci`: most slow suites as well, and
 * then on the newest Node what depends on the engine, in less than twenty minutes on two cores. `npm run test:all`: the same with
 * as many seeds, kills and rows as the suites were made for.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { newestNode } from './newest-node.mjs';
import { BY_ENGINE, NOT_BY_ENGINE, NOT_IN_CI, SLOW } from './suites.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Runs vitest under a Node, but for what is `leftOut`; the process ends here where tests fail. */
function run(node, { args = [], leftOut = [], env = {} }) {
  const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));
  const { status } = spawnSync(node, [vitest, 'run', ...args], {
    cwd: ROOT,
    env: { ...process.env, SILT_LEFT_OUT: leftOut.join(','), ...env },
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}

const isCi = process.argv.includes('--ci');
if (!isCi && !process.argv.includes('--all'))
  run(process.execPath, { args: process.argv.slice(2), leftOut: SLOW });
else {
  run(process.execPath, isCi ? { leftOut: NOT_IN_CI } : { env: { SILT_ALL: '1' } });
  const newest = newestNode();
  console.log(`\nNode ${spawnSync(newest, ['--version'], { encoding: 'utf8' }).stdout.trim()}`);
  run(newest, { args: BY_ENGINE, leftOut: NOT_BY_ENGINE });
}
