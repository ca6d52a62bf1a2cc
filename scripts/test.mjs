/*
 * The tests in two sizes. `npm test`: a little of everything, in two minutes. `npm run test:all`: everything, with as many
 * seeds, kills and rows as the suites were made for; then, on the newest Node, what depends on the engine.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { newestNode } from './newest-node.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Left to `npm run test:all`, since they are slow however little they try. By name, each still runs: npx vitest run FILE. */
const SLOW = [
  ...[
    'test/bench/**',
    'test/power/**',
    'test/soak/**',
    'test/examples/demo/demo.test.ts',
    'test/faults/memory.test.ts',
  ],
  ...['test/crash/exits.test.ts', 'test/crash/kill.test.ts', 'test/crash/poison.test.ts'],
  ...['test/database/openers.test.ts', 'test/faults/disk/full.test.ts'],
  ...['test/recall/adversarial.test.ts', 'test/recall/filtered.test.ts', 'test/recall/targets.test.ts'],
];

/**
 * What another engine can change: kernels (relaxed SIMD), threads, memory, files, ends of processes. Filters, models and
 * documents are the same JavaScript. As much is tried as by `npm test`.
 */
const BY_ENGINE = [
  ...['test/base', 'test/contract', 'test/crash', 'test/database', 'test/faults', 'test/hnsw', 'test/kernel'],
  ...['test/store', 'test/platform', 'test/vector-index', 'test/collection/write', 'test/collection/upkeep'],
];

/** Runs vitest under a Node; the process ends here where tests fail. */
function run(node, args, env = {}) {
  const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));
  const { status } = spawnSync(node, [vitest, 'run', ...args], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}

const without = (files) => files.map((file) => `--exclude=${file}`);

if (!process.argv.includes('--all')) run(process.execPath, [...without(SLOW), ...process.argv.slice(2)]);
else {
  run(process.execPath, [], { SILT_ALL: '1' });
  const newest = newestNode();
  console.log(`\nNode ${spawnSync(newest, ['--version'], { encoding: 'utf8' }).stdout.trim()}`);
  run(newest, [...BY_ENGINE, '--exclude=test/faults/disk/**']);
}
